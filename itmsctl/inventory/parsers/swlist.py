"""`swlist`: bundles and products of HP-UX."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_LINE = re.compile(r"\s+(?P<name>[\w.-]+)\s+(?P<version>\S+)(?:\s+(?P<summary>.*))?")


def software(text: str) -> Rows:
    """Return what is installed: name, revision, title."""
    rows: Rows = []
    for line in lines(text):
        found = _LINE.fullmatch(line)
        if found:
            title = (found["summary"] or "").strip()
            rows += filled({"name": found["name"], "version": found["version"], "source": "swlist", "summary": title})
    return rows


PARSER = Parser("swlist", {"software": software})
