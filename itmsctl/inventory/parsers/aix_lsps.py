"""`lsps -s`: paging space of AIX."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, size
from itmsctl.inventory.parser import Parser, Rows

_TOTAL = re.compile(r"^[ \t]*(\d{1,12}[MGT]B)(?:[ \t]+(\d{1,3})%)?[ \t]*$", re.MULTILINE)


def swap(text: str) -> Rows:
    """Return all paging space as one."""
    found = _TOTAL.search(text)
    total = size(found[1]) if found else None
    if found is None or total is None:
        return []
    used = total * int(found[2]) // 100 if found[2] else None
    return filled({"device": "total", "type": "paging space", "size_bytes": total, "used_bytes": used})


PARSER = Parser("lsps -s", {"swap": swap})
