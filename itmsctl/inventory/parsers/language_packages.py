"""`pip list --format json`, `npm ls -g --json --depth 0`, `gem list`, `brew list --versions`: packages of languages."""

from __future__ import annotations

import re
from collections.abc import Mapping

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.json_values import json_of, member, objects, text_at
from itmsctl.inventory.parser import Parser, Rows

_GEM = re.compile(r"(?P<name>[\w.-]+) \((?P<versions>(?:default: )?\d[^()]*)\)")
_BREW = re.compile(r"(?P<name>[a-z0-9@+._-]+) (?P<versions>\d\S*(?: \d\S*)*)")


def software(text: str) -> Rows:
    """Return packages, whichever tool listed them."""
    found = json_of(text)
    if isinstance(found, list):
        return [
            row
            for one in objects(found)
            for row in filled(
                {"name": text_at(one, "name"), "version": text_at(one, "version"), "source": "pip"}, "name", "version"
            )
        ]
    if isinstance(found, Mapping):
        listed = member(found, "dependencies")
        return [
            row
            for name, one in (listed.items() if isinstance(listed, Mapping) else ())
            if isinstance(one, Mapping)
            for row in filled({"name": str(name), "version": text_at(one, "version"), "source": "npm"}, "version")
        ]
    return _listed(text)


def _listed(text: str) -> Rows:
    rows: Rows = []
    for line in lines(text):
        plain = line.strip()
        if gem := _GEM.fullmatch(plain):
            for version in gem["versions"].split(","):
                bare = version.strip().removeprefix("default: ")
                rows += filled(
                    {
                        "name": gem["name"],
                        "version": bare,
                        "source": "gem",
                        "is_system": True if "default" in version else None,
                    }
                )
        elif brew := _BREW.fullmatch(plain):
            rows += [
                {"name": brew["name"], "version": version, "source": "brew"} for version in brew["versions"].split()
            ]
    return rows


PARSER = Parser("pip list --format json", {"software": software})
