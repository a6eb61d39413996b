"""How addresses are looked at: by which methods, how patiently, and how many at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from itmsctl.errors import InputError
from itmsctl.values.names import did_you_mean

PING, TCP, SNMP, DNS, ARP = "ping", "tcp", "snmp", "dns", "arp"
METHODS = (PING, TCP, SNMP, DNS, ARP)
PORTS = (22, 80, 135, 443, 445, 3389, 9100)
"""TCP ports that are tried where none are named: one that nearly every kind of computer or device has."""
SNMP_PORT = 161
MOST_AT_ONCE, FASTEST = 256, 2000.0


@dataclass(frozen=True)
class Way:
    """How a discovery goes about. `rate` is the addresses that are begun a second, at most."""

    methods: tuple[str, ...] = METHODS
    ports: tuple[int, ...] = PORTS
    snmp_port: int = SNMP_PORT
    timeout_s: float = 1.0
    retries: int = 1
    rate: float = 100.0
    at_once: int = 64
    reads: bool = True  # what devices say of themselves is read, not only who they are

    def __post_init__(self) -> None:
        _between("timeout", self.timeout_s, 0.05, 60)
        _between("retries", self.retries, 0, 10)
        _between("rate", self.rate, 0.1, FASTEST)
        _between("parallel", self.at_once, 1, MOST_AT_ONCE)
        _between("snmp_port", self.snmp_port, 1, 65535)
        if not set(self.methods) & {PING, TCP, SNMP, ARP}:
            raise InputError("nothing is left to look with", hint="--method ping")


def _between(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise InputError(f"{name} {value:g} is out of its range", hint=f"from {least:g} to {most:g}").about(name)


def methods_of(names: Collection[str]) -> tuple[str, ...]:
    """Return methods in their order. Raises InputError for a name that is none."""
    for name in names:
        if name not in METHODS:
            hint = did_you_mean(name, METHODS) or f"one of {', '.join(METHODS)}"
            raise InputError(f"`{name[:40]}` is not a method", hint=hint)
    return tuple(name for name in METHODS if name in names)
