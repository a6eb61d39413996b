"""`swapinfo -dtm` of HP-UX: where memory is paged out to."""

from __future__ import annotations

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_UNITS = {"kb": 1024, "mb": 1 << 20}


def swap(text: str) -> Rows:
    """Return devices and file systems; the total is none of them."""
    rows: Rows = []
    unit = 1024
    for line in lines(text):
        words = line.split()
        if words and words[0].lower() in _UNITS:
            unit = _UNITS[words[0].lower()]
        elif len(words) >= 9 and words[0] in {"dev", "fs", "localfs", "network"}:
            numbers = [
                int(word) if word.isdecimal() and word.isascii() and len(word) < 16 else None for word in words[1:8]
            ]
            total, used = numbers[0], numbers[1]
            rows += filled(
                {
                    "device": words[8],
                    "type": words[0],
                    "size_bytes": None if total is None else total * unit,
                    "used_bytes": None if used is None else used * unit,
                    "priority": numbers[6],
                }
            )
    return rows


PARSER = Parser("swapinfo -dt", {"swap": swap})
