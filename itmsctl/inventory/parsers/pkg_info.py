"""`pkg_info`, `pkg info`: packages of FreeBSD, OpenBSD, NetBSD and DragonFly, one a line."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_LINE = re.compile(r"(?P<name>[A-Za-z0-9][^\s:]*)-(?P<version>\d[^\s-]*)(?:\s+(?P<summary>.*))?")


def software(text: str) -> Rows:
    """Return packages: behind the last dash of the first word stands the version."""
    rows: Rows = []
    for line in lines(text):
        found = _LINE.fullmatch(line.strip())
        if found:
            said = (found["summary"] or "").strip()
            rows += filled({"name": found["name"], "version": found["version"], "source": "pkg", "summary": said})
    return rows


PARSER = Parser("pkg_info", {"software": software})
