"""`arp -a`, `ip neigh`: neighbours whose MAC address is known, on Windows and every UNIX."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import address, filled, lines, mac
from itmsctl.inventory.parser import Parser, Rows

_UNIX = re.compile(
    r"\S+ \((?P<address>[0-9a-fA-F.:]+)\) at (?P<mac>[0-9a-fA-F:]{11,17})(?: on (?P<interface>\S+))?(?P<rest>.*)"
)
_IP = re.compile(
    r"(?P<address>[0-9a-fA-F.:]+) dev (?P<interface>\S+) lladdr (?P<mac>[0-9a-fA-F:]{17})(?: \w+)* (?P<state>[A-Z]+)"
)
_WINDOWS = re.compile(r"\s+(?P<address>[0-9.]{7,15})\s+(?P<mac>[0-9a-f]{2}(?:-[0-9a-f]{2}){5})\s+(?P<type>\S+)")
_HEAD = re.compile(r"\S.*?(?P<address>\d{1,3}(?:\.\d{1,3}){3}) -+ 0x[0-9a-f]+")
_STATIC = ("perm", "stat")


def arp_neighbours(text: str) -> Rows:
    """Return neighbours; Windows names the interface by its own address."""
    rows: Rows = []
    interface = None
    for line in lines(text):
        plain = line.strip()
        if head := _HEAD.fullmatch(plain):
            interface = head["address"]
        elif one := _WINDOWS.fullmatch(line.rstrip()):
            kind = "static" if one["type"].lower().startswith(_STATIC) else "dynamic"
            rows += _row(one["address"], one["mac"], interface, type=kind)
        elif one := _IP.match(plain):
            rows += _row(one["address"], one["mac"], one["interface"], state=one["state"].lower())
        elif one := _UNIX.match(plain):
            kind = "static" if any(word in one["rest"].lower() for word in _STATIC) else "dynamic"
            rows += _row(one["address"], one["mac"], one["interface"], type=kind)
    return rows


def _row(where: str, hardware: str, interface: str | None, **more: str) -> Rows:
    return filled(
        {"address": address(where), "mac_address": mac(hardware), "interface": interface, **more},
        "address",
        "mac_address",
    )


PARSER = Parser("arp -a", {"arp_neighbours": arp_neighbours})
