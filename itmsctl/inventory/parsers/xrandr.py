"""`xrandr --props`: monitors of X11 with the connector that each hangs on."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import lines
from itmsctl.inventory.parser import Parser, Rows
from itmsctl.inventory.parsers import edid

_OUTPUT = re.compile(r"(?P<port>[A-Za-z][\w-]{0,31}) (?:dis)?connected\b")
_DIGITS = re.compile(r"[0-9a-f]{32}")


def monitors(text: str) -> Rows:
    """Return monitors whose EDID is told."""
    blocks: list[tuple[str, str]] = []
    port = ""
    is_edid = False
    for line in lines(text):
        plain = line.strip()
        if head := _OUTPUT.match(line):
            port, is_edid = head["port"], False
        elif plain == "EDID:":
            is_edid = True
            blocks.append((port, ""))
        elif is_edid and _DIGITS.fullmatch(plain):
            blocks[-1] = (blocks[-1][0], blocks[-1][1] + plain)
        else:
            is_edid = False
    return [row | {"port": where} for where, digits in blocks if len(digits) < 4096 for row in edid.monitors(digits)]


PARSER = Parser("xrandr --props", {"monitors": monitors})
