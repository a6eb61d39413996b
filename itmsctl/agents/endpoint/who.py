"""What an agent says of its computer when it asks to be taken on: who it is, read without an inventory."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from typing import Any

from itmsctl.agents.endpoint.machine import DMI, first_line, ip_addresses, network_cards
from itmsctl.inventory.endpoint.program import system_of


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
        "machine_id": first_line("/etc/machine-id"),
        "serial": first_line(f"{DMI}/product_serial"),
        "uuid": first_line(f"{DMI}/product_uuid"),
        "mac": network_cards(),
        "address": ip_addresses(),
        "user": "root" if os.geteuid() == 0 else str(os.geteuid()),
    }
    return {name: value for name, value in found.items() if value}
