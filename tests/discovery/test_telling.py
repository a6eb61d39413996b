"""Values of SNMP as rows and as a device: what real devices tell, and what no honest one does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.discovery import objects, telling
from itmsctl.discovery.saying import said_by
from itmsctl.discovery.service.device_rules import device_rules
from itmsctl.inventory.catalogue import definitions
from itmsctl.inventory.forming import former_of
from tests.discovery.switches import SWITCH, switch
from tests.servers.snmp import captured_walk

SUPPLY = objects.SUPPLIES


def rows(values: Any, name: str) -> list[dict[str, Any]]:
    return dict(telling.told(values)).get(name, [])


def test_a_switch_gives_each_class_that_it_has_and_every_row_fits_its_class() -> None:
    told = dict(telling.told(switch()))
    assert set(told) == {
        "snmp_system", "snmp_interfaces", "snmp_addresses", "snmp_parts", "bridge_forwarding", "arp_neighbours",
        "lldp_neighbours",
    }  # fmt: skip
    for name, found in told.items():
        formed = former_of(definitions()[name]).rows(found)
        assert (len(formed.rows), formed.faults) == (len(found), ()), name
        assert all(set(row) <= set(definitions()[name].by_name) for row in found), name
    first = told["snmp_interfaces"][0]
    assert (first["name"], first["speed_mbps"], first["status"], first["alias"]) == (
        "A1",
        1000.0,
        "down",
        "to the rack",
    )
    assert (first["in_bytes"], first["out_bytes"]) == (5_000_000_000, 2000), "the wide counter, where there is one"
    assert told["bridge_forwarding"] == [
        {"vlan": 7, "mac_address": "00:50:56:12:ab:34", "interface": 2, "state": "learned"}
    ]
    assert told["lldp_neighbours"][0]["chassis_id"] == "00:19:bb:01:0b:00"
    assert told["arp_neighbours"][0]["interface"] == "A1"


def test_a_switch_says_who_it_is() -> None:
    said = said_by(switch(), "10.9.8.7", "", device_rules())
    assert (said.type, said.system_name, said.serial) == ("switch", "core-1", SWITCH.serial)
    assert said.macs[0] == "00:18:71:c1:e0:00"
    assert said.fields["model"] == "J8697A"
    assert said.fields["firmware"] == "K.15.28"


@pytest.mark.parametrize(
    ("level", "capacity", "expected"),
    [
        (42, 100, (42, 42.0, None)),
        (0, 100, (0, 0.0, "empty")),
        (-3, 100, (None, None, "some left")),
        (-2, -2, (None, None, "unknown")),
        (5000, 100, (5000, 100.0, None)),
        (7, 0, (7, None, None)),
    ],
)
def test_a_supply_says_how_full_it_is(level: int, capacity: int, expected: tuple[Any, ...]) -> None:
    values = {
        (*SUPPLY, 3, 1, 1): 1, (*SUPPLY, 5, 1, 1): 21, (*SUPPLY, 6, 1, 1): b"Black Cartridge\x00",
        (*SUPPLY, 8, 1, 1): capacity, (*SUPPLY, 9, 1, 1): level, (*objects.COLORANTS, 4, 1, 1): b"black",
    }  # fmt: skip
    (row,) = rows(values, "printer_supplies")
    assert (row["level"], row["level_pct"], row["state"]) == expected
    assert (row["description"], row["type"], row["color"]) == ("Black Cartridge", "toner-cartridge", "black")


@pytest.mark.parametrize(
    ("walk", "kind", "maker"),
    [
        ("sample2.walk", "printer", "Ricoh"),
        ("sample3.walk", "printer", "Epson"),
        ("sample5.walk", "switch", "H3C"),
        ("sample6.walk", "other", None),
    ],
)
def test_captured_devices_are_of_their_type(walk: str, kind: str, maker: str | None) -> None:
    values = captured_walk(walk)
    assert (device_rules().type_of(values), device_rules().maker_of(values)) == (kind, maker)


@pytest.mark.parametrize(
    ("object_id", "description", "services", "kind"),
    [
        ("1.3.6.1.4.1.8072.3.2.10", "Linux box 6.1.0", 72, "computer"),
        ("1.3.6.1.4.1.311.1.1.3.1.2", "Hardware: Intel64 - Software: Windows Version 10.0", 76, "computer"),
        ("1.3.6.1.4.1.9.1.1208", "Cisco IOS Software, C2960X Software", 6, "switch"),
        ("1.3.6.1.4.1.14988.1", "RouterOS RB750", 78, "router"),
        ("1.3.6.1.4.1.318.1.3.27", "APC Web/SNMP Management Card", 72, "ups"),
        ("1.3.6.1.4.1.12356.101.1.1", "", 78, "firewall"),
        ("1.3.6.1.4.1.41112.1.4", "Linux 3.3.8 UniFi AP", 72, "access-point"),
        ("1.3.6.1.4.1.11.2.3.9.1", "HP ETHERNET MULTI-ENVIRONMENT", 64, "printer"),
        ("1.3.6.1.4.1.99999.1", "?", 0, "other"),
    ],
)
def test_a_device_is_of_the_type_that_it_says(object_id: str, description: str, services: int, kind: str) -> None:
    values = {
        objects.SYS_OBJECT_ID: objects.oid(object_id),
        objects.SYS_DESCR: description.encode(),
        objects.SYS_SERVICES: services,
    }
    assert device_rules().type_of(values) == kind


_ENTRIES = st.sampled_from([root for one in telling.READINGS for root in one.roots] + list(objects.SINGLE))
_OIDS = st.tuples(_ENTRIES, st.lists(st.integers(0, 300), max_size=9)).map(lambda pair: (*pair[0], *pair[1]))
_VALUES = st.one_of(st.integers(-(2**31), 2**64 - 1), st.binary(max_size=40), st.none(), st.ip_addresses(v=4), _OIDS)


@given(st.dictionaries(_OIDS, _VALUES, max_size=30))
def test_no_values_break_what_reads_them(values: dict[Any, Any]) -> None:
    for name, found in telling.told(values):
        former_of(definitions()[name]).rows(found)
    said_by(values, "10.0.0.1", "", device_rules())
