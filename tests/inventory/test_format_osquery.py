"""osquery's logs: snapshots, differences that begin with the first result, and differences to what went before."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from itmsctl.errors import FileFormatError
from itmsctl.inventory.delta import report
from itmsctl.inventory.formats.osquery.replay import TABLES
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.loading import read_inventory
from itmsctl.inventory.told import Subject, Told
from tests.inventory.collections import AT

WHO = {"hostIdentifier": "pc1.example.com", "calendarTime": "Tue Sep 30 17:37:30 2014 UTC", "epoch": 0}


def line(**more: Any) -> dict[str, Any]:
    return {**WHO, "unixTime": 1412098650, "counter": 0, **more}


def snapshot(name: str, *rows: dict[str, str], **more: Any) -> dict[str, Any]:
    return line(name=name, snapshot=list(rows), action="snapshot", **more)


def event(query: str, action: str, counter: int, /, **columns: str) -> dict[str, Any]:
    return line(name=query, action=action, counter=counter, columns=columns)


def read(*values: Any) -> list[tuple[Subject, Told]]:
    text = "\n".join(map(json.dumps, values))
    return list(read_inventory(io.BytesIO(text.encode()), "osqueryd.results.log", at=AT))


def names(told: Told, one: str = "software") -> list[str]:
    kept = report(data_class(one), told.classes[one])
    assert kept.faults == ()
    return sorted(row["name"] for row in kept.rows.values())


SYSTEM = {
    "hostname": "pc1.example.com",
    "uuid": "4C4C4544-0034-3010-8048-B6C04F503732",
    "cpu_brand": "Intel(R) Core(TM) i5-6200U CPU @ 2.30GHz",
    "cpu_type": "x86_64",
    "cpu_physical_cores": "2",
    "cpu_logical_cores": "4",
    "cpu_sockets": "1",
    "physical_memory": "8330346496",
    "hardware_vendor": "Dell Inc.",
    "hardware_model": "XPS 13 9350",
    "hardware_serial": "640HP72",
}
_TWELVE = {"major": "12", "minor": "0", "patch": "0"}
DEBIAN = {"name": "Debian GNU/Linux", "version": "12 (bookworm)", "platform": "debian", **_TWELVE}
_STATE = {"status": "install ok installed", "size": "7163"}
BASH = {"name": "bash", "version": "5.2.15-2+b2", "arch": "amd64", "revision": "2+b2", **_STATE}
TAR = BASH | {"name": "tar", "version": "1.34+dfsg-1.2"}
REQUESTS = {
    "name": "requests",
    "version": "2.28.1",
    "summary": "HTTP",
    "author": "x",
    "license": "y",
    "directory": "/usr",
}
GONE = BASH | {"name": "gone", "status": "deinstall ok config-files"}


def test_snapshots_tell_classes_whole_and_the_last_one_counts() -> None:
    ((subject, told),) = read(
        snapshot("pack/it/system_info", SYSTEM),
        snapshot("os", DEBIAN),
        snapshot("pack_it_deb_packages", BASH),
        {"severity": 0, "filename": "x.cpp", "message": "a line of the agent itself"},
        snapshot("pack_it_deb_packages", TAR, BASH, GONE, unixTime=1412099999),
        snapshot("pip", REQUESTS),
        snapshot("kernel_info", {"version": "6.1.0-18-amd64", "arguments": "quiet", "path": "/boot/vmlinuz"}),
    )
    assert subject.name == "pc1"
    assert subject.os_family == "linux"
    assert subject.identities == {
        "uuid": ("4c4c4544-0034-3010-8048-b6c04f503732",),
        "serial": ("640HP72",),
        "fqdn": ("pc1.example.com",),
    }
    assert told.collected_at.timestamp() == 1412099999
    assert names(told) == ["bash", "requests", "tar"]
    assert list(told.classes["operating_system"]) == [
        {"name": "Debian GNU/Linux", "full_name": "Debian GNU/Linux 12 (bookworm)", "id": "debian", "version": "12",
         "kernel_version": "6.1.0-18-amd64"}
    ]  # fmt: skip
    assert told.classes["hardware"][0]["memory_mib"] == 7944
    assert told.classes["software"][0]["size_bytes"] == 7163 * 1024
    assert told.changes == {}


def test_differences_from_the_first_result_on_are_the_whole() -> None:
    ((_, told),) = read(
        event("deb_packages", "added", 0, **BASH),
        event("deb_packages", "added", 0, **TAR),
        event("deb_packages", "removed", 1, **BASH),
        event("deb_packages", "added", 1, **(BASH | {"version": "5.2.15-2+b7"})),
        event("deb_packages", "removed", 2, **TAR),
    )
    assert [(row["name"], row["version"]) for row in told.classes["software"]] == [("bash", "5.2.15-2+b7")]
    assert told.changes == {}


def test_differences_to_what_went_before_are_changes() -> None:
    batch = {"added": [TAR], "removed": [BASH]}
    ((subject, told),) = read(line(name="deb_packages", diffResults=batch, counter=7))
    assert subject.name == "pc1.example.com"
    assert told.classes == {}
    change = told.changes["software"]
    assert [row["name"] for row in change.added] == ["tar"]
    assert [row["name"] for row in change.removed] == ["bash"]


def test_a_snapshot_that_is_empty_says_that_nothing_is_left() -> None:
    ((_, told),) = read(snapshot("deb_packages", BASH), snapshot("pack_deb_packages", BASH), snapshot("usb_devices"))
    assert told.classes["usb_devices"] == []
    ((_, told),) = read(snapshot("deb_packages", BASH), snapshot("deb_packages"), snapshot("mystery"))
    assert told.classes == {"software": []}


def test_a_class_of_one_row_is_not_told_by_a_part_of_it() -> None:
    """The time since the start alone must not take away what the system is called."""
    ((_, told),) = read(snapshot("uptime", {"total_seconds": "77"}), snapshot("deb_packages", BASH))
    assert "operating_system" not in told.classes
    assert told.unread == {"operating_system": "only a part of it is in the log"}
    ((_, told),) = read(event("os_version", "added", 3, **DEBIAN), event("uptime", "added", 3, total_seconds="77"))
    (system,) = told.classes["operating_system"]
    assert (system["name"], system["uptime_s"]) == ("Debian GNU/Linux", 77)


def test_each_computer_of_a_log_is_told_apart() -> None:
    other = snapshot("deb_packages", TAR) | {"hostIdentifier": "7E53F1B4-5C30-4A0E-9A2D-9D1C3E5E5B11"}
    (first, _), (second, _) = read(snapshot("deb_packages", BASH), other)
    assert first.name == "pc1.example.com"
    assert second.name == ""
    assert second.identities == {"uuid": ("7e53f1b4-5c30-4a0e-9a2d-9d1c3e5e5b11",)}


def test_a_query_that_no_class_is_for_says_so() -> None:
    ((_, told),) = read(snapshot("deb_packages", BASH), snapshot("pack/it/yara", {"matches": "x", "count": "0"}))
    assert told.unread == {"pack/it/yara": "no class has what this query asks"}


def test_a_log_of_nothing_but_the_agent_tells_of_nobody() -> None:
    with pytest.raises(FileFormatError, match="no results of queries"):
        read({"severity": 0, "filename": "x.cpp", "message": "starting"})


def test_a_value_that_is_no_result_says_which() -> None:
    with pytest.raises(FileFormatError, match="value 2 is no result"):
        read(snapshot("deb_packages", BASH), {"name": "x"})


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_gives_columns_that_its_class_has(name: str) -> None:
    """Whatever stands in its columns: each one that the table is known by, with words, numbers and truths."""
    every = sorted(set().union(*(one.telling for one in TABLES.values())))
    rows = [dict.fromkeys(every, value) for value in ("1", "name", "user", "10.0.0.1", "/dev/sda1", "{x}", "", "true")]
    for one, make in TABLES[name].classes.items():
        known = data_class(one).by_name
        assert {column for row in make(rows) for column in row} <= known.keys()
