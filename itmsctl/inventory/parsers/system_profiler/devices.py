"""Devices on buses, disks, network and graphics."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import decimal_size, filled, mac, size
from itmsctl.inventory.json_values import text_at
from itmsctl.inventory.markup import plist_of
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.parsers.system_profiler.listed import items
from itmsctl.inventory.parsers.system_profiler.tree import section, values

_PLACE = re.compile("^[a-z]_")
_APPLE = "0x05ac"


def usb_devices(text: str) -> Rows:
    """Return devices on the USB bus; before the name of a value stands its place in the list, which differs."""
    rows: Rows = []
    for listed in items(plist_of(text), "SPUSBDataType"):
        one = {_PLACE.sub("", name): value for name, value in listed.items()} | {"_name": listed.get("_name")}
        if "product_id" not in one:
            continue
        told = text_at(one, "vendor_id") or ""
        vendor = re.match(r"0x([0-9a-fA-F]{4})", _APPLE if told == "apple_vendor_id" else told)
        product = re.match(r"0x([0-9a-fA-F]{4})", text_at(one, "product_id") or "")
        rows += filled(
            {
                "device": text_at(one, "location_id"),
                "vendor_id": vendor[1].lower() if vendor else None,
                "product_id": product[1].lower() if product else None,
                "manufacturer": text_at(one, "manufacturer"),
                "product": text_at(one, "_name"),
                "serial": text_at(one, "serial_num"),
                "version": text_at(one, "bcd_device"),
            },
            "product_id",
        )
    return rows


def disks(text: str) -> Rows:
    """Return disks and drives on Serial ATA, and drives that burn."""
    listed = plist_of(text)
    rows: Rows = []
    for one in items(listed, "SPSerialATADataType"):
        name = text_at(one, "bsd_name")
        if "device_model" not in one:
            continue
        size_said = one.get("size_in_bytes")
        # Not every system says the medium: a disk without moving parts then has it in its model.
        medium = text_at(one, "spsata_medium_type") or ""
        rows += filled(
            {
                "name": name or text_at(one, "_name"),
                "model": text_at(one, "device_model"),
                "serial": text_at(one, "device_serial"),
                "firmware": text_at(one, "device_revision"),
                "size_bytes": size_said if isinstance(size_said, int) else decimal_size(text_at(one, "size")),
                "type": "ssd"
                if "Solid" in medium or "SSD" in (text_at(one, "device_model") or "")
                else "hdd"
                if "Rotational" in medium
                else None,
                "interface": "sata",
                "is_removable": {"yes": True, "no": False}.get(text_at(one, "removable_media") or ""),
            },
            "name",
        )
    for one in items(listed, "SPDiscBurningDataType"):
        rows += filled(
            {
                "name": text_at(one, "_name"),
                "model": text_at(one, "_name"),
                "firmware": text_at(one, "device_firmware", "device_revision"),
                "type": "optical",
                "interface": (text_at(one, "device_interconnect") or "").lower(),
            },
            "name",
        )
    return rows


def network_interfaces(text: str) -> Rows:
    """Return network interfaces."""
    rows: Rows = []
    for node in section(text, "Network").below:
        said = node.values
        inner = values(node)
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
    for node in section(text, "Graphics/Displays").below:
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
