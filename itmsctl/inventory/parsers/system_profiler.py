"""`system_profiler`, as text and as property list (`-xml`): hardware, system, software, disks and more of macOS."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from itmsctl.inventory.captured import decimal_size, filled, lines, mac, mebibytes, size, whole
from itmsctl.inventory.captured import said as plain
from itmsctl.inventory.markup import plist_of
from itmsctl.inventory.parser import Parser, Rows

_MHZ = re.compile(r"(\d{1,6}(?:[.,]\d{1,6})?) ?([GM])Hz")
_SYSTEM = re.compile(r"(?P<name>Mac OS X(?: Server)?|OS X|macOS) (?P<version>\d[\d.]*) ?\((?P<build>[^)]+)\)")
_KERNEL = re.compile(r"(\S+) (\S+)")


@dataclass
class _Node:
    """What stands under a heading: values, and headings below."""

    name: str
    indent: int
    values: dict[str, str] = field(default_factory=dict)
    below: list[_Node] = field(default_factory=list)

    def walk(self) -> Iterator[_Node]:
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack += reversed(node.below)


def _tree(text: str) -> _Node:
    root = _Node("", -1)
    path = [root]
    for line in lines(text):
        plain = line.strip()
        key, apart, value = plain.partition(": ") if ": " in plain else plain.partition(":")
        if not apart or not key:
            continue
        indent = len(line) - len(line.lstrip())
        while len(path) > 1 and path[-1].indent >= indent:
            path.pop()
        if value.strip():
            path[-1].values.setdefault(key.strip(), value.strip())
        elif plain.endswith(":") and len(path) < 60:
            node = _Node(plain[:-1], indent)
            path[-1].below.append(node)
            path.append(node)
    return root


def _section(text: str, name: str) -> _Node:
    return next((one for one in _tree(text).below if one.name == name), _Node(name, 0))


def _values(node: _Node) -> Mapping[str, str]:
    """Return all values below a heading; the first of each name."""
    found: dict[str, str] = {}
    for one in node.walk():
        for key, value in one.values.items():
            found.setdefault(key, value)
    return found


def _mhz(text: str | None) -> int | None:
    found = _MHZ.match(text or "")
    return round(float(found[1].replace(",", ".")) * (1000 if found[2] == "G" else 1)) if found else None


def hardware(text: str) -> Rows:
    """Return the model, its processors and memory."""
    said = _values(_section(text, "Hardware"))
    model = said.get("Model Identifier") or said.get("Machine Model")
    chip = said.get("Chip") or said.get("Processor Name") or said.get("CPU Type") or ""
    name = said.get("Model Name") or said.get("Machine Name") or ""
    cores = said.get("Total Number Of Cores") or said.get("Total Number of Cores")
    return filled(
        {
            "manufacturer": "Apple" if model else None,
            "model": model,
            "family": name,
            "chassis_type": "Laptop" if "Book" in f"{name}{model}" else None,
            "architecture": "arm64"
            if "Apple" in chip
            else "powerpc"
            if "PowerPC" in chip
            else "x86_64"
            if "Intel" in chip
            else None,
            "processors": whole(
                said.get("Number Of Processors") or said.get("Number of Processors") or said.get("Number Of CPUs")
            ),
            "cores": whole(cores),
            "memory_mib": mebibytes(said.get("Memory"), ""),
        },
        "model",
    )


def identification(text: str) -> Rows:
    """Return serial number, UUID and name."""
    said = _values(_section(text, "Hardware"))
    software = _values(_section(text, "Software"))
    uuid = re.fullmatch(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", said.get("Hardware UUID", ""))
    return filled(
        {
            "serial": said.get("Serial Number (system)") or said.get("Serial Number"),
            "uuid": uuid[0].lower() if uuid else None,
            "host_name": software.get("Computer Name"),
        }
    )


def processors(text: str) -> Rows:
    """Return processors; macOS tells one line for all."""
    said = _values(_section(text, "Hardware"))
    model = said.get("Chip") or said.get("Processor Name") or said.get("CPU Type")
    count = min(
        whole(said.get("Number Of Processors") or said.get("Number of Processors") or said.get("Number Of CPUs")) or 1,
        64,
    )
    cores = whole(said.get("Total Number Of Cores") or said.get("Total Number of Cores"))
    if not model:
        return []
    row = {
        "model": model,
        "manufacturer": next((maker for maker in ("Apple", "Intel") if maker in model), None),
        "speed_mhz": _mhz(said.get("Processor Speed") or said.get("CPU Speed")),
        "bus_mhz": _mhz(said.get("Bus Speed")),
        "cores": cores // count if cores else None,
    }
    return [filled(row | {"index": index})[0] for index in range(count)]


def bios(text: str) -> Rows:
    """Return the firmware."""
    said = _values(_section(text, "Hardware"))
    version = said.get("Boot ROM Version") or said.get("System Firmware Version")
    smc = said.get("SMC Version (system)") or said.get("SMC Version")
    return filled({"manufacturer": "Apple", "version": version, "smc_version": smc}, "version")


def operating_system(text: str) -> Rows:
    """Return the operating system."""
    said = _values(_section(text, "Software"))
    found = _SYSTEM.match(said.get("System Version", ""))
    kernel = _KERNEL.match(said.get("Kernel Version", ""))
    if found is None:
        return []
    return filled(
        {
            "name": found["name"],
            "full_name": f"{found['name']} {found['version']}",
            "id": "macos",
            "version": found["version"],
            "build": found["build"],
            "kernel_name": kernel[1] if kernel else None,
            "kernel_version": kernel[2] if kernel else None,
            "is_server": True if "Server" in found["name"] else None,
        }
    )


def memory_modules(text: str) -> Rows:
    """Return memory modules and empty slots."""
    rows: Rows = []
    for node in _section(text, "Memory").walk():
        said = node.values
        if "Size" not in said or "Status" not in said:
            continue
        number = mebibytes(said["Size"], "") if said["Size"] != "Empty" else None
        rows += filled(
            {
                "slot": node.name,
                "size_mib": number,
                "type": said.get("Type") if number else None,
                "speed_mhz": _mhz(said.get("Speed")),
                "manufacturer": plain(said.get("Manufacturer")) if number else None,
                "part_number": plain(said.get("Part Number")) if number else None,
                "serial": plain(said.get("Serial Number")) if number else None,
            },
            "slot",
        )
    return rows


def software(text: str) -> Rows:
    """Return applications."""
    listed = plist_of(text)
    if listed is not None:
        return _listed(listed)
    rows: Rows = []
    for node in _section(text, "Applications").below:
        said = node.values
        rows += filled(
            {
                "name": node.name,
                "version": said.get("Version"),
                "source": "app",
                "summary": said.get("Get Info String"),
                "path": said.get("Location"),
                "architecture": said.get("Kind"),
                "publisher": "Apple"
                if "Apple" in (said.get("Obtained from") or said.get("Get Info String") or "")
                else None,
                "is_system": True if said.get("Location", "").startswith("/System/") else None,
                "signer": (said.get("Signed by") or "").partition(",")[0],
            },
            "name",
        )
    return rows


def _items(listed: Any, kind: str) -> Iterator[Mapping[str, Any]]:
    """Yield the items of a data type, and those within them."""
    groups = listed if isinstance(listed, list) else []
    stack = [
        one
        for group in groups
        if isinstance(group, Mapping) and group.get("_dataType") == kind
        for one in reversed(_within(group))
    ]
    while stack:
        one = stack.pop()
        if isinstance(one, Mapping):
            yield one
            stack += reversed(_within(one))


def _within(one: Mapping[str, Any]) -> list[Any]:
    inner = one.get("_items")
    return inner if isinstance(inner, list) else []


def _said(one: Mapping[str, Any], *names: str) -> str | None:
    return next(
        (str(one[name]).strip() for name in names if isinstance(one.get(name), (str, int)) and str(one[name]).strip()),
        None,
    )


def _listed(listed: Any) -> Rows:
    rows: Rows = []
    for one in _items(listed, "SPApplicationsDataType"):
        path = _said(one, "path") or ""
        signed = one.get("signed_by")
        rows += filled(
            {
                "name": _said(one, "_name"),
                "version": _said(one, "version"),
                "source": "app",
                "summary": _said(one, "info"),
                "path": path,
                "architecture": _said(one, "runtime_environment", "arch_kind"),
                "publisher": "Apple" if _said(one, "obtained_from") == "apple" else None,
                "is_system": True if path.startswith("/System/") else None,
                "signer": str(signed[0]) if isinstance(signed, list) and signed else None,
                "installed_at": one["lastModified"] if isinstance(one.get("lastModified"), datetime) else None,
            },
            "name",
        )
    return rows


def usb_devices(text: str) -> Rows:
    """Return devices on the USB bus."""
    rows: Rows = []
    for one in _items(plist_of(text), "SPUSBDataType"):
        if "b_product_id" not in one and "product_id" not in one:
            continue
        vendor = re.match(r"0x([0-9a-fA-F]{4})", _said(one, "c_vendor_id", "vendor_id") or "")
        product = re.match(r"0x([0-9a-fA-F]{4})", _said(one, "b_product_id", "product_id") or "")
        rows += filled(
            {
                "device": _said(one, "g_location_id", "location_id"),
                "vendor_id": vendor[1].lower() if vendor else None,
                "product_id": product[1].lower() if product else None,
                "manufacturer": _said(one, "f_manufacturer", "manufacturer"),
                "product": _said(one, "_name"),
                "serial": _said(one, "d_serial_num", "serial_num"),
                "version": _said(one, "a_bcd_device", "bcd_device"),
            },
            "product_id",
        )
    return rows


def disks(text: str) -> Rows:
    """Return disks and drives on Serial ATA, and drives that burn."""
    listed = plist_of(text)
    rows: Rows = []
    for one in _items(listed, "SPSerialATADataType"):
        name = _said(one, "bsd_name")
        if "device_model" not in one:
            continue
        size_said = one.get("size_in_bytes")
        medium = _said(one, "spsata_medium_type") or ""
        rows += filled(
            {
                "name": name or _said(one, "_name"),
                "model": _said(one, "device_model"),
                "serial": _said(one, "device_serial"),
                "firmware": _said(one, "device_revision"),
                "size_bytes": size_said if isinstance(size_said, int) else decimal_size(_said(one, "size")),
                "type": "ssd"
                if "Solid" in medium or "SSD" in (_said(one, "device_model") or "")
                else "hdd"
                if "Rotational" in medium
                else None,
                "interface": "sata",
                "is_removable": {"yes": True, "no": False}.get(_said(one, "removable_media") or ""),
            },
            "name",
        )
    for one in _items(listed, "SPDiscBurningDataType"):
        rows += filled(
            {
                "name": _said(one, "_name"),
                "model": _said(one, "_name"),
                "firmware": _said(one, "device_firmware", "device_revision"),
                "type": "optical",
                "interface": (_said(one, "device_interconnect") or "").lower(),
            },
            "name",
        )
    return rows


def system_battery(text: str) -> Rows:
    """Return the battery."""
    said = _values(
        next((node for node in _section(text, "Power").walk() if node.name.startswith("Battery Info")), _Node("", 0))
    )
    if "Cycle Count" not in said and "Device Name" not in said:
        return []
    charging = said.get("Charging") == "Yes"
    return filled(
        {
            "name": said.get("Device Name") or "battery",
            "manufacturer": said.get("Manufacturer"),
            "model": said.get("Device Name"),
            "serial": said.get("Serial Number"),
            "full_capacity_mah": whole(
                said.get("Full Charge Capacity (mAh)") or said.get("Full charge capacity (mAh)")
            ),
            "cycles": whole(said.get("Cycle Count") or said.get("Cycle count")),
            "charge_pct": whole(said.get("State of Charge (%)")),
            "state": "full" if said.get("Fully Charged") == "Yes" else "charging" if charging else None,
            "health": said.get("Condition"),
        }
    )


def network_interfaces(text: str) -> Rows:
    """Return network interfaces."""
    rows: Rows = []
    for node in _section(text, "Network").below:
        said = node.values
        inner = _values(node)
        if "BSD Device Name" not in said:
            continue
        kind = {"AirPort": "wifi", "Wi-Fi": "wifi", "Ethernet": "ethernet", "Modem": "ppp"}.get(
            said.get("Hardware", "")
        )
        rows += filled(
            {
                "name": said["BSD Device Name"],
                "description": node.name,
                "type": kind,
                "mac_address": mac(inner.get("MAC Address")),
                "is_dhcp": inner.get("Configuration Method") == "DHCP" or None,
                "gateway": inner.get("Router"),
                "dns_suffix": inner.get("Domain Name"),
            }
        )
    return rows


def graphics_cards(text: str) -> Rows:
    """Return graphics cards."""
    rows: Rows = []
    for node in _section(text, "Graphics/Displays").below:
        said = node.values
        memory = size(said.get("VRAM (Total)") or said.get("VRAM (Dynamic, Max)"))
        rows += filled(
            {
                "name": node.name,
                "slot": said.get("Slot") or said.get("Bus"),
                "manufacturer": (said.get("Vendor") or "").partition(" (")[0],
                "chipset": said.get("Chipset Model"),
                "memory_mib": memory >> 20 if memory else None,
            }
        )
    return rows


PARSER = Parser(
    "system_profiler",
    {
        "hardware": hardware,
        "identification": identification,
        "processors": processors,
        "bios": bios,
        "operating_system": operating_system,
        "memory_modules": memory_modules,
        "software": software,
        "usb_devices": usb_devices,
        "disks": disks,
        "system_battery": system_battery,
        "network_interfaces": network_interfaces,
        "graphics_cards": graphics_cards,
    },
)
