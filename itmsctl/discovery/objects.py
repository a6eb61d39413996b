"""Objects of SNMP that are read, by their numbers (RFC 3418, 2863, 4293, 4188, 4363, 3805, 6933, 2790; LLDP-MIB)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

Oid = tuple[int, ...]


def oid(text: str) -> Oid:
    """Return an object identifier from its text."""
    return tuple(int(part) for part in text.strip(".").split("."))


def oid_text(numbers: Oid) -> str:
    """Return the text of an object identifier."""
    return ".".join(map(str, numbers))


SYSTEM = oid("1.3.6.1.2.1.1")
SYS_DESCR, SYS_OBJECT_ID, SYS_UP_TIME, SYS_CONTACT, SYS_NAME, SYS_LOCATION, SYS_SERVICES = (
    (*SYSTEM, number, 0) for number in range(1, 8)
)
IF_NUMBER = oid("1.3.6.1.2.1.2.1.0")
IF_TABLE, IF_X_TABLE = oid("1.3.6.1.2.1.2.2.1"), oid("1.3.6.1.2.1.31.1.1.1")
IP_FORWARDING = oid("1.3.6.1.2.1.4.1.0")
IP_ADDRESSES, IP_TO_MAC = oid("1.3.6.1.2.1.4.20.1"), oid("1.3.6.1.2.1.4.22.1")
BRIDGE_ADDRESS, BRIDGE_PORTS = oid("1.3.6.1.2.1.17.1.1.0"), oid("1.3.6.1.2.1.17.1.4.1")
BRIDGE_TABLE, VLAN_TABLE = oid("1.3.6.1.2.1.17.4.3.1"), oid("1.3.6.1.2.1.17.7.1.2.2.1")
MEMORY_KIB = oid("1.3.6.1.2.1.25.2.2.0")
DEVICE_DESCR = oid("1.3.6.1.2.1.25.3.2.1.3.1")
PRINTER_SERIAL = oid("1.3.6.1.2.1.43.5.1.1.17.1")
PRINTER_NAME = oid("1.3.6.1.2.1.43.5.1.1.16.1")
PRINTER_PAGES = oid("1.3.6.1.2.1.43.10.2.1.4.1.1")
SUPPLIES, COLORANTS = oid("1.3.6.1.2.1.43.11.1.1"), oid("1.3.6.1.2.1.43.12.1.1")
PARTS = oid("1.3.6.1.2.1.47.1.1.1.1")
LLDP_LOCAL_PORTS, LLDP_REMOTE = oid("1.0.8802.1.1.2.1.3.7.1"), oid("1.0.8802.1.1.2.1.4.1.1")
UPS_MAKER, UPS_MODEL = oid("1.3.6.1.2.1.33.1.1.1.0"), oid("1.3.6.1.2.1.33.1.1.2.0")

SINGLE = (
    SYS_DESCR, SYS_OBJECT_ID, SYS_UP_TIME, SYS_CONTACT, SYS_NAME, SYS_LOCATION, SYS_SERVICES, IF_NUMBER, IP_FORWARDING,
    BRIDGE_ADDRESS, MEMORY_KIB, DEVICE_DESCR, PRINTER_SERIAL, PRINTER_NAME, PRINTER_PAGES,
    UPS_MAKER, UPS_MODEL,
)  # fmt: skip
"""Values that say who a device is, asked in one question."""


def rows(values: Mapping[Oid, object], entry: Oid) -> Iterator[tuple[Oid, dict[int, object]]]:
    """Yield the rows of a table among some values, in order: the index of each, and its values by column."""
    size = len(entry)
    found: dict[Oid, dict[int, object]] = {}
    for number, value in values.items():
        if number[:size] == entry and len(number) > size + 1:
            found.setdefault(number[size + 1 :], {})[number[size]] = value
    yield from sorted(found.items())
