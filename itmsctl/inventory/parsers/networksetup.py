"""`networksetup -listallhardwareports` of macOS: what interfaces are."""

from __future__ import annotations

from itmsctl.inventory.captured import blocks, filled, mac, pairs
from itmsctl.inventory.parser import Parser, Rows

_TYPES = (
    ("Wi-Fi", "wifi"),
    ("AirPort", "wifi"),
    ("Bridge", "bridge"),
    ("Bluetooth", "bluetooth"),
    ("Thunderbolt", "thunderbolt"),
)


def network_interfaces(text: str) -> Rows:
    """Return hardware ports."""
    rows: Rows = []
    for block in blocks(text):
        said = pairs(line[:1000] for line in block)
        port = said.get("Hardware Port", "")
        if "Device" in said and port:
            kind = next((kind for word, kind in _TYPES if word in port), "ethernet")
            rows += filled(
                {
                    "name": said["Device"],
                    "description": port,
                    "type": kind,
                    "permanent_mac": mac(said.get("Ethernet Address")),
                },
                "name",
            )
    return rows


PARSER = Parser("networksetup -listallhardwareports", {"network_interfaces": network_interfaces})
