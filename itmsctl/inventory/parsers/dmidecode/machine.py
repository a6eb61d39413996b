"""The machine as a whole: firmware, maker and model, what tells it from others."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, size
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.parsers.dmidecode.structures import day, first

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


_VIRTUAL = re.compile(
    r"VMware|VirtualBox|innotek|Virtual Machine|KVM|QEMU|Bochs|HVM domU|Xen|Parallels|OpenStack|Amazon EC2",
    re.IGNORECASE,
)


def bios(text: str) -> Rows:
    """Return the firmware."""
    one = first(text, 0)
    version = re.search(r"SMBIOS (\d+(?:\.\d+)+) present", text)
    kind = "uefi" if any("UEFI is supported" in line for line in one.lists.get("Characteristics", ())) else None
    rows = filled(
        {
            "manufacturer": one.get("Vendor"),
            "version": one.get("Version"),
            "released_on": day(one.values.get("Release Date") or one.values.get("Release")),
            "revision": one.get("BIOS Revision"),
            "rom_kib": _kib(one.get("ROM Size")),
            "type": kind,
        }
    )
    for row in rows:
        row |= {"smbios_version": version[1]} if version else {}
    return rows


def _kib(text: str | None) -> int | None:
    found = size(text, "k")
    return None if found is None else found >> 10


def hardware(text: str) -> Rows:
    """Return the machine, its chassis and its main board."""
    system, board, chassis = first(text, 1), first(text, 2), first(text, 3)
    maker, model = system.get("Manufacturer", "Vendor"), system.get("Product Name", "Product")
    row = {
        "manufacturer": maker or board.get("Manufacturer", "Vendor"),
        "model": model or board.get("Product Name", "Product"),
        "model_version": system.get("Version"),
        "family": system.get("Family"),
        "sku": system.get("SKU Number"),
        "chassis_type": chassis.get("Type", "Chassis Type"),
        "chassis_manufacturer": chassis.get("Manufacturer", "Vendor"),
        "chassis_serial": chassis.get("Serial Number"),
        "chassis_asset_tag": chassis.get("Asset Tag"),
        "board_manufacturer": board.get("Manufacturer", "Vendor"),
        "board_model": board.get("Product Name", "Product"),
        "board_serial": board.get("Serial Number"),
        "board_version": board.get("Version"),
    }
    rows = filled(row)
    if rows and _VIRTUAL.search(f"{maker} {model}"):
        rows[0]["is_virtual"] = True
    return rows


def identification(text: str) -> Rows:
    """Return what tells the machine from others."""
    system, board, chassis = first(text, 1), first(text, 2), first(text, 3)
    uuid = _UUID.fullmatch(system.get("UUID") or "")
    return filled(
        {
            "serial": system.get("Serial Number") or chassis.get("Serial Number") or board.get("Serial Number"),
            "uuid": uuid[0].lower() if uuid else None,
            "asset_tag": chassis.get("Asset Tag") or board.get("Asset Tag"),
        }
    )


def tpm(text: str) -> Rows:
    """Return the trusted platform module."""
    one = first(text, 43)
    return filled(
        {
            "manufacturer": one.get("Vendor ID"),
            "version": one.get("Specification Version"),
            "firmware": one.get("Firmware Revision"),
            "description": one.get("Description"),
        }
    )
