"""`hpacucli`, `ssacli`: arrays and disks behind Smart Array controllers of HP."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import decimal_size, filled, lines, whole
from itmsctl.inventory.parser import Parser, Rows

_CONTROLLER = re.compile(r"(?:Smart )?(?:Array|HBA) (?P<model>\S+) in Slot (?P<slot>\d{1,3})")
_ARRAY = re.compile(r"array (?P<name>[A-Z]{1,2})\b")
_DRIVE = re.compile(r"physicaldrive (?P<place>[0-9A-Z]+(?::[0-9A-Z]+){1,3})(?: \((?P<rest>[^()]*)\))?")
_LOGICAL = re.compile(
    r"logicaldrive (?P<number>\d{1,4}) \((?P<size>[^,()]+), RAID (?P<level>[\d+]+)[^,()]*, (?P<state>[^()]+)\)"
)


def raid_disks(text: str) -> Rows:
    """Return disks, with what stands below each where the detailed form is given."""
    rows: Rows = []
    controller = array = ""
    for line in lines(text):
        plain = line.strip()
        if found := _CONTROLLER.match(plain):
            controller, array = f"{found['model']} in slot {found['slot']}", ""
        elif found := _ARRAY.match(plain):
            array = found["name"]
        elif found := _DRIVE.fullmatch(plain):
            parts = [part.strip() for part in (found["rest"] or "").split(",")]
            row = {"controller": controller, "location": found["place"], "raid_array": array or None}
            if len(parts) >= 4:
                row |= {"interface": parts[1].lower(), "size_bytes": decimal_size(parts[2]), "state": parts[3]}
            rows += filled(row)
        elif rows and ":" in plain:
            key, _, value = plain.partition(":")
            _note(rows[-1], key.strip(), value.strip())
    return rows


def _note(row: dict[str, object], key: str, value: str) -> None:
    if key == "Model":
        maker, _, model = value.partition(" ")
        row |= {"manufacturer": maker, "model": model.strip()} if model.strip() else {"model": value}
    elif key == "Size":
        row["size_bytes"] = decimal_size(value)
    elif key == "Rotational Speed":
        row["type"] = "hdd" if whole(value) else None
    elif key in {"Serial Number", "Firmware Revision", "Status", "Interface Type"}:
        name = {
            "Serial Number": "serial",
            "Firmware Revision": "firmware",
            "Status": "state",
            "Interface Type": "interface",
        }[key]
        row[name] = value.lower() if name == "interface" else value


def raid_arrays(text: str) -> Rows:
    """Return logical drives."""
    rows: Rows = []
    controller = ""
    for line in lines(text):
        plain = line.strip()
        if found := _CONTROLLER.match(plain):
            controller = f"{found['model']} in slot {found['slot']}"
        elif found := _LOGICAL.fullmatch(plain):
            rows += filled(
                {
                    "name": f"logicaldrive {found['number']}",
                    "controller": controller,
                    "level": found["level"].replace("+", ""),
                    "size_bytes": decimal_size(found["size"]),
                    "state": found["state"],
                }
            )
    return rows


PARSER = Parser("hpacucli ctrl all show config", {"raid_disks": raid_disks, "raid_arrays": raid_arrays})
