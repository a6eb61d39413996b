"""`ioreg -l`: USB devices and monitors of macOS."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows
from itmsctl.inventory.parsers import edid

_NODE = re.compile(r"[\s|]*\+-o (?P<name>.*?) +<class (?P<class>\w+)")
_VALUE = re.compile(r'[\s|]*"(?P<key>[\w .-]+)" = (?P<value>.*)')
_EDID = re.compile(r'"IODisplayEDID" = <([0-9a-fA-F]{256,1024})>')
_USB = frozenset({"IOUSBDevice", "IOUSBHostDevice", "AppleUSBDevice", "AppleUSBHostDevice"})


def usb_devices(text: str) -> Rows:
    """Return devices on the USB bus."""
    rows: Rows = []
    current: dict[str, str] | None = None
    for line in [*lines(text), "+-o end  <class End"]:
        if node := _NODE.match(line):
            rows += _device(current) if current else []
            current = {"": node["name"].partition("@")[0]} if node["class"] in _USB else None
        elif current is not None and (value := _VALUE.match(line)):
            current.setdefault(value["key"], value["value"].strip().strip('"'))
    return rows


def _device(one: dict[str, str]) -> Rows:
    return filled(
        {
            "device": _hexadecimal(one.get("locationID"), 8),
            "vendor_id": _hexadecimal(one.get("idVendor"), 4),
            "product_id": _hexadecimal(one.get("idProduct"), 4),
            "manufacturer": one.get("USB Vendor Name") or one.get("kUSBVendorString"),
            "product": one.get("USB Product Name") or one.get("kUSBProductString") or one.get(""),
            "serial": one.get("USB Serial Number") or one.get("kUSBSerialNumberString"),
        },
        "product_id",
    )


def _hexadecimal(text: str | None, digits: int) -> str | None:
    return f"{int(text):0{digits}x}" if text and text.isdecimal() and text.isascii() and len(text) < 16 else None


def monitors(text: str) -> Rows:
    """Return monitors whose EDID is told."""
    return [row for found in _EDID.findall(text) for row in edid.monitors(found)]


PARSER = Parser("ioreg -l", {"usb_devices": usb_devices, "monitors": monitors})
