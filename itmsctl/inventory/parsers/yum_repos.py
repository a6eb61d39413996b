"""`/etc/yum.repos.d/*.repo`, `/etc/zypp/repos.d/*.repo`: repositories of RHEL, Fedora and SUSE."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, whole
from itmsctl.inventory.parser import Parser, Rows

_SECTION = re.compile(r"\[([^\]]{1,200})\]")
_NO = frozenset({"0", "no", "false"})


def repositories(text: str) -> Rows:
    """Return repositories."""
    sections: dict[str, dict[str, str]] = {}
    current: dict[str, str] = {}
    for line in lines(text):
        plain = line.strip()
        if head := _SECTION.fullmatch(plain):
            current = sections.setdefault(head[1], {})
        elif "=" in plain and not plain.startswith(("#", ";")):
            key, _, value = plain.partition("=")
            current.setdefault(key.strip().lower(), value.strip())
    return [
        row
        for name, one in sections.items()
        for row in filled(
            {
                "name": name,
                "type": "rpm",
                "url": (one.get("baseurl") or one.get("metalink") or one.get("mirrorlist", ""))
                .split(" ")[0]
                .rstrip("/"),
                "is_enabled": one.get("enabled", "1").lower() not in _NO,
                "is_signed": one.get("gpgcheck", "").lower() not in _NO if "gpgcheck" in one else None,
                "key": one.get("gpgkey"),
                "priority": whole(one.get("priority")),
            },
            "url",
        )
    ]


PARSER = Parser("cat /etc/yum.repos.d/*.repo", {"repositories": repositories})
