"""`xl list`, `xm list` and `xe vm-list`, `xe vm-param-list` of Xen: virtual machines."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines, whole
from itmsctl.inventory.parser import Parser, Rows

_LIST = re.compile(
    r"(?P<name>\S.*?)\s+(?P<id>\d+)\s+(?P<memory>\d{1,9})\s+(?P<cpus>\d{1,6})\s+(?P<state>[rbpscd-]{5,6})\s+[\d.]+"
)
_STATES = {"r": "running", "b": "running", "p": "paused", "s": "shutdown", "c": "crashed", "d": "dying"}
_PARAMETER = re.compile(r"\s*(?P<key>[A-Za-z][\w-]*) \((?:[ MS]?R[OW])\)\s*: ?(?P<value>.*)")


def virtual_machines(text: str) -> Rows:
    """Return virtual machines; the control domain is the host itself."""
    rows: Rows = []
    for line in lines(text):
        found = _LIST.fullmatch(line.strip()[:500])
        if found and found["name"] != "Domain-0":
            letters = found["state"].replace("-", "")
            rows += filled(
                {
                    "name": found["name"],
                    "hypervisor": "xen",
                    "type": "machine",
                    "state": _STATES[letters[-1]] if letters else "off",
                    "memory_mib": int(found["memory"]),
                    "cpus": int(found["cpus"]),
                }
            )
    return rows or _parameters(text)


def _parameters(text: str) -> Rows:
    machines: list[dict[str, str]] = []
    for line in lines(text):
        found = _PARAMETER.fullmatch(line[:2000])
        if found is None:
            continue
        if found["key"] == "uuid":
            machines.append({})
        if machines:
            machines[-1].setdefault(found["key"], found["value"].strip())
    return [row for one in machines for row in _machine(one)]


def _machine(one: dict[str, str]) -> Rows:
    if one.get("is-control-domain") == "true" or one.get("name-label", "").startswith("Control domain on host"):
        return []
    memory = whole(one.get("memory-actual")) or whole(one.get("memory-static-max"))
    system = re.search(r"\bname: ([^;]{1,200})", one.get("os-version", ""))
    return filled(
        {
            "name": one.get("name-label"),
            "uuid": one.get("uuid"),
            "hypervisor": "xen",
            "type": "machine",
            "state": {"halted": "shutdown"}.get(one.get("power-state", ""), one.get("power-state")),
            "memory_mib": memory >> 20 if memory else None,
            "cpus": whole(one.get("VCPUs-number")) or whole(one.get("VCPUs-max")),
            "operating_system": system[1] if system else None,
            "comment": one.get("name-description"),
        },
        "name",
    )


PARSER = Parser("xl list", {"virtual_machines": virtual_machines})
