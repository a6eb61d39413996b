"""`lsusb -v`, `lsusb`: devices on the USB bus of Linux."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_HEAD = re.compile(
    r"Bus (?P<bus>\d{3}) Device (?P<device>\d{3}): "
    r"ID (?P<vendor>[0-9a-f]{4}):(?P<product>[0-9a-f]{4})(?: (?P<name>.*))?"
)
_VALUE = re.compile(
    r"\s+(?P<key>iManufacturer|iProduct|iSerial|bcdDevice|bDeviceClass|bInterfaceClass)\s+(?P<value>.*)"
)
_COLUMNS = {"iManufacturer": "manufacturer", "iProduct": "product", "iSerial": "serial", "bcdDevice": "version"}


def usb_devices(text: str) -> Rows:
    """Return devices; hubs that are a part of the machine are devices too."""
    rows: Rows = []
    for line in lines(text):
        if head := _HEAD.match(line):
            rows.append(
                {
                    "bus": head["bus"],
                    "device": head["device"],
                    "vendor_id": head["vendor"],
                    "product_id": head["product"],
                    "product": (head["name"] or "").strip(),
                }
            )
        elif rows and (found := _VALUE.match(line)):
            _note(rows[-1], found["key"], found["value"].strip())
    return [row for one in rows for row in filled(one)]


def _note(row: dict[str, object], key: str, value: str) -> None:
    number, _, words = value.partition(" ")
    if key == "bcdDevice":
        row.setdefault("version", value)
    elif key in _COLUMNS and words.strip():
        row[_COLUMNS[key]] = words.strip()
    elif key.endswith("Class") and number not in {"0", "255"} and words.strip():
        row.setdefault("class", words.strip())


PARSER = Parser("lsusb -v", {"usb_devices": usb_devices})
