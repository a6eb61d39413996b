"""Devices and virtual machines of NetBox, as its API writes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from itmsctl.inventory.delta import report
from itmsctl.inventory.service.classes import data_class
from tests.conftest import Run
from tests.inventory.test_format_nse import read

SERVER: dict[str, Any] = {
    "id": 7, "url": "https://netbox.example.org/api/dcim/devices/7/", "display": "db1.example.org",
    "name": "db1.example.org", "role": {"id": 1, "name": "Server", "slug": "server"},
    "device_type": {"id": 3, "manufacturer": {"id": 2, "name": "Dell", "slug": "dell"}, "model": "PowerEdge R650"},
    "tenant": None, "platform": {"id": 4, "name": "Debian 12", "slug": "debian-12"}, "serial": "7XK2PQ3",
    "asset_tag": "A-7", "site": {"id": 1, "name": "Rome", "slug": "rome"}, "status": {"value": "active", "label": "A"},
    "primary_ip": {"id": 9, "address": "10.1.0.7/24"}, "primary_ip4": {"id": 9, "address": "10.1.0.7/24"},
    "primary_ip6": {"id": 10, "address": "2001:db8::7/64"}, "tags": [], "custom_fields": {},
    "last_updated": "2026-05-01T10:00:00.123456Z",
}  # fmt: skip
GUEST: dict[str, Any] = {
    "id": 8, "name": "web1", "status": {"value": "active"}, "cluster": {"name": "c1"}, "role": None, "vcpus": 4.0,
    "memory": 8192, "disk": 40, "platform": None, "primary_ip": None, "primary_ip4": None, "primary_ip6": None,
}  # fmt: skip


@pytest.mark.parametrize("form", ["page", "list", "lines"])
def test_devices_are_read_in_every_form(form: str) -> None:
    texts = {
        "page": json.dumps({"count": 3, "next": None, "previous": None, "results": [SERVER, GUEST, "no device"]}),
        "list": json.dumps([SERVER, GUEST]),
        "lines": json.dumps(SERVER) + "\n" + json.dumps(GUEST),
    }
    (server, told), (guest, less) = read(texts[form])
    assert (server.name, server.groups, guest.name, guest.groups) == ("db1", ("Server",), "web1", ())
    assert told.collected_at.isoformat() == "2026-05-01T10:00:00.123456+00:00"
    kept = {name: report(data_class(name), rows) for name, rows in told.classes.items()}
    assert all(one.faults == () for one in kept.values())
    rows = {name: list(one.rows.values()) for name, one in kept.items()}
    assert rows["identification"] == [{"host_name": "db1", "fqdn": "db1.example.org", "serial": "7XK2PQ3"}]
    assert rows["hardware"] == [{"manufacturer": "Dell", "model": "PowerEdge R650"}]
    (system,) = rows["operating_system"]
    assert (system["id"], system["full_name"], system["version"]) == ("debian", "Debian 12", "12")
    assert {(row["address"], row["prefix_length"]) for row in rows["interface_addresses"]} == {
        ("10.1.0.7", 24), ("2001:db8::7", 64)
    }  # fmt: skip
    assert less.classes["hardware"] == [{"threads": 4, "memory_mib": 8192}]
    assert set(less.classes) == {"identification", "hardware"}


WRONG: tuple[dict[str, Any], ...] = (
    {**SERVER, "device_type": 5, "name": ["x"]},
    {**SERVER, "device_type": {"manufacturer": "Dell", "model": {}}, "platform": "x", "primary_ip4": "10.0.0.1"},
    {**SERVER, "primary_ip4": {"address": "10.0.0.999/24"}, "serial": 5, "role": [1], "last_updated": "yesterday"},
    {**SERVER, "primary_ip4": {"address": "10.0.0.1/999999999999999999999"}, "name": None},
)


@pytest.mark.parametrize("device", WRONG)
def test_what_is_not_as_it_should_be_hurts_itself_alone(device: dict[str, Any]) -> None:
    found = read(json.dumps({"count": 2, "results": [device, GUEST]}))
    assert found[-1][0].name == "web1"


def test_a_page_of_devices_is_loaded(ok: Run) -> None:
    done = ok("inventory", "load", "-", stdin=json.dumps({"count": 2, "results": [SERVER, GUEST]}))
    assert "loaded" in done.out + done.err
    shown = ok("computer", "show", "db1", "--class", "hardware", "-o", "json").json
    assert shown["rows"][0]["model"] == "PowerEdge R650"
