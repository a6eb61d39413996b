"""`VBoxManage -nologo list --long vms`: virtual machines of VirtualBox."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, mac, mebibytes, pairs, whole
from itmsctl.inventory.parser import Parser, Rows

_NIC = re.compile(r"NIC \d+:\s+MAC: ([0-9A-F]{12})")
_STATES = {"powered off": "shutdown", "running": "running", "saved": "saved", "paused": "paused", "aborted": "crashed"}


def virtual_machines(text: str) -> Rows:
    """Return virtual machines."""
    rows: Rows = []
    for part in re.split(r"^(?=Name: {2,}\S)", text, flags=re.MULTILINE):
        kept = list(lines(part))
        one = pairs(kept)
        if "UUID" not in one or "Memory size" not in one:
            continue
        rows += filled(
            {
                "name": one.get("Name"),
                "uuid": one.get("UUID"),
                "hypervisor": "virtualbox",
                "type": "machine",
                "state": _STATES.get(one.get("State", "").partition(" (")[0]),
                "memory_mib": mebibytes(one.get("Memory size")),
                "cpus": whole(one.get("Number of CPUs")),
                "operating_system": one.get("Guest OS"),
                "mac_addresses": [found for line in kept if (nic := _NIC.match(line)) and (found := mac(nic[1]))],
                "path": one.get("Config file"),
                "comment": one.get("Description"),
            },
            "name",
        )
    return rows


PARSER = Parser("VBoxManage -nologo list --long vms", {"virtual_machines": virtual_machines})
