"""`/etc/apt/sources.list` and `*.sources`, `apt list --upgradable`: repositories and pending updates of Debian."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import blocks, filled, lines, pairs
from itmsctl.inventory.parser import Parser, Rows

_LINE = re.compile(
    r"(?P<type>deb(?:-src)?)\s+(?:\[(?P<options>[^\]]*)\]\s+)?(?P<url>\S+)\s+(?P<suite>\S+)(?:\s+(?P<components>[^#]*))?(?:#.*)?"
)
_UPDATE = re.compile(
    r"(?P<name>[^\s/]+)/(?P<suite>\S+) (?P<new>\S+) (?P<arch>\S+) \[upgradable from: (?P<old>[^\]]+)\]"
)


def repositories(text: str) -> Rows:
    """Return repositories, of both forms of file; one for each component."""
    rows: Rows = []
    for line in lines(text):
        if found := _LINE.fullmatch(line.strip()):
            options = dict(part.split("=", 1) for part in (found["options"] or "").split() if "=" in part)
            for component in (found["components"] or "").split() or [""]:
                rows += _row(
                    found["type"],
                    found["url"],
                    found["suite"],
                    component,
                    options.get("signed-by"),
                    options.get("trusted"),
                )
    for block in blocks(text):
        one = {key.lower(): said for key, said in pairs(line[:1000] for line in block).items()}
        if "types" not in one or "uris" not in one:
            continue
        for kind in one["types"].split()[:4]:
            for url in one["uris"].split()[:20]:
                for suite in one.get("suites", "").split()[:20]:
                    for component in one.get("components", "").split()[:20] or [""]:
                        rows += _row(
                            kind, url, suite, component, one.get("signed-by"), one.get("trusted"), one.get("enabled")
                        )
    return rows


def _row(
    kind: str,
    url: str,
    suite: str,
    component: str | None,
    key: str | None,
    trusted: str | None,
    enabled: str | None = None,
) -> Rows:
    row = {
        "type": kind,
        "url": url.rstrip("/"),
        "suite": suite,
        "component": component,
        "key": key,
        "is_enabled": enabled != "no",
        "is_signed": trusted != "yes",
    }
    return filled(row)


def pending_updates(text: str) -> Rows:
    """Return packages that could be upgraded."""
    rows: Rows = []
    for line in lines(text):
        if found := _UPDATE.fullmatch(line.strip()):
            rows += filled(
                {
                    "name": found["name"],
                    "architecture": found["arch"],
                    "source": "apt",
                    "version_installed": found["old"],
                    "version_available": found["new"],
                    "repository": found["suite"],
                    "is_security": "-security" in found["suite"],
                }
            )
    return rows


PARSER = Parser(
    "cat /etc/apt/sources.list; apt list --upgradable",
    {"repositories": repositories, "pending_updates": pending_updates},
)
