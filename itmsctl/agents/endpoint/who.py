"""What an agent says of its computer when it asks to be taken on: who it is, read without an inventory."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from itmsctl.inventory.endpoint.program import system_of

_DMI = "/sys/class/dmi/id"
_LONGEST = 200


def who_am_i(build: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plain values of a registration; what cannot be read is left out."""
    names = os.uname()
    found = {
        "name": names.nodename.partition(".")[0],
        "fqdn": socket.getfqdn() if "." in names.nodename else names.nodename,
        "system": system_of(sys.platform),
        "release": f"{names.sysname} {names.release} {names.machine}",
        "version": build["version"],
        "site": build.get("site") or "",
        "machine_id": _first_line("/etc/machine-id"),
        "serial": _first_line(f"{_DMI}/product_serial"),
        "uuid": _first_line(f"{_DMI}/product_uuid"),
        "mac": _addresses(),
        "user": "root" if os.geteuid() == 0 else str(os.geteuid()),
    }
    return {name: value for name, value in found.items() if value}


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.readline(_LONGEST).strip()
    except OSError:
        return ""


def _addresses() -> list[str]:
    """Return the MAC addresses of adapters that are no bridge, tunnel or loopback."""
    found = set()
    with suppress(OSError):
        for name in os.listdir("/sys/class/net"):
            if os.path.exists(f"/sys/class/net/{name}/bridge") or name == "lo":
                continue
            address = _first_line(f"/sys/class/net/{name}/address")
            if len(address) == 17 and address != "00:00:00:00:00:00":
                found.add(address)
    return sorted(found)[:16]
