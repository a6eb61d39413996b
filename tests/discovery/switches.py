"""A switch as its agent tells: interfaces, forwarding table, parts, neighbours; made by hand."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from itmsctl.discovery import objects
from itmsctl.transports.ber import Oid
from itmsctl.transports.snmp_message import Value


@dataclass(frozen=True)
class SwitchFacts:
    """What a switch is recognised by."""

    serial: str = "SG707SU03Y"
    name: str = "core-1"
    mac: bytes = bytes.fromhex("001871c1e000")


SWITCH = SwitchFacts()


def switch(facts: SwitchFacts = SWITCH, *, ports: int = 4, address: str = "10.9.8.7") -> dict[Oid, Value]:
    """Return the values of a switch."""
    first = int.from_bytes(facts.mac, "big")
    found: dict[Oid, Value] = {
        objects.SYS_DESCR: b"ProCurve J8697A Switch 5406zl, revision K.15.04.0015m",
        objects.SYS_OBJECT_ID: objects.oid("1.3.6.1.4.1.11.2.3.7.11.50"),
        objects.SYS_UP_TIME: 293_555_959,
        objects.SYS_NAME: facts.name.encode(),
        objects.SYS_LOCATION: b"datacenter",
        objects.SYS_SERVICES: 74,
        objects.IF_NUMBER: ports,
        objects.BRIDGE_ADDRESS: facts.mac,
    }
    for port in range(1, ports + 1):
        row: dict[int, Value] = {
            1: port, 2: f"A{port}".encode(), 3: 6, 4: 1500, 5: 1_000_000_000,
            6: (first + port).to_bytes(6, "big"), 7: 1, 8: 1 + port % 2, 10: 1000 * port, 16: 2000 * port,
        }  # fmt: skip
        found |= {(*objects.IF_TABLE, column, port): value for column, value in row.items()}
        wide: dict[int, Value] = {1: f"A{port}".encode(), 6: 5_000_000_000 * port, 15: 1000, 18: b"to the rack"}
        found |= {(*objects.IF_X_TABLE, column, port): value for column, value in wide.items()}
        found[*objects.BRIDGE_PORTS, 2, port] = port
    found |= {
        (*objects.IP_ADDRESSES, 1, *map(int, address.split("."))): IPv4Address(address),
        (*objects.IP_ADDRESSES, 2, *map(int, address.split("."))): 1,
        (*objects.IP_ADDRESSES, 3, *map(int, address.split("."))): IPv4Address("255.255.255.0"),
        (*objects.IP_TO_MAC, 2, 1, 10, 9, 8, 1): bytes.fromhex("00505612ab34"),
        (*objects.IP_TO_MAC, 4, 1, 10, 9, 8, 1): 3,
        (*objects.VLAN_TABLE, 2, 7, 0, 0x50, 0x56, 0x12, 0xAB, 0x34): 2,
        (*objects.VLAN_TABLE, 3, 7, 0, 0x50, 0x56, 0x12, 0xAB, 0x34): 3,
        (*objects.LLDP_LOCAL_PORTS, 4, 2): b"A2",
        (*objects.LLDP_REMOTE, 4, 0, 2, 1): 4,
        (*objects.LLDP_REMOTE, 5, 0, 2, 1): bytes.fromhex("0019bb010b00"),
        (*objects.LLDP_REMOTE, 6, 0, 2, 1): 7,
        (*objects.LLDP_REMOTE, 7, 0, 2, 1): b"F21",
        (*objects.LLDP_REMOTE, 9, 0, 2, 1): b"edge-1",
    }
    part: dict[int, Value] = {2: b"HP ProCurve 5406zl", 4: 0, 5: 3, 7: b"Chassis", 9: b"K.15.28",
        11: facts.serial.encode(), 12: b"Hewlett-Packard", 13: b"J8697A", 16: 1}  # fmt: skip
    found |= {(*objects.PARTS, column, 1): value for column, value in part.items()}
    return dict(sorted(found.items()))
