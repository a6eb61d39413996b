"""`lsvpd` of AIX: vital product data of the machine and its parts."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, whole
from itmsctl.inventory.parser import Parser, Rows


def _parts(text: str) -> list[dict[str, str]]:
    """Return what is told of the machine, then of each part: a part begins with its `FC`."""
    parts: list[dict[str, str]] = [{}]
    for line in lines(text):
        found = re.match(r"\*([A-Z0-9]{2}) (.*)", line)
        if found and found[1] == "FC":
            parts.append({})
        if found:
            parts[-1].setdefault(found[1], found[2].strip())
    return parts


def _machine(text: str) -> dict[str, str]:
    return _parts(text)[0]


def hardware(text: str) -> Rows:
    """Return maker and model."""
    maker, apart, model = _machine(text).get("TM", "").partition(",")
    return filled({"manufacturer": maker, "model": model}, "model") if apart else []


def identification(text: str) -> Rows:
    """Return the serial number: `IBM,0265DEDAB` is 65DEDAB."""
    serial = _machine(text).get("SE", "").rpartition(",")[2]
    return filled({"serial": serial[2:] if len(serial) == 9 else serial})


def operating_system(text: str) -> Rows:
    """Return the operating system."""
    name, _, version = _machine(text).get("OS", "").partition(" ")
    return filled(
        {"name": name, "id": "aix" if name == "AIX" else None, "version": version, "full_name": f"{name} {version}"},
        "version",
    )


def memory_modules(text: str) -> Rows:
    """Return memory modules."""
    rows: Rows = []
    for one in _parts(text):
        if "DIMM" not in one.get("DS", "") and "MEMORY" not in one.get("DS", "").upper():
            continue
        rows += filled(
            {
                "slot": one.get("YL"),
                "size_mib": whole(one.get("SZ")),
                "type": one.get("DS"),
                "serial": one.get("SN"),
                "part_number": one.get("PN"),
                "manufacturer": "IBM" if one.get("FN") else None,
            },
            "slot",
        )
    return rows


PARSER = Parser(
    "lsvpd",
    {
        "hardware": hardware,
        "identification": identification,
        "operating_system": operating_system,
        "memory_modules": memory_modules,
    },
)
