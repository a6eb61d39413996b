"""Tables of parts: disks, file systems, memory, devices."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC

from itmsctl.inventory.captured import filled
from itmsctl.inventory.formats.osquery.table import OsqueryTable, table
from itmsctl.inventory.moments import moment_in
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.parsers.df import REMOTE
from itmsctl.inventory.taking import Found, count, listed, number, plain, small, take, told_apart, truth, worded

_UNREAL = re.compile(r"(?:/dev/)?(?:loop|ram|zram|dm-|nbd)")
_NUMBER = re.compile(r"\d{1,4}$")


def _disks(found: Iterable[Found]) -> Rows:
    rows: Rows = []
    for one in found:
        name = (plain(one.get("name")) or "").removeprefix("/dev/")
        if plain(one.get("parent")) or _UNREAL.match(name):
            continue
        blocks, each = count(one.get("size")), count(one.get("block_size"))
        rows += filled(
            {
                "name": name, "manufacturer": worded(one.get("vendor")), "model": worded(one.get("model")),
                "serial": worded(one.get("serial")), "size_bytes": blocks * each if blocks and each else None,
                "interface": small(one.get("type")),
            },
            "name",
        )  # fmt: skip
    return [row for row in rows if len(row) > 1]


def _partitions(found: Iterable[Found]) -> Rows:
    rows: Rows = []
    for one in found:
        name, parent = plain(one.get("name")), plain(one.get("parent"))
        if name is None or parent is None or _UNREAL.match(name):
            continue
        blocks, each, digits = count(one.get("size")), count(one.get("block_size")), _NUMBER.search(name)
        rows += filled(
            {
                "name": name.removeprefix("/dev/"), "disk": parent.removeprefix("/dev/"),
                "number": int(digits[0]) if digits else None,
                "size_bytes": blocks * each if blocks and each else None,
                "file_system": plain(one.get("type")), "label": plain(one.get("label")),
            }
        )  # fmt: skip
    return rows


def _mounts(found: Iterable[Found]) -> Rows:
    rows: Rows = []
    for one in found:
        each, total = count(one.get("blocks_size")), count(one.get("blocks"))
        free, device = number(one.get("blocks_available")), plain(one.get("device"))
        rows += filled(
            {
                "mount_point": plain(one.get("path")), "device": device, "type": plain(one.get("type")),
                "size_bytes": each * total if each and total else None,
                "free_bytes": each * free if each and free is not None else None,
                "inodes": count(one.get("inodes")), "options": listed(one.get("flags")),
                "is_remote": True if device and REMOTE.match(device) else None,
            },
            "mount_point",
        )  # fmt: skip
    return rows


def _drives(found: Iterable[Found]) -> Rows:
    rows: Rows = []
    for one in found:
        total, free = count(one.get("size")), number(one.get("free_space"))
        rows += filled(
            {
                "mount_point": plain(one.get("device_id")), "type": plain(one.get("file_system")), "size_bytes": total,
                "free_bytes": free if total else None,
                "used_bytes": total - free if total and free is not None and 0 <= free <= total else None,
            },
            "mount_point",
        )  # fmt: skip
    return rows


def _encryption(found: Iterable[Found]) -> Rows:
    rows: Rows = []
    for one in found:
        is_encrypted = truth(one.get("encrypted"))
        rows += filled(
            {
                "volume": (plain(one.get("name")) or "").removeprefix("/dev/"), "algorithm": worded(one.get("type")),
                "status": "encrypted" if is_encrypted else None, "is_protected": is_encrypted,
            },
            "volume", "status",
        )  # fmt: skip
    return rows


def _bitlocker(found: Iterable[Found]) -> Rows:
    states = {"0": "decrypted", "1": "encrypted", "2": "encrypting", "3": "decrypting"}
    rows: Rows = []
    for one in found:
        rows += filled(
            {
                "volume": plain(one.get("drive_letter")), "product": "BitLocker",
                "status": states.get(plain(one.get("conversion_status")) or ""),
                "is_protected": truth(one.get("protection_status")), "algorithm": worded(one.get("encryption_method")),
                "encrypted_pct": number(one.get("percentage_encrypted")),
            },
            "volume",
        )  # fmt: skip
    return rows


def _memory(found: Iterable[Found]) -> Rows:
    rows: Rows = []
    for index, one in enumerate(found):
        size = count(one.get("size"))
        rows += filled(
            {
                "slot": worded(one.get("device_locator")) or f"slot {index}", "bank": worded(one.get("bank_locator")),
                "size_mib": size, "type": worded(one.get("memory_type")) if size else None,
                "form_factor": worded(one.get("form_factor")), "speed_mhz": count(one.get("max_speed")),
                "configured_mhz": count(one.get("configured_clock_speed")),
                "manufacturer": worded(one.get("manufacturer")) if size else None,
                "part_number": worded(one.get("part_number")) if size else None,
                "serial": worded(one.get("serial_number")) if size else None,
            }
        )  # fmt: skip
    return told_apart(rows, "slot")


def _hex(value: object) -> str | None:
    said = small(value)
    return said.removeprefix("0x").zfill(4) if said and len(said) < 10 else None


PARTS = {
    "block_devices": OsqueryTable(frozenset({"name", "parent", "block_size"}), {"disks": _disks,
    "partitions": _partitions}),
    "disk_info": table(
        "disks", "disk_index hardware_model disk_size",
        {
            "name": take("id", "name", means=plain), "manufacturer": take("manufacturer"),
            "model": take("hardware_model"),
            "serial": take("serial"), "size_bytes": take("disk_size", means=count),
            "interface": take("type", means=small),
        },
        "name",
    ),
    "mounts": OsqueryTable(frozenset({"path", "blocks", "blocks_size"}), {"filesystems": _mounts}),
    "logical_drives": OsqueryTable(frozenset({"device_id", "file_system", "free_space"}), {"filesystems": _drives}),
    "disk_encryption": OsqueryTable(frozenset({"encrypted", "encryption_status"}), {"encryption": _encryption}),
    "bitlocker_info": OsqueryTable(frozenset({"drive_letter", "protection_status"}), {"encryption": _bitlocker}),
    "memory_devices": OsqueryTable(frozenset({"device_locator", "memory_type"}), {"memory_modules": _memory}),
    "kernel_modules": table(
        "kernel_modules", "name used_by size address",
        {
            "name": take("name"), "size_bytes": take("size", means=count),
            "used_by": take("used_by", means=lambda value: [one for one in listed(value) if one.strip("- ")]),
        },
        "name",
    ),
    "usb_devices": table(
        "usb_devices", "usb_address usb_port vendor_id",
        {
            "bus": take("usb_port", means=plain), "device": take("usb_address", means=plain),
            "vendor_id": take("vendor_id", means=_hex), "product_id": take("model_id", means=_hex),
            "manufacturer": take("vendor"), "product": take("model"), "serial": take("serial"),
            "class": take("class", means=plain), "subclass": take("subclass", means=plain), "version": take("version"),
        },
        "vendor_id",
    ),
    "pci_devices": table(
        "pci_devices", "pci_slot pci_class",
        {
            "slot": take("pci_slot", means=small), "class": take("pci_class"),
            "class_id": take("pci_class_id", means=_hex),
            "manufacturer": take("vendor"), "model": take("model"), "vendor_id": take("vendor_id", means=_hex),
            "device_id": take("model_id", means=_hex), "driver": take("driver"),
            "subsystem_vendor_id": take("subsystem_vendor_id", means=_hex),
            "subsystem_id": take("subsystem_model_id", means=_hex),
        },
        "slot",
    ),
    "cpu_info": table(
        "processors", "device_id number_of_cores logical_processors",
        {
            "slot": take("socket_designation", "device_id"), "model": take("model"),
            "manufacturer": take("manufacturer"),
            "cores": take("number_of_cores", means=count), "threads": take("logical_processors", means=count),
            "speed_mhz": take("max_clock_speed", means=count),
        },
        "model",
    ),
    "battery": table(
        "system_battery", "designed_capacity cycle_count",
        {
            "name": take("model", "manufacturer"), "manufacturer": take("manufacturer"), "model": take("model"),
            "serial": take("serial_number"), "chemistry": take("chemistry", means=small),
            "cycles": take("cycle_count", means=count), "health": take("health"), "state": take("state", means=small),
            "charge_pct": take("percent_remaining", means=number),
            "full_capacity_mah": take("max_capacity", means=count),
            "design_capacity_mah": take("designed_capacity", means=count),
        },
        "name",
    ),
    "video_info": table(
        "graphics_cards", "driver_version series model",
        {
            "name": take("model", "series"), "manufacturer": take("manufacturer"), "chipset": take("series"),
            "driver": take("driver"), "driver_version": take("driver_version"),
            "driver_at": take("driver_date", means=lambda value: moment_in(UTC, value)),
        },
        "name",
    ),
}  # fmt: skip
