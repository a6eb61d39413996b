"""`prtconf -v`: machine and memory of Solaris."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, mebibytes, pairs
from itmsctl.inventory.parser import Parser, Rows

_BANNER = re.compile(r"banner-name:\s*'([^']{1,200})'")


def hardware(text: str) -> Rows:
    """Return maker, model and memory."""
    head = pairs(line for line in list(lines(text))[:40] if not line.startswith(" "))
    system = " ".join(head.get("System Configuration", "").split())
    banner = _BANNER.search(text[:20000])
    memory = mebibytes(head.get("Memory size", "").replace("egabytes", "").replace("egabyte", ""))
    maker, _, kind = system.rpartition(" ")
    return filled(
        {
            "manufacturer": maker,
            "model": banner[1] if banner else None,
            "architecture": kind,
            "memory_mib": memory,
        },
        "manufacturer",
    )


PARSER = Parser("prtconf -v", {"hardware": hardware})
