"""Files of `/proc` of Linux: `/proc/modules`, `/proc/swaps`, `/proc/mdstat`."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_MODULE = re.compile(
    r"(?P<name>\w+) (?P<size>\d{1,15}) (?P<uses>\d{1,9}|-1) (?P<by>\S+) "
    r"(?:Live|Loading|Unloading) 0x[0-9a-f]+(?: \((?P<taint>[A-Z]+)\))?"
)
_ARRAY = re.compile(
    r"(?P<name>md\w+) : (?P<state>\w+)(?: \([^)]*\))? ?(?P<level>raid\d+|linear|multipath|faulty)? ?(?P<members>.*)"
)
_BLOCKS = re.compile(r"\s+(\d{1,15}) blocks(?:.* (\d{1,9})k chunk)?")
_UP = re.compile(r"\[(\d{1,5})/(\d{1,5})\]")


def kernel_modules(text: str) -> Rows:
    """Return modules that are loaded."""
    rows: Rows = []
    for line in lines(text):
        if found := _MODULE.fullmatch(line.strip()):
            used = [one for one in found["by"].split(",") if one not in {"", "-", "[permanent]"}]
            rows += filled(
                {
                    "name": found["name"],
                    "size_bytes": int(found["size"]),
                    "references": int(found["uses"]),
                    "used_by": used,
                    "is_tainting": True if found["taint"] else None,
                }
            )
    return rows


def swap(text: str) -> Rows:
    """Return where memory is paged out to."""
    rows: Rows = []
    for line in lines(text):
        words = line.split()
        if (
            len(words) == 5
            and words[1] in {"partition", "file"}
            and all(re.fullmatch(r"-?\d{1,15}", word) for word in words[2:])
        ):
            rows += filled(
                {
                    "device": words[0].replace("\\040", " "),
                    "type": words[1],
                    "size_bytes": int(words[2]) * 1024,
                    "used_bytes": int(words[3]) * 1024,
                    "priority": int(words[4]),
                }
            )
    return rows


def raid_arrays(text: str) -> Rows:
    """Return arrays of md."""
    rows: Rows = []
    for line in lines(text):
        if found := _ARRAY.fullmatch(line.rstrip()):
            members = re.findall(r"([\w/-]+)\[\d+\](\([A-Z]\))?", found["members"])
            rows += filled(
                {
                    "name": found["name"],
                    "controller": "md",
                    "level": (found["level"] or "").removeprefix("raid"),
                    "state": "clean" if found["state"] == "active" else found["state"],
                    "members": [name for name, mark in members if mark != "(S)"],
                    "spares": [name for name, mark in members if mark == "(S)"],
                    "members_failed": sum(mark == "(F)" for _, mark in members),
                }
            )
        elif rows and (size := _BLOCKS.match(line)):
            rows[-1]["size_bytes"] = int(size[1]) * 1024
            if size[2]:
                rows[-1]["chunk_kib"] = int(size[2])
            up = _UP.search(line)
            if up and int(up[2]) < int(up[1]):
                rows[-1]["state"] = "degraded"
    return rows


PARSER = Parser(
    "cat /proc/modules /proc/swaps /proc/mdstat",
    {"kernel_modules": kernel_modules, "swap": swap, "raid_arrays": raid_arrays},
)
