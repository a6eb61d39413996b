"""Values of SNMP as rows of data classes. An agent is a stranger: what is not of its type says nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from itmsctl.discovery import objects
from itmsctl.discovery.objects import Oid, oid_text

Values = Mapping[Oid, Any]
Row = dict[str, Any]
_LONGEST = 4096
_BLANK = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+")
_TICKS = 100  # a second

INTERFACE_TYPES = {
    6: "ethernet", 24: "loopback", 53: "virtual", 71: "wireless", 117: "ethernet", 131: "tunnel", 135: "vlan",
    136: "vlan", 161: "aggregate", 166: "mpls", 209: "bridge", 1: "other", 23: "ppp", 62: "ethernet", 69: "ethernet",
}  # fmt: skip
STATUSES = {1: "up", 2: "down", 3: "testing", 4: "unknown", 5: "dormant", 6: "not-present", 7: "lower-layer-down"}
SUPPLY_TYPES = {
    1: "other", 3: "toner", 4: "waste-toner", 5: "ink", 6: "ink-cartridge", 7: "ink-ribbon", 8: "waste-ink", 9: "drum",
    10: "developer", 11: "fuser-oil", 12: "solid-wax", 13: "ribbon-wax", 14: "waste-wax", 15: "fuser",
    16: "corona-wire", 17: "fuser-oil-wick", 18: "cleaner", 19: "fuser-cleaning-pad", 20: "transfer-unit",
    21: "toner-cartridge", 22: "fuser-oiler", 32: "staples",
}  # fmt: skip
SUPPLY_UNITS = {
    7: "impressions", 8: "sheets", 11: "hours", 12: "thousandths-ounce", 13: "tenths-gram",
    14: "hundredths-fluid-ounce", 15: "tenths-millilitre", 16: "feet", 17: "metres", 18: "items", 19: "percent",
}  # fmt: skip
PART_CLASSES = {
    3: "chassis", 4: "backplane", 5: "container", 6: "power-supply", 7: "fan", 8: "sensor", 9: "module", 10: "port",
    11: "stack", 12: "cpu", 13: "energy", 14: "battery", 15: "storage-drive",
}  # fmt: skip
FORWARDING_STATES = {1: "other", 2: "invalid", 3: "learned", 4: "self", 5: "managed"}


def text(value: object) -> str | None:
    """Return a text that an agent tells; None for an empty one, and for what is no text."""
    if not isinstance(value, bytes):
        return None
    said = value[:_LONGEST].rstrip(b"\x00")
    try:
        found = said.decode("utf-8")
    except UnicodeDecodeError:
        found = said.decode("latin-1")
    return _BLANK.sub(" ", found).strip() or None


def number(value: object) -> int | None:
    """Return a number that an agent tells, or None."""
    return value if isinstance(value, int) else None


def mac(value: object) -> str | None:
    """Return a MAC address, or None for what is none: another length, or all zero."""
    if not isinstance(value, bytes) or len(value) != 6 or not any(value):
        return None
    return value.hex(":")


def port_name(kind: object, value: object) -> str | None:
    """Return how a device of LLDP calls itself or a port: a MAC address, or a text, by the kind of its name."""
    return (mac(value) if kind in {3, 4} else None) or text(value)


def system(values: Values) -> list[Row]:
    """Return what a device says of itself."""
    object_id, ticks = values.get(objects.SYS_OBJECT_ID), number(values.get(objects.SYS_UP_TIME))
    memory = number(values.get(objects.MEMORY_KIB))
    row = {
        "name": text(values.get(objects.SYS_NAME)),
        "description": text(values.get(objects.SYS_DESCR)),
        "object_id": oid_text(object_id) if isinstance(object_id, tuple) else None,
        "location": text(values.get(objects.SYS_LOCATION)),
        "contact": text(values.get(objects.SYS_CONTACT)),
        "services": number(values.get(objects.SYS_SERVICES)),
        "interfaces": number(values.get(objects.IF_NUMBER)),
        "is_router": {1: True, 2: False}.get(number(values.get(objects.IP_FORWARDING)) or 0),
        "bridge_address": mac(values.get(objects.BRIDGE_ADDRESS)),
        "memory_mib": memory // 1024 if memory and memory > 0 else None,
        "pages": number(values.get(objects.PRINTER_PAGES)),
        "uptime_s": ticks / _TICKS if ticks is not None else None,
    }
    return [row] if any(value is not None for value in row.values()) else []


def interfaces(values: Values) -> list[Row]:
    """Return the interfaces (IF-MIB), with what the wider table knows better."""
    wide = dict(objects.rows(values, objects.IF_X_TABLE))
    found = []
    for index, plain in objects.rows(values, objects.IF_TABLE):
        if len(index) != 1:
            continue
        more, status = wide.get(index, {}), number(plain.get(8))
        speed, mega = number(plain.get(5)), number(more.get(15))
        found.append(
            {
                "number": index[0],
                "name": text(more.get(1)) or text(plain.get(2)),
                "description": text(plain.get(2)),
                "alias": text(more.get(18)),
                "type": INTERFACE_TYPES.get(kind := number(plain.get(3)) or 0) or (str(kind) if kind else None),
                "mtu": number(plain.get(4)),
                "speed_mbps": float(mega) if mega else speed / 1_000_000 if speed else None,
                "mac_address": mac(plain.get(6)),
                "is_enabled": {1: True, 2: False, 3: True}.get(number(plain.get(7)) or 0),
                "status": STATUSES.get(status or 0),
                "in_bytes": _first(number(more.get(6)), number(plain.get(10))),
                "out_bytes": _first(number(more.get(10)), number(plain.get(16))),
                "in_errors": number(plain.get(14)),
                "out_errors": number(plain.get(20)),
            }
        )
    return found


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def addresses(values: Values) -> list[Row]:
    """Return the addresses of a device (IP-MIB)."""
    found = []
    for index, row in objects.rows(values, objects.IP_ADDRESSES):
        address = _ip(index)
        if address is None:
            continue
        mask = row.get(3)
        length = int(mask).bit_count() if isinstance(mask, IPv4Address) else None
        found.append({"address": str(address), "prefix_length": length, "interface": number(row.get(2))})
    return found


def _ip(index: Sequence[int]) -> IPv4Address | None:
    if len(index) != 4 or any(part > 255 for part in index):
        return None
    return IPv4Address(bytes(index))


def neighbours_known(values: Values) -> list[Row]:
    """Return the MAC addresses that a router knows of its neighbours (ipNetToMedia)."""
    names = {row["number"]: row["name"] for row in interfaces(values)}
    found = []
    for index, row in objects.rows(values, objects.IP_TO_MAC):
        address, hardware = _ip(index[1:]), mac(row.get(2))
        if address is None or hardware is None or row.get(4) == 2:
            continue
        found.append(
            {
                "address": str(address),
                "mac_address": hardware,
                "interface": names.get(index[0]) or str(index[0]),
                "type": {3: "dynamic", 4: "static"}.get(number(row.get(4)) or 0),
            }
        )
    return found


def supplies(values: Values) -> list[Row]:
    """Return what a printer uses up (Printer-MIB)."""
    colors = {index: text(row.get(4)) for index, row in objects.rows(values, objects.COLORANTS)}
    found = []
    for index, row in objects.rows(values, objects.SUPPLIES):
        if len(index) != 2:
            continue
        capacity, level = number(row.get(8)), number(row.get(9))
        found.append(
            {
                "number": index[1],
                "description": text(row.get(6)),
                "type": SUPPLY_TYPES.get(number(row.get(5)) or 0),
                "is_filled": {3: False, 4: True}.get(number(row.get(4)) or 0),
                "color": colors.get((index[0], number(row.get(3)) or 0)),
                "unit": SUPPLY_UNITS.get(number(row.get(7)) or 0),
                "capacity": capacity if capacity is not None and capacity > 0 else None,
                "level": level if level is not None and level >= 0 else None,
                "level_pct": _share(level, capacity),
                "state": {-3: "some left", -2: "unknown", 0: "empty"}.get(level if level is not None else 1),
            }
        )
    return found


def _share(level: int | None, capacity: int | None) -> float | None:
    """Return how much of a capacity is left, in percent; None where one of them is not told as a number."""
    if level is None or capacity is None or level < 0 or capacity <= 0:
        return None
    return round(min(level / capacity, 1) * 100, 1)


def forwarding(values: Values) -> list[Row]:
    """Return which MAC address a bridge sees behind which interface (Q-BRIDGE-MIB, or BRIDGE-MIB where it has none)."""
    ports = {index[0]: number(row.get(2)) for index, row in objects.rows(values, objects.BRIDGE_PORTS)}
    by_vlan = list(objects.rows(values, objects.VLAN_TABLE))
    plain = [] if by_vlan else objects.rows(values, objects.BRIDGE_TABLE)
    found = []
    for index, port, status in (
        *((index, row.get(2), row.get(3)) for index, row in by_vlan),
        *(((0, *index), row.get(2), row.get(3)) for index, row in plain),
    ):
        if len(index) != 7 or any(part > 255 for part in index[1:]):
            continue
        interface = ports.get(number(port) or 0) or number(port)
        found.append(
            {
                "vlan": index[0] or None,
                "mac_address": bytes(index[1:]).hex(":"),
                "interface": interface or None,
                "state": FORWARDING_STATES.get(number(status) or 0),
            }
        )
    return found


def parts(values: Values) -> list[Row]:
    """Return the parts that a device is made of (ENTITY-MIB)."""
    names = {4: "parent", 2: "description", 7: "name", 8: "hardware_version", 9: "firmware", 10: "software"}
    names |= {11: "serial", 12: "manufacturer", 13: "model", 15: "asset_tag"}
    found = []
    for index, row in objects.rows(values, objects.PARTS):
        if len(index) != 1:
            continue
        said: Row = {name: text(row.get(column)) for column, name in names.items()}
        said |= {"number": index[0], "parent": number(row.get(4)) or None}
        said |= {"class": PART_CLASSES.get(number(row.get(5)) or 0)}
        said |= {"is_replaceable": {1: True, 2: False}.get(number(row.get(16)) or 0)}
        found.append(said)
    return found


def neighbours(values: Values) -> list[Row]:
    """Return the devices that say by LLDP that they stand at the other end of a cable."""
    local = {index[0]: row for index, row in objects.rows(values, objects.LLDP_LOCAL_PORTS)}
    found = []
    for index, row in objects.rows(values, objects.LLDP_REMOTE):
        if len(index) != 3:
            continue
        mine = local.get(index[1], {})
        found.append(
            {
                "interface": text(mine.get(4)) or port_name(mine.get(2), mine.get(3)) or str(index[1]),
                "chassis_id": port_name(row.get(4) if row.get(4) == 4 else None, row.get(5)),
                "port_id": port_name(row.get(6) if row.get(6) == 3 else None, row.get(7)),
                "port": text(row.get(8)),
                "name": text(row.get(9)),
                "description": text(row.get(10)),
            }
        )
    return found


@dataclass(frozen=True)
class SnmpReading:
    """A data class that SNMP feeds: the objects below which its values lie, and how rows are made of them."""

    class_name: str
    roots: tuple[Oid, ...]
    rows: Callable[[Values], list[Row]]
    of: str = ""  # only devices of this type, where it is named: others have no such table


READINGS = (
    SnmpReading("snmp_system", (), system),
    SnmpReading("snmp_interfaces", (objects.IF_TABLE, objects.IF_X_TABLE), interfaces),
    SnmpReading("snmp_addresses", (objects.IP_ADDRESSES,), addresses),
    SnmpReading("snmp_parts", (objects.PARTS,), parts),
    SnmpReading("printer_supplies", (objects.SUPPLIES, objects.COLORANTS), supplies),
    SnmpReading("bridge_forwarding", (objects.BRIDGE_PORTS, objects.VLAN_TABLE, objects.BRIDGE_TABLE), forwarding),
    SnmpReading("arp_neighbours", (objects.IF_TABLE, objects.IF_X_TABLE, objects.IP_TO_MAC), neighbours_known),
    SnmpReading("lldp_neighbours", (objects.LLDP_LOCAL_PORTS, objects.LLDP_REMOTE), neighbours),
)


def told(values: Values) -> Iterator[tuple[str, list[Row]]]:
    """Yield the rows of each class that the values of a device give; one of which it has nothing is left out."""
    for one in READINGS:
        found = one.rows(values)
        if found:
            yield one.class_name, found
