"""`/proc/meminfo`: how much memory Linux has."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled
from itmsctl.inventory.parser import Parser, Rows

_TOTAL = re.compile(r"^MemTotal:\s{1,20}(\d{1,15}) kB$", re.MULTILINE)


def hardware(text: str) -> Rows:
    """Return the memory."""
    found = _TOTAL.search(text[:10_000])
    return filled({"memory_mib": int(found[1]) >> 10}) if found else []


PARSER = Parser("cat /proc/meminfo", {"hardware": hardware})
