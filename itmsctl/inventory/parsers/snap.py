"""`snap info NAME`: a snap."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import decimal_size, filled, lines, pairs
from itmsctl.inventory.parser import Parser, Rows

_INSTALLED = re.compile(r"(\S+)\s+(?:.*\s)?\((x?\d+)\)\s+(\S+)")


def software(text: str) -> Rows:
    """Return what is told of one snap, where it is installed."""
    said = pairs(line for line in lines(text) if not line.startswith(" "))
    installed = _INSTALLED.match(said.get("installed", ""))
    if installed is None:
        return []
    return filled(
        {
            "name": said.get("name"),
            "version": installed[1],
            "source": "snap",
            "publisher": (said.get("publisher") or "").rstrip("*✓✪ ") or None,
            "release": said.get("tracking"),
            "summary": said.get("summary"),
            "license": None if said.get("license") == "unset" else said.get("license"),
            "size_bytes": decimal_size(installed[3]),
            "product_id": said.get("snap-id"),
            "url": said.get("contact"),
        },
        "name",
    )


PARSER = Parser("snap info NAME", {"software": software})
