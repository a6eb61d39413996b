"""`lanscan -iap`, `nwmgr` and `lanadmin -g` of HP-UX: network interfaces."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, mac, pairs, whole
from itmsctl.inventory.parser import Parser, Rows

_SCAN = re.compile(r"(0x[0-9A-Fa-f]{12})\s+(lan\d+)\b")
_MANAGER = re.compile(
    r"(?P<name>lan\d+)\s+(?P<state>\S+)\s+(?P<mac>0x[0-9A-Fa-f]{12})\s+(?P<driver>\S+)\s+(?P<type>\S+)(?:\s+(?P<related>lan\d+))?"
)
_TYPES = {"vlan": "vlan", "hp_apa": "bond"}


def network_interfaces(text: str) -> Rows:
    """Return interfaces."""
    rows: Rows = []
    for line in lines(text):
        if scan := _SCAN.match(line.strip()):
            rows += filled({"name": scan[2], "type": "ethernet", "mac_address": mac(scan[1])})
        elif found := _MANAGER.match(line.strip()):
            kind = _TYPES.get(found["type"], "ethernet")
            rows += filled(
                {
                    "name": found["name"],
                    "type": kind,
                    "description": found["type"],
                    "mac_address": mac(found["mac"]),
                    "state": found["state"].lower(),
                    "driver": found["driver"],
                    "parent": found["related"],
                    "is_virtual": True if kind != "ethernet" else None,
                }
            )
    return rows or _administered(text)


def _administered(text: str) -> Rows:
    said = pairs(lines(text), "=")
    name, _, description = said.get("Description", "").partition(" ")
    if not re.fullmatch(r"lan\d+", name):
        return []
    address = (said.get("Station Address") or "").removeprefix("0x")
    speed = whole(said.get("Speed"))
    return filled(
        {
            "name": name,
            "description": description,
            "type": "ethernet",
            "mac_address": mac(address.zfill(12)),
            "mtu": whole(said.get("MTU Size")),
            "speed_mbps": speed // 1_000_000 if speed else None,
            "state": "up" if said.get("Operation Status (value)", "").startswith("up") else "down",
        }
    )


PARSER = Parser("lanscan -iap", {"network_interfaces": network_interfaces})
