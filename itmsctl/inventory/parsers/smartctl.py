"""`smartctl -i DEVICE`: a disk, as it tells of itself."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, pairs, whole
from itmsctl.inventory.parser import Parser, Rows

_BYTES = re.compile(r"([0-9][0-9 ,.\u00a0\u2019'\u202f]*) bytes")
_OLD = re.compile(r"Device:\s+(\S+)\s+(.*?)\s+Version:\s+(\S+)")


def disks(text: str) -> Rows:
    """Return the disk; its name is not told, so its serial number stands for it."""
    one = pairs(lines(text))
    old = _OLD.search(text[:4000])
    found = _BYTES.match(one.get("User Capacity", ""))
    digits = re.sub(r"\D", "", found[1]) if found else ""
    rotation = one.get("Rotation Rate", "")
    serial = one.get("Serial Number") or one.get("Serial number")
    model = one.get("Device Model") or one.get("Product") or one.get("Model Number") or (old[2] if old else None)
    transport = one.get("Transport protocol") or ("sata" if "SATA Version is" in one or "ATA Version is" in one else "")
    return filled(
        {
            "name": serial or model,
            "manufacturer": one.get("Vendor") or (old[1] if old else None),
            "model": model,
            "serial": serial,
            "firmware": one.get("Firmware Version") or one.get("Revision") or (old[3] if old else None),
            "wwn": (one.get("LU WWN Device Id") or one.get("Logical Unit id") or "").replace(" ", ""),
            "size_bytes": int(digits) if digits and len(digits) < 19 else None,
            "type": "ssd"
            if "Solid State" in rotation or " SSD" in (model or "")
            else "hdd"
            if whole(rotation)
            else None,
            "rotation_rpm": 0 if "Solid State" in rotation else whole(rotation),
            "interface": transport.partition(" ")[0].lower(),
        },
        "model",
    )


PARSER = Parser("smartctl -i DEVICE", {"disks": disks})
