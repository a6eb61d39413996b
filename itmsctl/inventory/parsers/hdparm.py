"""`hdparm -I DEVICE`: a disk of Linux, as it tells of itself."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, pairs, said, whole
from itmsctl.inventory.parser import Parser, Rows

_DEVICE = re.compile(r"^/dev/(\w{1,32}):[ \t]*$", re.MULTILINE)
_SIZE = re.compile(r"device size with M = 1000\*1000:\s+(\d{1,12}) MBytes")
_PRINTABLE = re.compile(r"[ -~]+")


def _clean(text: str | None) -> str | None:
    """Return a text that a disk can have told: printable ASCII; a device that is no ATA disk gives noise."""
    plain = said(text)
    return plain if plain and _PRINTABLE.fullmatch(plain) else None


def disks(text: str) -> Rows:
    """Return the disk."""
    one = pairs(lines(text))
    device, size = _DEVICE.search(text), _SIZE.search(text)
    transport, rotation = one.get("Transport", ""), one.get("Nominal Media Rotation Rate", "")
    if device is None or "Model Number" not in one:
        return []
    return filled(
        {
            "name": device[1],
            "model": _clean(one.get("Model Number")),
            "serial": _clean(one.get("Serial Number")),
            "firmware": _clean(one.get("Firmware Revision")),
            "wwn": _clean(one.get("Logical Unit WWN Device Identifier")),
            "size_bytes": int(size[1]) * 1_000_000 if size else None,
            "type": "ssd" if "Solid State" in rotation else "hdd" if whole(rotation) else None,
            "rotation_rpm": 0 if "Solid State" in rotation else whole(rotation),
            "interface": "sata"
            if transport.startswith("Serial")
            else "ata"
            if transport.startswith("Parallel")
            else None,
        },
        "name",
    )


PARSER = Parser("hdparm -I DEVICE", {"disks": disks})
