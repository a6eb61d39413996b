"""`ioscan -kFn` of HP-UX: disks, tapes and fibre channel ports."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_FILE = re.compile(r"/dev/(?:dsk|disk|rmt)/\S+")


def _devices(text: str, kind: str) -> list[tuple[list[str], str]]:
    """Return the fields of devices of a class, each with its first device file."""
    found: list[tuple[list[str], str]] = []
    is_ours = False
    for line in lines(text):
        parts = line.split(":")
        if len(parts) >= 18:
            is_ours = parts[8] == kind
            if is_ours:
                found.append((parts, ""))
        elif is_ours and found and not found[-1][1] and (file := _FILE.search(line)):
            found[-1] = (found[-1][0], file[0])
    return found


def disks(text: str) -> Rows:
    """Return disks and tapes, by device file, or else by path of the hardware."""
    rows: Rows = []
    for kind, word in (("disk", "hdd"), ("tape", "tape")):
        for parts, file in _devices(text, kind):
            maker, _, model = parts[17].partition(" ")
            optical = "DVD" in parts[17] or "CD" in parts[17] or " DV-" in parts[17]
            rows += filled(
                {
                    "name": file or parts[10],
                    "manufacturer": maker,
                    "model": model.strip(),
                    "type": "optical" if optical else word,
                    "interface": "scsi" if parts[0] == "scsi" else None,
                    "location": parts[10],
                }
            )
    return rows


def storage_adapters(text: str) -> Rows:
    """Return fibre channel ports."""
    return [
        row
        for parts, _ in _devices(text, "fc")
        for row in filled(
            {"name": parts[10], "type": "fc", "model": parts[17], "driver": parts[9], "state": parts[15].lower()}
        )
    ]


PARSER = Parser("ioscan -kFn", {"disks": disks, "storage_adapters": storage_adapters})
