"""Facts of old versions of Facter, flat, and as Puppet wraps them; structured ones are read from real files."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from itmsctl.inventory.delta import report
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.loading import read_inventory
from itmsctl.inventory.told import Subject, Told
from tests.inventory.collections import AT

FLAT = {
    "facterversion": "1.7.6", "kernel": "Linux", "kernelrelease": "2.6.32-431.el6.x86_64", "hostname": "old",
    "domain": "example.com",
    "fqdn": "old.example.com", "operatingsystem": "CentOS", "operatingsystemrelease": "6.5", "osfamily": "RedHat",
    "lsbdistdescription": "CentOS release 6.5 (Final)", "lsbdistcodename": "Final", "architecture": "x86_64",
    "hardwaremodel": "x86_64", "manufacturer": "HP", "productname": "ProLiant DL380 G7", "serialnumber": "CZ12345678",
    "uuid": "36383135-3737-435A-3231-303330304D53", "type": "Rack Mount Chassis", "bios_vendor": "HP",
    "bios_version": "P67", "bios_release_date": "05/05/2011", "processorcount": "16", "physicalprocessorcount": "2",
    "processor0": "Intel(R) Xeon(R) CPU E5620 @ 2.40GHz", "processor1": "Intel(R) Xeon(R) CPU E5620 @ 2.40GHz",
    "memorysize": "23.42 GB", "memorysize_mb": "23985.12", "swapsize": "4.00 GB", "is_virtual": "false",
    "virtual": "physical",
    "interfaces": "eth0,eth0_1,lo", "ipaddress_eth0": "10.1.2.3", "netmask_eth0": "255.255.255.0", "mtu_eth0": "1500",
    "macaddress_eth0": "98:4B:E1:01:02:03", "ipaddress6_eth0": "fe80::9a4b:e1ff:fe01:203", "ipaddress_lo": "127.0.0.1",
    "netmask_lo": "255.0.0.0", "blockdevices": "sda", "blockdevice_sda_size": 146778685440,
    "blockdevice_sda_vendor": "HP",
    "blockdevice_sda_model": "LOGICAL VOLUME", "uptime_seconds": "864000", "timezone": "CET", "uniqueid": "0a010203",
    "selinux": "true", "selinux_current_mode": "enforcing",
}  # fmt: skip


def read(value: Any) -> tuple[Subject, Told]:
    (pair,) = read_inventory(io.BytesIO(json.dumps(value).encode()), "facts.json", at=AT)
    return pair


def rows(told: Told, one: str) -> list[dict[str, Any]]:
    kept = report(data_class(one), told.classes[one])
    assert kept.faults == ()
    return [dict(row) for row in kept.rows.values()]


def test_flat_facts_say_the_same_as_structured_ones() -> None:
    subject, told = read(FLAT)
    assert subject.name == "old"
    assert subject.identities == {
        "uuid": ("36383135-3737-435a-3231-303330304d53",), "serial": ("CZ12345678",), "fqdn": ("old.example.com",),
        "mac": ("98:4b:e1:01:02:03",),
    }  # fmt: skip
    (hardware,) = rows(told, "hardware")
    assert hardware == {
        "manufacturer": "HP", "model": "ProLiant DL380 G7", "chassis_type": "Rack Mount Chassis",
        "architecture": "x86_64",
        "processors": 2, "threads": 16, "memory_mib": 23985, "is_virtual": False,
    }  # fmt: skip
    (system,) = rows(told, "operating_system")
    assert {name: system[name] for name in ("name", "id", "version", "release", "security_module", "uptime_s")} == {
        "name": "CentOS Linux", "id": "centos", "version": "6.5", "release": "Final",
        "security_module": "selinux enforcing",
        "uptime_s": 864000.0,
    }  # fmt: skip
    assert len(rows(told, "processors")) == 2
    assert rows(told, "processors")[0]["threads"] == 8
    assert rows(told, "disks") == [
        {"name": "sda", "manufacturer": "HP", "model": "LOGICAL VOLUME", "size_bytes": 146778685440}
    ]
    assert {row["address"]: row.get("prefix_length") for row in rows(told, "interface_addresses")} == {
        "10.1.2.3": 24, "fe80::9a4b:e1ff:fe01:203": None, "127.0.0.1": 8,
    }  # fmt: skip
    assert rows(told, "swap") == [{"device": "all", "size_bytes": 4 << 30}]
    assert rows(told, "bios")[0]["released_on"] == "2011-05-05"


@pytest.mark.parametrize(
    "wrapped",
    [
        {"name": "old", "values": FLAT, "timestamp": "2026-11-29T11:00:00Z", "expiration": "2026-11-29T12:00:00Z"},
        {"certname": "old", "facts": FLAT, "timestamp": "2026-11-29T11:00:00+00:00"},
    ],
)
def test_facts_that_puppet_wraps_are_dated(wrapped: dict[str, Any]) -> None:
    subject, told = read(wrapped)
    assert subject.name == "old"
    assert told.collected_at.isoformat() == "2026-11-29T11:00:00+00:00"


def test_facts_of_a_mac_tell_its_product() -> None:
    _, told = read(
        {
            "facterversion": "4.2.1", "kernel": "Darwin", "kernelrelease": "21.1.0",
            "networking": {"hostname": "mac", "interfaces": {}}, "processors": {"models": ["Apple M1"], "count": 8},
            "os": {"name": "Darwin", "hardware": "arm64", "release": {"full": "21.1.0"},
                   "macosx": {"build": "21C52", "product": "macOS", "version": {"full": "12.1", "major": "12"}}},
        }
    )  # fmt: skip
    (system,) = rows(told, "operating_system")
    assert {name: system[name] for name in ("name", "id", "version", "build", "kernel_name")} == {
        "name": "macOS", "id": "macos", "version": "12.1", "build": "21C52", "kernel_name": "Darwin",
    }  # fmt: skip
