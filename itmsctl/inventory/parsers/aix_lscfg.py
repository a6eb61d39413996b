"""`lscfg -vpl DEVICE` of AIX: maker, part numbers and serial number of disks and network adapters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from itmsctl.inventory.captured import filled, lines, mac
from itmsctl.inventory.parser import Parser, Rows

_HEAD = re.compile(r"\s{0,4}(?P<name>[a-z]+\d+)\s+(?P<place>U\S+|\d\S*)\s*(?P<description>.*)")
_VALUE = re.compile(r"\s+(?P<key>[A-Z][A-Za-z ]*(?:\([^)]*\))?)\.{2,}(?P<value>.*)")
_SIZE = re.compile(r"\((\d{1,12}) MB\)")


def _devices(text: str) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    current: tuple[str, str, str, dict[str, str]] | None = None
    for line in lines(text):
        if head := _HEAD.fullmatch(line):
            if current:
                yield current
            current = (head["name"], head["place"], head["description"].strip(), {})
        elif current and (value := _VALUE.match(line)):
            current[3].setdefault(value["key"].strip(), value["value"].strip())
        elif current and line.strip() and not current[2] and not current[3]:
            current = (*current[:2], line.strip(), current[3])
    if current:
        yield current


def disks(text: str) -> Rows:
    """Return disks."""
    rows: Rows = []
    for name, place, description, said in _devices(text):
        if not name.startswith(("hdisk", "pdisk", "cd", "rmt")):
            continue
        size = _SIZE.search(description)
        rows += filled(
            {
                "name": name,
                "location": place,
                "description": description,
                "manufacturer": said.get("Manufacturer"),
                "model": said.get("Machine Type and Model"),
                "serial": said.get("Serial Number"),
                "size_bytes": int(size[1]) * 1_000_000 if size else None,
            }
        )
    return rows


def network_interfaces(text: str) -> Rows:
    """Return network adapters by the name of their interface: `ent0` is `en0`."""
    rows: Rows = []
    for name, place, description, said in _devices(text):
        if re.fullmatch(r"ent?\d+", name):
            rows += filled(
                {
                    "name": name.replace("ent", "en"),
                    "description": description,
                    "type": "ethernet",
                    "mac_address": mac(said.get("Network Address")),
                    "permanent_mac": mac(said.get("Network Address")),
                    "pci_slot": place,
                    "firmware": said.get("ROM Level (alterable)") or said.get("ROM Level"),
                    "is_virtual": True if "Virtual" in description or "Logical" in description else None,
                }
            )
    return rows


PARSER = Parser("lscfg -vpl DEVICE", {"disks": disks, "network_interfaces": network_interfaces})
