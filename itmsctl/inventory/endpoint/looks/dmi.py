"""`/sys/class/dmi/id` and the device tree: what the firmware tells of the machine."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, said
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import AbsentError, UnreadError

_ID = "/sys/class/dmi/id/"
_CHASSIS = (
    "", "Other", "Unknown", "Desktop", "Low Profile Desktop", "Pizza Box", "Mini Tower", "Tower", "Portable", "Laptop",
    "Notebook", "Hand Held", "Docking Station", "All in One", "Sub Notebook", "Space-saving", "Lunch Box",
    "Main Server Chassis", "Expansion Chassis", "Sub Chassis", "Bus Expansion Chassis", "Peripheral Chassis",
    "RAID Chassis", "Rack Mount Chassis", "Sealed-case PC", "Multi-system", "CompactPCI", "AdvancedTCA", "Blade",
    "Blade Enclosure", "Tablet", "Convertible", "Detachable", "IoT Gateway", "Embedded PC", "Mini PC", "Stick PC",
)  # fmt: skip
_DAY = re.compile(r"(\d\d)/(\d\d)/(\d{4})")


def look(probe: Probe) -> dict[str, Rows]:
    """Return the machine, its firmware, and what tells it from others."""
    tree = "/proc/device-tree/"
    if not probe.has(_ID) and not probe.has(tree + "model"):
        raise AbsentError("no such file: /sys/class/dmi/id, and no device tree")

    def one(name: str) -> str | None:
        return said(probe.line(_ID + name))

    kind = probe.line(_ID + "chassis_type")
    number = int(kind) if kind.isdigit() and len(kind) < 3 else 0
    hardware = {
        "manufacturer": one("sys_vendor") or one("board_vendor"),
        "model": one("product_name") or one("board_name") or said(probe.line(tree + "model")),
        "model_version": one("product_version"),
        "family": one("product_family"),
        "sku": one("product_sku"),
        "chassis_type": _CHASSIS[number] if 2 < number < len(_CHASSIS) else None,
        "chassis_manufacturer": one("chassis_vendor"),
        "chassis_serial": one("chassis_serial"),
        "chassis_asset_tag": one("chassis_asset_tag"),
        "board_manufacturer": one("board_vendor"),
        "board_model": one("board_name"),
        "board_serial": one("board_serial"),
        "board_version": one("board_version"),
    }
    identification = {
        "serial": one("product_serial")
        or one("chassis_serial")
        or one("board_serial")
        or said(probe.line(tree + "serial-number")),
        "uuid": _uuid(probe.line(_ID + "product_uuid")),
        "asset_tag": one("chassis_asset_tag") or one("board_asset_tag"),
    }
    return {"hardware": filled(hardware), "identification": filled(identification), "bios": _bios(probe)}


def _bios(probe: Probe) -> Rows:
    day = _DAY.fullmatch(probe.line(_ID + "bios_date"))
    has_efi = probe.has("/sys/firmware/efi")
    return filled(
        {
            "manufacturer": said(probe.line(_ID + "bios_vendor")),
            "version": said(probe.line(_ID + "bios_version")),
            "released_on": f"{day[3]}-{day[1]}-{day[2]}" if day else None,
            "revision": said(probe.line(_ID + "bios_release")),
            "type": "uefi" if has_efi else "bios" if probe.has(_ID + "bios_vendor") else None,
            "secure_boot": _secure_boot(probe) if has_efi else None,
            "smbios_version": _smbios(probe),
            "microcode": _microcode(probe),
        }
    )


def _secure_boot(probe: Probe) -> str | None:
    for path in probe.files("/sys/firmware/efi/efivars/SecureBoot-*"):
        try:
            data = probe.data(path, 16)
        except UnreadError:
            continue
        return "on" if data[4:5] == b"\1" else "off"
    return None


def _smbios(probe: Probe) -> str | None:
    try:
        data = probe.data("/sys/firmware/dmi/tables/smbios_entry_point", 64)
    except UnreadError:
        return None
    if data[:5] == b"_SM3_":
        return f"{data[7]}.{data[8]}" if len(data) > 8 else None
    return f"{data[6]}.{data[7]}" if data[:4] == b"_SM_" and len(data) > 7 else None


def _microcode(probe: Probe) -> str | None:
    try:
        found = re.search(r"^microcode\s*: (\S{1,40})$", probe.text("/proc/cpuinfo"), re.MULTILINE)
    except UnreadError:
        return None
    return found[1] if found else None


def _uuid(text: str) -> str | None:
    plain = text.lower()
    found = re.fullmatch("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", plain)
    return plain if found and set(plain) - set("0-") and set(plain) - set("f-") else None
