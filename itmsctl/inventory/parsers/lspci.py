"""`lspci -v -nn -k`: devices on the PCI bus of Linux, and the graphics and sound cards among them."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import blocks, filled
from itmsctl.inventory.parser import Parser, Rows

_HEAD = re.compile(
    r"(?P<slot>(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]) "
    r"(?P<class>[^:\[]+?)(?: \[(?P<class_id>[0-9a-f]{4})\])?: "
    r"(?P<name>.*?)(?: \[(?P<vendor>[0-9a-f]{4}):(?P<device>[0-9a-f]{4})\])?"
    r"(?: \(rev (?P<revision>[0-9a-f]{2})\))?(?: \(prog-if .*\))?"
)
_SUBSYSTEM = re.compile(r"\s+(?:Subsystem|DeviceName): .*\[(?P<vendor>[0-9a-f]{4}):(?P<device>[0-9a-f]{4})\]")
_DRIVER = re.compile(r"\s+Kernel driver in use: (\S+)")
_MAKERS = re.compile(
    r"(?P<maker>.*?(?: Corporation| Corp\.| Inc\.| Incorporated| Co\., Ltd\.| Ltd\.| Technologies"
    r"| Technology Group Ltd\.| Semiconductor| GmbH| S\.A\.| SA| AG| LLC)(?: \[[^\]]+\])?)(?:,)? (?P<model>.+)"
)


def pci_devices(text: str) -> Rows:
    """Return devices."""
    rows: Rows = []
    for block in blocks(text):
        head = _HEAD.fullmatch(block[0][:1000].rstrip())
        if head is None:
            continue
        maker = _MAKERS.fullmatch(head["name"])
        sub = next((found for line in block[1:] if (found := _SUBSYSTEM.match(line[:1000]))), None)
        driver = next((found for line in block[1:] if (found := _DRIVER.match(line[:1000]))), None)
        rows += filled(
            {
                "slot": head["slot"],
                "class": head["class"],
                "class_id": head["class_id"],
                "manufacturer": maker["maker"] if maker else None,
                "model": maker["model"] if maker else head["name"],
                "vendor_id": head["vendor"],
                "device_id": head["device"],
                "subsystem_vendor_id": sub["vendor"] if sub else None,
                "subsystem_id": sub["device"] if sub else None,
                "revision": head["revision"],
                "driver": driver[1] if driver else None,
            }
        )
    return rows


def _of_class(text: str, *starts: str) -> Rows:
    return [row for row in pci_devices(text) if row.get("class", "").lower().startswith(starts)]


def graphics_cards(text: str) -> Rows:
    """Return graphics cards."""
    return [
        row
        for one in _of_class(text, "vga", "3d controller", "display controller")
        for row in filled(
            {
                "name": one["model"],
                "slot": one["slot"],
                "manufacturer": one.get("manufacturer"),
                "driver": one.get("driver"),
            }
        )
    ]


def sound_cards(text: str) -> Rows:
    """Return sound cards."""
    return [
        row
        for one in _of_class(text, "audio device", "multimedia audio")
        for row in filled(
            {
                "name": one["model"],
                "slot": one["slot"],
                "manufacturer": one.get("manufacturer"),
                "driver": one.get("driver"),
            }
        )
    ]


PARSER = Parser(
    "lspci -v -nn -k", {"pci_devices": pci_devices, "graphics_cards": graphics_cards, "sound_cards": sound_cards}
)
