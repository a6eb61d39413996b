"""`dmidecode`: what the firmware tells of the machine (SMBIOS)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from itmsctl.inventory.captured import filled, lines, mebibytes, said, size, whole
from itmsctl.inventory.parser import Parser, Rows

_TYPE = re.compile(r"DMI type (\d{1,3})")
_DATE = re.compile(r"0?(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MANAGED = frozenset({"Other", "<OUT OF SPEC>", "<BAD INDEX>"})
_VIRTUAL = re.compile(
    r"VMware|VirtualBox|innotek|Virtual Machine|KVM|QEMU|Bochs|HVM domU|Xen|Parallels|OpenStack|Amazon EC2",
    re.IGNORECASE,
)


@dataclass
class _Structure:
    """One structure: its type, and lines of key and value; a key over a list has its members."""

    type: int
    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)

    def get(self, *keys: str) -> str | None:
        """Return the first of these keys that says something."""
        for key in keys:
            value = said(self.values.get(key))
            if value is not None and value not in _MANAGED:
                return value
        return None


def _structures(text: str, *types: int) -> Iterator[_Structure]:
    for part in re.split(r"^\s*Handle 0x", text, flags=re.MULTILINE)[1:]:
        found = _TYPE.search(part)
        if found is None or int(found[1]) not in types:
            continue
        structure = _Structure(int(found[1]))
        key = ""
        for line in list(lines(part))[1:]:
            name, apart, value = line.strip().partition(":")
            if apart and (not value or value.startswith((" ", "\t"))):
                key = name.strip()
                structure.values.setdefault(key, value.strip())
            elif key and line.strip() and not structure.values.get(key):
                structure.lists.setdefault(key, []).append(line.strip())
        yield structure


def _first(text: str, kind: int) -> _Structure:
    return next(_structures(text, kind), _Structure(kind))


def _day(text: str | None) -> str | None:
    found = _DATE.fullmatch((text or "").strip())
    if found is None:
        return said(text)
    year = int(found[3]) + (0 if len(found[3]) == 4 else 1900 if int(found[3]) > 80 else 2000)
    return f"{year:04}-{int(found[1]):02}-{int(found[2]):02}"


def bios(text: str) -> Rows:
    """Return the firmware."""
    one = _first(text, 0)
    version = re.search(r"SMBIOS (\d+(?:\.\d+)+) present", text)
    kind = "uefi" if any("UEFI is supported" in line for line in one.lists.get("Characteristics", ())) else None
    rows = filled(
        {
            "manufacturer": one.get("Vendor"),
            "version": one.get("Version"),
            "released_on": _day(one.values.get("Release Date") or one.values.get("Release")),
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
    system, board, chassis = _first(text, 1), _first(text, 2), _first(text, 3)
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
    system, board, chassis = _first(text, 1), _first(text, 2), _first(text, 3)
    uuid = _UUID.fullmatch(system.get("UUID") or "")
    return filled(
        {
            "serial": system.get("Serial Number") or chassis.get("Serial Number") or board.get("Serial Number"),
            "uuid": uuid[0].lower() if uuid else None,
            "asset_tag": chassis.get("Asset Tag") or board.get("Asset Tag"),
        }
    )


def processors(text: str) -> Rows:
    """Return processors; an empty socket is none."""
    rows: Rows = []
    is_virtual = any(row.get("is_virtual") for row in hardware(text))
    for one in _structures(text, 4):
        status = one.values.get("Status", "")
        if is_virtual and "Disabled" in status:
            continue  # what could be plugged in while the machine runs
        if "Unpopulated" in status or ("Type" in one.values and "Central" not in one.values["Type"]):
            continue
        signature = re.search(r"Family (\d+), Model (\d+), Stepping (\d+)", one.values.get("Signature", ""))
        rows += filled(
            {
                "slot": one.get("Socket Designation"),
                "index": len(rows),
                "manufacturer": one.get("Manufacturer", "Processor Manufacturer"),
                "model": one.get("Version", "Processor Version"),
                "family": one.get("Family"),
                "model_number": signature[2] if signature else None,
                "stepping": signature[3] if signature else None,
                "part_number": one.get("Part Number"),
                "serial": one.get("Serial Number"),
                "id": one.get("ID"),
                "speed_mhz": _mhz(one.get("Max Speed")) or _mhz(one.get("Current Speed")),
                "bus_mhz": _mhz(one.get("External Clock")),
                "cores": whole(one.get("Core Count")),
                "cores_enabled": whole(one.get("Core Enabled")),
                "threads": whole(one.get("Thread Count")),
                "status": said(status),
            }
        )
    return rows


def _mhz(text: str | None) -> int | None:
    number = whole(text)
    if not number:
        return None
    return number * 1000 if text and "GHz" in text else number


def memory_modules(text: str) -> Rows:
    """Return memory modules and empty slots; from old firmware what it calls memory module information."""
    correction = {one.get("Error Correction Type") for one in _structures(text, 16)}
    arrays = [one for one in _structures(text, 16) if one.values.get("Use") == "System Memory"]
    rows: Rows = []
    for one in _structures(text, 17):
        size_text = one.values.get("Size", "")
        number = mebibytes(size_text) if "No Module" not in size_text else None
        rows += filled(
            {
                "slot": " ".join(filter(None, (said(one.values.get("Locator")),))) or f"slot {len(rows)}",
                "bank": one.get("Bank Locator"),
                "size_mib": number or None,
                "type": one.get("Type") if number else None,
                "form_factor": one.get("Form Factor"),
                "speed_mhz": _mhz(one.get("Speed")),
                "configured_mhz": _mhz(one.get("Configured Memory Speed", "Configured Clock Speed")),
                "manufacturer": one.get("Manufacturer") if number else None,
                "part_number": one.get("Part Number") if number else None,
                "serial": one.get("Serial Number") if number else None,
                "rank": whole(one.get("Rank")),
                "correction": next(iter(correction)) if len(correction) == 1 and arrays and number else None,
            }
        )
    if not any("size_mib" in row for row in rows):
        rows = _old_modules(text) or rows
    return _told_apart(rows)


def _old_modules(text: str) -> Rows:
    rows: Rows = []
    for one in _structures(text, 6):
        installed = one.values.get("Installed Size") or one.values.get("Size") or ""
        found = mebibytes(installed) if re.match(r"\s*\d", installed) else None
        slot = one.get("Socket Designation", "Socket")
        rows += filled(
            {"slot": slot or f"slot {len(rows)}", "size_mib": found or None, "type": one.get("Type") if found else None}
        )
    return rows


def _told_apart(rows: Rows) -> Rows:
    """Return modules with slots of their own: firmware that names several alike is told apart by bank, then number."""
    slots = [row["slot"] for row in rows]
    for row in rows:
        if slots.count(row["slot"]) > 1 and row.get("bank"):
            row["slot"] = f"{row['bank']} {row['slot']}"
    seen: dict[str, int] = {}
    for row in rows:
        seen[row["slot"]] = seen.get(row["slot"], 0) + 1
        if seen[row["slot"]] > 1:
            row["slot"] = f"{row['slot']} #{seen[row['slot']]}"
    return rows


def slots(text: str) -> Rows:
    """Return slots for cards."""
    return _told_apart_by(
        [
            row
            for one in _structures(text, 9)
            for row in filled(
                {
                    "name": one.get("Designation", "Slot"),
                    "type": one.get("Type"),
                    "usage": one.get("Current Usage", "Status"),
                    "length": one.get("Length"),
                    "id": one.get("ID", "Slot ID"),
                    "bus_address": one.get("Bus Address"),
                    "characteristics": one.lists.get("Characteristics"),
                },
                "name",
            )
        ]
    )


def _told_apart_by(rows: Rows) -> Rows:
    seen: dict[str, int] = {}
    for row in rows:
        seen[row["name"]] = seen.get(row["name"], 0) + 1
        if seen[row["name"]] > 1:
            row["name"] = f"{row['name']} #{seen[row['name']]}"
    return rows


def ports(text: str) -> Rows:
    """Return connectors."""
    rows: Rows = []
    for one in _structures(text, 8):
        inside, outside = one.get("Internal Reference Designator"), one.get("External Reference Designator")
        name = outside or inside
        rows += filled(
            {
                "name": name,
                "index": sum(row["name"] == name for row in rows),
                "type": one.get("Port Type"),
                "connector": one.get("External Connector Type"),
                "internal": inside,
            },
            "name",
        )
    return rows


def system_battery(text: str) -> Rows:
    """Return batteries."""
    rows: Rows = []
    for one in _structures(text, 22):
        capacity = one.get("Design Capacity")
        rows += filled(
            {
                "name": one.get("Name", "Location") or f"battery {len(rows)}",
                "manufacturer": one.get("Manufacturer"),
                "serial": one.get("Serial Number", "SBDS Serial Number"),
                "chemistry": one.get("Chemistry", "SBDS Chemistry"),
                "manufactured_at": _day(one.get("Manufacture Date", "SBDS Manufacture Date")),
                "design_voltage_mv": whole(one.get("Design Voltage")),
                "design_capacity_mwh": whole(capacity) if capacity and "mWh" in capacity else None,
                "design_capacity_mah": whole(capacity) if capacity and "mAh" in capacity else None,
            }
        )
    return rows


def power_supplies(text: str) -> Rows:
    """Return power supplies."""
    rows: Rows = []
    for one in _structures(text, 39):
        name = one.get("Name") or "power supply"
        status = one.get("Status")
        power = one.get("Max Power Capacity")
        plugged, hot = one.values.get("Plugged"), one.values.get("Hot Replaceable")
        rows += filled(
            {
                "name": name,
                "index": sum(row["name"] == name for row in rows),
                "manufacturer": one.get("Manufacturer"),
                "model": one.get("Model", "Name"),
                "part_number": one.get("Model Part Number"),
                "serial": one.get("Serial Number"),
                "asset_tag": one.get("Asset Tag"),
                "location": one.get("Location"),
                "power_max_w": whole(power) if power and "W" in power and "mW" not in power else None,
                "status": status,
                "is_hot_replaceable": None if hot is None else hot == "Yes",
                "is_plugged": None if plugged is None else plugged == "Yes",
            }
        )
    return rows


def tpm(text: str) -> Rows:
    """Return the trusted platform module."""
    one = _first(text, 43)
    return filled(
        {
            "manufacturer": one.get("Vendor ID"),
            "version": one.get("Specification Version"),
            "firmware": one.get("Firmware Revision"),
            "description": one.get("Description"),
        }
    )


PARSER = Parser(
    "dmidecode",
    {
        "bios": bios,
        "hardware": hardware,
        "identification": identification,
        "processors": processors,
        "memory_modules": memory_modules,
        "slots": slots,
        "ports": ports,
        "system_battery": system_battery,
        "power_supplies": power_supplies,
        "tpm": tpm,
    },
)
