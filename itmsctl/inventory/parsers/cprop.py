"""`cprop -detail -c Processors` and `cstm` of HP-UX: processors and memory modules."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, whole
from itmsctl.inventory.parser import Parser, Rows

_VALUE = re.compile(r"\s*\[(?P<key>[A-Za-z ]+)\]: ?(?P<value>.*)")
_SLOTS = re.compile(r"(?P<slot>(?:DIMM )?[0-9]{1,2}[A-Z]?|[0-9]{1,2}[AB])\s+(?P<size>\d{2,6}|----)(?=\s|$)")


def processors(text: str) -> Rows:
    """Return processors."""
    rows: Rows = []
    current: dict[str, str] = {}
    for line in [*lines(text), "[Instance]: end"]:
        found = _VALUE.fullmatch(line.rstrip())
        if found is None:
            continue
        if found["key"] == "Instance":
            rows += _processor(current, len(rows))
            current = {}
        current.setdefault(found["key"], found["value"].strip())
    return rows


def _processor(one: dict[str, str], index: int) -> Rows:
    kind = one.get("Processor Type")
    if not kind:
        return []
    return filled(
        {
            "index": index,
            "manufacturer": "Intel" if "Intel" in kind else None,
            "model": kind,
            "architecture": "ia64" if "Itanium" in one.get("Architecture Revision", "") else None,
            "id": one.get("DeviceID"),
            "speed_mhz": whole(one.get("Processor Speed")),
            "status": one.get("Status"),
        }
    )


def memory_modules(text: str) -> Rows:
    """Return memory modules and empty slots, of the table that `cstm` prints."""
    rows: Rows = []
    is_table = False
    for line in lines(text):
        plain = line.strip()
        if "DIMM" in plain and "Size" in plain:
            is_table = True
        elif is_table and plain and not plain.startswith("-"):
            found = list(_SLOTS.finditer(plain))
            if not found:
                is_table = not plain.startswith(("Total", "System", "="))
            for one in found:
                rows += filled({"slot": one["slot"], "size_mib": int(one["size"]) if one["size"].isdecimal() else None})
    return rows


PARSER = Parser("cprop -detail -c Processors; cstm", {"processors": processors, "memory_modules": memory_modules})
