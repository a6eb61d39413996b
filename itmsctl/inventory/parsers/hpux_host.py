"""`model`, `hpvminfo`, `CIMUtil -e root/cimv2 HP_ManagementProcessor`, `getconf`: what a computer of HP-UX is."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import address, filled, lines, pairs
from itmsctl.inventory.parser import Parser, Rows

_MODEL = re.compile(r"(?P<arch>ia64|9000/\d{3})(?:/[\w-]+)?(?: (?P<rest>hp .+))?")
_GUEST = re.compile(r"hpvminfo: Running (inside an HPVM guest|on an HPVM host)")


def hardware(text: str) -> Rows:
    """Return the model."""
    plain = text.strip()
    found = _MODEL.fullmatch(plain) if len(plain) < 200 else None
    return filled({"manufacturer": "HP", "model": plain, "architecture": found["arch"]}) if found else []


def virtual_guest(text: str) -> Rows:
    """Return whether the computer is a guest of HPVM."""
    found = _GUEST.search(text[:1000])
    if found is None:
        return []
    is_guest = found[1].startswith("inside")
    return filled(
        {"hypervisor": "hpvm" if is_guest else None, "is_virtual": is_guest, "type": "machine" if is_guest else None}
    )


def management_controller(text: str) -> Rows:
    """Return the management processor."""
    said = pairs(lines(text))
    if said.get("CreationClassName") != "HP_ManagementProcessor":
        return []
    return filled({"type": "ilo", "ip_address": address(said.get("IPAddress")), "url": said.get("URL")})


PARSER = Parser(
    "model; hpvminfo; CIMUtil -e root/cimv2 HP_ManagementProcessor",
    {"hardware": hardware, "virtual_guest": virtual_guest, "management_controller": management_controller},
)
