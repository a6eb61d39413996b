"""Devices that Windows knows: on the USB bus, printers on it, graphics cards."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, said
from itmsctl.inventory.parser import Rows
from itmsctl.inventory.parsers.registry.keys import keys

_USB = re.compile(r".*\\Enum\\USB\\VID_([0-9A-F]{4})&PID_([0-9A-F]{4})(?:&[^\\]*)?\\([^\\]+)", re.IGNORECASE)
_PRINTER = re.compile(r".*\\Enum\\USBPRINT\\([^\\]+)\\[^\\]+", re.IGNORECASE)
_DISPLAY = re.compile(r".*\\\{4d36e968-e325-11ce-bfc1-08002be10318\}\\(\d{4})", re.IGNORECASE)


def _words(text: str | None) -> str | None:
    """Return a text without the reference before it: `@usb.inf,%x%;USB hub` is USB hub."""
    return said((text or "").rpartition(";")[2])


def usb_devices(text: str) -> Rows:
    """Return devices on the USB bus; the parts of one with several functions are none of their own."""
    rows: Rows = []
    for path, one in keys(text):
        found = _USB.fullmatch(path)
        if found is None or "&MI_" in path.upper() or not one:
            continue
        serial = found[3] if "&" not in found[3] else None
        rows += filled(
            {
                "device": one.get("LocationInformation"),
                "vendor_id": found[1].lower(),
                "product_id": found[2].lower(),
                "manufacturer": _words(one.get("Mfg")),
                "product": _words(one.get("FriendlyName") or one.get("DeviceDesc")),
                "serial": serial,
                "class": one.get("Class"),
            }
        )
    return rows


def printers(text: str) -> Rows:
    """Return printers that were plugged in; the port stands in a key below."""
    rows: Rows = []
    for path, one in keys(text):
        if path.endswith("\\Device Parameters") and rows and one.get("PortName"):
            rows[-1].setdefault("port", one["PortName"])
        if (
            _PRINTER.fullmatch(path)
            and one.get("Class", "").lower() in {"printer", "usb", ""}
            and _words(one.get("DeviceDesc"))
        ):
            name = _words(one.get("FriendlyName") or one.get("DeviceDesc"))
            rows += filled({"name": name, "model": _words(one.get("DeviceDesc")), "is_network": False}, "name")
    return rows


def graphics_cards(text: str) -> Rows:
    """Return graphics cards by the driver that serves them."""
    rows: Rows = []
    for path, one in keys(text):
        found = _DISPLAY.fullmatch(path)
        if found is None or not one.get("DriverDesc"):
            continue
        rows += filled(
            {
                "name": said(one["DriverDesc"]),
                "slot": one.get("MatchingDeviceId"),
                "manufacturer": said(one.get("ProviderName")),
                "chipset": said(one.get("HardwareInformation.ChipType")),
                "driver_version": said(one.get("DriverVersion")),
            },
            "name",
        )
    return rows
