"""Ansible's facts and inventories: hosts with ranges and groups, caches, what `ansible-inventory --list` prints."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from itmsctl.errors import FileFormatError
from itmsctl.inventory.delta import report
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.loading import read_inventory
from itmsctl.inventory.told import Subject, Told
from tests.inventory.collections import AT

FACTS: dict[str, Any] = {
    "ansible_facts": {
        "ansible_hostname": "web1",
        "ansible_fqdn": "web1.example.com",
        "ansible_domain": "example.com",
        "ansible_system": "Linux",
        "ansible_distribution": "Debian",
        "ansible_distribution_version": "12.5",
        "ansible_distribution_release": "bookworm",
        "ansible_kernel": "6.1.0-18-amd64",
        "ansible_machine": "x86_64",
        "ansible_os_family": "Debian",
        "ansible_memtotal_mb": 7944,
        "ansible_product_uuid": "4C4C4544-0034-3010-8048-B6C04F503732",
        "ansible_product_serial": "640HP72",
        "ansible_system_vendor": "Dell Inc.",
        "ansible_product_name": "XPS 13 9350",
        "ansible_bios_date": "02/06/2016",
        "ansible_processor": ["0", "GenuineIntel", "Intel(R) Core(TM) i5-6200U CPU @ 2.30GHz"],
        "ansible_processor_count": 1,
        "ansible_processor_cores": 2,
        "ansible_processor_threads_per_core": 2,
        "ansible_processor_vcpus": 4,
        "ansible_virtualization_role": "host",
        "ansible_virtualization_type": "kvm",
        "ansible_interfaces": ["lo", "eth0"],
        "ansible_date_time": {"epoch": "1717245296", "tz": "CEST"},
        "ansible_eth0": {
            "device": "eth0",
            "macaddress": "52:54:00:fa:20:0e",
            "mtu": 1500,
            "active": True,
            "type": "ether",
            "speed": 1000,
            "ipv4": {"address": "10.1.2.3", "netmask": "255.255.255.0", "broadcast": "10.1.2.255"},
            "ipv6": [{"address": "fe80::5054:ff:fefa:200e", "prefix": "64", "scope": "link"}],
        },
        "ansible_lo": {
            "device": "lo",
            "type": "loopback",
            "active": True,
            "ipv4": {"address": "127.0.0.1", "netmask": "255.0.0.0"},
        },
        "ansible_default_ipv4": {"gateway": "10.1.2.1", "interface": "eth0"},
        "ansible_devices": {
            "sda": {
                "size": "20.00 GB",
                "sectors": 41943040,
                "sectorsize": "512",
                "rotational": "0",
                "model": "QEMU HARDDISK",
                "removable": "0",
                "partitions": {"sda1": {"sectors": "41940992", "start": "2048", "size": "20.00 GB"}},
            }
        },
        "ansible_mounts": [
            {
                "mount": "/",
                "device": "/dev/sda1",
                "fstype": "ext4",
                "options": "rw,relatime",
                "size_total": 21003583488,
                "size_available": 15003583488,
                "uuid": "ab-12",
            }
        ],
        "packages": {
            "bash": [
                {"name": "bash", "version": "5.2.15-2+b2", "arch": "amd64", "source": "apt", "category": "shells"}
            ],
            "tar": [{"name": "tar", "version": "1.32", "release": "2.fc31", "arch": "x86_64", "source": "rpm"}],
        },
        "services": {
            "cron.service": {"name": "cron.service", "source": "systemd", "state": "running", "status": "enabled"}
        },
        "ansible_dns": {"nameservers": ["10.1.2.1"], "search": ["example.com"]},
    },
    "changed": False,
}


def read(text: str, format_name: str | None = None) -> list[tuple[Subject, Told]]:
    return list(read_inventory(io.BytesIO(text.encode()), "hosts", at=AT, format_name=format_name))


def rows(told: Told, one: str) -> list[dict[str, Any]]:
    kept = report(data_class(one), told.classes[one])
    assert kept.faults == ()
    return [dict(row) for row in kept.rows.values()]


def check(told: Told, subject: Subject) -> None:
    assert subject.name == "web1"
    assert subject.os_family == "linux"
    assert subject.identities["mac"] == ("52:54:00:fa:20:0e",)
    assert subject.addresses == ("10.1.2.3",)
    assert told.collected_at.isoformat() == "2024-06-01T12:34:56+00:00"
    assert rows(told, "operating_system")[0]["name"] == "Debian GNU/Linux"
    assert (
        rows(told, "hardware")[0] | {"manufacturer": "Dell Inc.", "cores": 2, "threads": 4} == rows(told, "hardware")[0]
    )
    assert rows(told, "disks") == [
        {"name": "sda", "model": "QEMU HARDDISK", "size_bytes": 20 << 30, "type": "ssd", "is_removable": False}
    ]
    assert {row["name"]: row["version"] for row in rows(told, "software")} == {
        "bash": "5.2.15-2+b2",
        "tar": "1.32-2.fc31",
    }
    assert rows(told, "services")[0]["start_mode"] == "enabled"
    assert rows(told, "bios") == [{"released_on": "2016-02-06"}]
    assert {row["address"]: row["prefix_length"] for row in rows(told, "interface_addresses")} == {
        "10.1.2.3": 24,
        "fe80::5054:ff:fefa:200e": 64,
        "127.0.0.1": 8,
    }


@pytest.mark.parametrize("form", ["setup", "cache", "one a line", "by host", "listing"])
def test_facts_are_read_in_every_form_that_they_stand_in(form: str) -> None:
    flat = FACTS["ansible_facts"]
    texts = {
        "setup": json.dumps(FACTS, indent=2),
        "cache": json.dumps(flat),
        "one a line": json.dumps(FACTS) + "\n" + json.dumps(FACTS),
        "by host": json.dumps({"web1": flat}),
        "listing": json.dumps({"_meta": {"hostvars": {"web1": flat}}, "all": {"hosts": ["web1"]}}),
    }
    found = read(texts[form])
    assert len(found) == (2 if form == "one a line" else 1)
    for subject, told in found:
        check(told, subject)


PRINTED = """[WARNING]: No inventory was parsed
web1 | SUCCESS => %s
web2 | UNREACHABLE! => {
    "unreachable": true
}
"""


def test_facts_are_read_as_they_are_printed() -> None:
    text = PRINTED % json.dumps(FACTS, indent=4)
    ((subject, told),) = read(text)
    check(told, subject)
    with pytest.raises(FileFormatError, match="line 2: what `web1` answered is cut off"):
        read(text[:300])
    with pytest.raises(FileFormatError, match="no host in it told facts"):
        read(PRINTED % '{\n    "ping": "pong"\n}')


def test_facts_without_a_name_are_of_whom_the_file_is_called() -> None:
    data = json.dumps({"ansible_facts": {"packages": FACTS["ansible_facts"]["packages"]}}).encode()
    for file, name in (("/facts/web1.example.com", "web1.example.com"), ("localhost", ""), ("-", "")):
        ((subject, told),) = read_inventory(io.BytesIO(data), file, at=AT)
        assert subject.name == name
        assert len(told.classes["software"]) == 2


def test_facts_of_windows_tell_its_build() -> None:
    found = {
        "ansible_os_family": "Windows",
        "ansible_hostname": "PC1",
        "ansible_os_name": "Microsoft Windows 11 Pro",
        "ansible_distribution_version": "10.0.22631.0",
        "ansible_architecture": "64-bit",
        "ansible_os_product_type": "workstation",
        "ansible_interfaces": [
            {"connection_name": "Ethernet", "macaddress": "00:15:5D:01:02:03", "default_gateway": "10.0.0.1"}
        ],
    }
    ((subject, told),) = read(json.dumps(found))
    assert subject.os_family == "windows"
    one = rows(told, "operating_system")[0]
    assert (one["name"], one["version"], one["build"], one["is_server"]) == (
        "Microsoft Windows 11 Pro", "10.0.22631", "22631", False,
    )  # fmt: skip
    assert rows(told, "network_interfaces")[0]["mac_address"] == "00:15:5d:01:02:03"


INI = """
# computers
mail.example.com ansible_host=192.0.2.50 ansible_password='not "kept"'
[web]
web[01:03].example.com
10.0.0.7
[db:vars]
secret=x y
[db]
db-[a:b] ansible_host=10.0.0.9  # the old one
badwolf.example.com:5309
localhost
[site:children]
web
db
"""


def test_an_ini_inventory_names_hosts_with_their_groups() -> None:
    found = {subject.name: (subject, told) for subject, told in read(INI)}
    assert list(found) == ["mail", "web01", "web02", "web03", "10.0.0.7", "db-a", "db-b", "badwolf"]
    assert found["mail"][0].addresses == ("192.0.2.50",)
    assert found["web02"][0].identities == {"fqdn": ("web02.example.com",)}
    assert found["web02"][0].groups == ("web", "site")
    assert found["mail"][0].groups == ()
    assert found["10.0.0.7"][1].classes == {}
    assert "not" not in repr(found)


YAML = """
all:
  hosts:
    mail.example.com: {ansible_host: 192.0.2.50}
  children:
    web:
      hosts:
        web[1:2].example.com:
      vars: {x: 1}
"""


def test_a_yaml_inventory_names_hosts_with_their_groups() -> None:
    found = [(subject.name, subject.groups, subject.addresses) for subject, _ in read(YAML)]
    assert found == [("mail", (), ("192.0.2.50",)), ("web1", ("web",), ()), ("web2", ("web",), ())]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[web]\nweb1 'x=1\n", "line 2: No closing quotation"),
        ("[web]\nweb1 x\n", "line 2: `web1 x` is no host with variables"),
        ("web[1:999999999]\n", "means more than 100,000 hosts"),
        ("web[1:99999][1:99999]\n", "it names more than 100,000 hosts"),
        pytest.param("a" + "[1:1]" * 2000 + "\n", "has more than 8 ranges", id="ranges"),
        pytest.param("a\n" * (5 << 20), "larger than 8 MiB", id="large"),
        pytest.param("all:\n" + "  x: y\n" * (1 << 20), "YAML larger than 4 MiB", id="large YAML"),
        ("localhost\n", "no host but the one that Ansible runs on"),
        ("[web]\n\n", "no host but the one"),
    ],
)
def test_a_broken_inventory_says_where(text: str, why: str) -> None:
    with pytest.raises(FileFormatError) as error:
        read(text, "ansible")
    assert error.value.message.startswith("hosts: ")
    assert why in error.value.message


def test_a_text_of_another_kind_is_no_inventory() -> None:
    with pytest.raises(FileFormatError, match="no format of another tool"):
        read("Dear friend,\n\nthis is a letter: it names no host.\n")
