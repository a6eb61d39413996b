"""`smbios`: what the firmware tells of the machine, on Solaris and illumos."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, pairs, said, size
from itmsctl.inventory.parser import Parser, Rows

_TYPE = re.compile(r"SMB_TYPE_(\w+)")
_DATE = re.compile(r"(\d\d)/(\d\d)/(\d{4})")


def _structures(text: str) -> dict[str, dict[str, str]]:
    """Return the first structure of each type."""
    found: dict[str, dict[str, str]] = {}
    for part in re.split(r"^ID +SIZE TYPE", text, flags=re.MULTILINE)[1:]:
        kind = _TYPE.search(part[:200])
        if kind:
            found.setdefault(kind[1], pairs(lines(part)))
    return found


def bios(text: str) -> Rows:
    """Return the firmware."""
    one = _structures(text).get("BIOS", {})
    day = _DATE.fullmatch(one.get("Release Date", ""))
    rom = size(one.get("ROM Size"))
    return filled(
        {
            "manufacturer": said(one.get("Vendor")),
            "version": said(one.get("Version String")),
            "released_on": f"{day[3]}-{day[1]}-{day[2]}" if day else None,
            "rom_kib": rom >> 10 if rom else None,
        }
    )


def hardware(text: str) -> Rows:
    """Return maker and model."""
    found = _structures(text)
    system, chassis = found.get("SYSTEM", {}), found.get("CHASSIS", {})
    return filled(
        {
            "manufacturer": said(system.get("Manufacturer")),
            "model": said(system.get("Product")),
            "model_version": said(system.get("Version")),
            "family": said(system.get("Family")),
            "sku": said(system.get("SKU Number")),
            "chassis_manufacturer": said(chassis.get("Manufacturer")),
        }
    )


def identification(text: str) -> Rows:
    """Return serial number and UUID."""
    system = _structures(text).get("SYSTEM", {})
    uuid = re.fullmatch("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", system.get("UUID", "").lower())
    return filled({"serial": said(system.get("Serial Number")), "uuid": uuid[0] if uuid else None})


PARSER = Parser("smbios", {"bios": bios, "hardware": hardware, "identification": identification})
