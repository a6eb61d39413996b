"""`prlctl list -a`, `vzlist --all`, `lxc-info` and `jls -n`: machines and containers that share a host."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, mac, pairs
from itmsctl.inventory.parser import Parser, Rows

_PARALLELS = re.compile(r"\{(?P<uuid>[0-9a-f-]{36})\}\s+(?P<state>\w+)\s+(?P<address>\S+)\s+(?P<name>.+)")
_VIRTUOZZO = re.compile(
    r"(?P<name>\S+)\s+(?P<id>\d{1,12})\s+\S+\s+(?P<state>running|stopped|suspended|mounted)\s+(?P<image>\S+)"
)
_JAIL = re.compile(r"(?<!\S)([\w.]+)=(\"[^\"]*\"|\S*)")
_LXC_NAME = re.compile(r"lxc-info .*-n (\S+)")
_STATES = {"stopped": "shutdown", "suspended": "paused", "mounted": "shutdown"}


def virtual_machines(text: str) -> Rows:
    """Return machines and containers, whichever tool listed them."""
    rows: Rows = []
    for line in lines(text):
        plain = line.strip()
        if one := _PARALLELS.fullmatch(plain):
            rows += _row("parallels", "machine", one["name"], one["state"], uuid=one["uuid"])
        elif one := _VIRTUOZZO.fullmatch(plain):
            rows += _row("openvz", "container", one["name"], one["state"], uuid=one["id"], image=one["image"])
        elif "host.hostname=" in plain and " jid=" in f" {plain}":
            said = {key: value.strip('"') for key, value in _JAIL.findall(plain)}
            rows += _row(
                "jail", "container", said["host.hostname"], "running", uuid=said.get("jid"), path=said.get("path")
            )
    return rows or _lxc(text)


def _lxc(text: str) -> Rows:
    kept = list(lines(text))
    said = pairs(kept, "=")
    state = pairs(kept).get("State", "").lower()
    named = _LXC_NAME.search(text[:1000])
    memory = said.get("lxc.cgroup.memory.limit_in_bytes") or said.get("lxc.cgroup2.memory.max") or ""
    hardware = said.get("lxc.net.0.hwaddr") or said.get("lxc.network.hwaddr")
    name = said.get("lxc.uts.name") or said.get("lxc.utsname") or (named[1] if named else None)
    if not any(key.startswith("lxc.") for key in said):
        return []
    address = mac(hardware)
    return filled(
        {
            "name": name,
            "hypervisor": "lxc",
            "type": "container",
            "state": {"stopped": "shutdown", "frozen": "paused"}.get(state, state),
            "memory_mib": int(memory) >> 20 if memory.isdecimal() and memory.isascii() and len(memory) < 19 else None,
            "cpus": _cpus(said.get("lxc.cgroup.cpuset.cpus") or said.get("lxc.cgroup2.cpuset.cpus") or ""),
            "mac_addresses": [address] if address else [],
        },
        "name",
    )


def _cpus(text: str) -> int | None:
    """Return how many processors a set has: `0,3-4` is 3."""
    count = 0
    for part in text.split(","):
        low, _, high = part.strip().partition("-")
        if not (low.isdecimal() and low.isascii() and len(low) < 6 and len(high) < 6):
            return None
        count += int(high) - int(low) + 1 if high.isdecimal() and high.isascii() else 1
    return count if count > 0 else None


def _row(hypervisor: str, kind: str, name: str, state: str, **more: str | None) -> Rows:
    return filled(
        {"name": name, "hypervisor": hypervisor, "type": kind, "state": _STATES.get(state, state), **more}, "name"
    )


PARSER = Parser("vzlist --all", {"virtual_machines": virtual_machines})
