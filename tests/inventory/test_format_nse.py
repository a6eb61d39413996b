"""NSE as XML, the gatherer's own answer as a file, and Fleet's hosts."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import pytest

from itmsctl.errors import FileFormatError
from itmsctl.inventory.delta import report
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.loading import read_inventory
from itmsctl.inventory.told import Subject, Told, ToldChange
from tests.inventory.collections import AT

GUID = "740184d3-f507-47a9-b170-8bf2f81e099c"
NSE = """<?xml version='1.0'?>
<message>
 <to>0baba5a1-b08e-4f76-8dfd-a541c7bf8f62</to>
 <time>20261130115900.123+0100</time>
 <body><inventory>
  <resources><resource typeGuid="493435f7-3b17-4c4c-b07f-c23e7ab7781f" ref="0" name="PC1" guid="{%s}"/></resources>
  <inventoryClass name="Software"><data><resource resourceRef="0">
    <row name="bash" version="5.2" source="dpkg"/>
    <row c0="tar" c1="1.34"/>
    <row><name>x &lt;b&gt;'; DROP TABLE computer;--</name><version>1</version></row>
  </resource></data></inventoryClass>
  <inventoryClass name="identification"><data><resource resourceRef="0">
    <row host_name="pc1" serial="640HP72"/></resource></data></inventoryClass>
  <inventoryClass name="local_groups"><data><resource resourceRef="0" partialUpdate="true">
    <row name="wheel"><members>a</members><members>b</members></row><row name="old" removed="true"/>
  </resource></data></inventoryClass>
  <inventoryClass name="usb_devices"><data><resource resourceRef="0"/></data></inventoryClass>
  <inventoryClass guid="b9d54fd2-0863-4aa9-9909-ad2fab9bdaec"><data><resource resourceRef="0">
    <row c2="OptiPlex GX520"/></resource></data></inventoryClass>
  <inventoryClass name="no_such"><data><resource resourceRef="0"><row a="b"/></resource></data></inventoryClass>
 </inventory></body>
</message>""".replace("%s", GUID.upper())


def read(data: str | bytes, name: str = "pc1.nse") -> list[tuple[Subject, Told]]:
    return list(read_inventory(io.BytesIO(data.encode() if isinstance(data, str) else data), name, at=AT))


def test_an_event_tells_rows_by_name_by_place_and_by_elements() -> None:
    ((subject, told),) = read(NSE)
    assert (subject.name, subject.guid) == ("pc1", GUID)
    assert subject.identities == {"serial": ("640HP72",)}
    assert told.collected_at.isoformat() == "2026-11-30T10:59:00+00:00"
    kept = report(data_class("software"), told.classes["software"])
    assert kept.faults == ()
    assert {(row["name"], row["version"]) for row in kept.rows.values()} == {
        ("bash", "5.2"), ("tar", "1.34"), ("x <b>'; DROP TABLE computer;--", "1"),
    }  # fmt: skip
    assert told.classes["usb_devices"] == []
    assert list(told.changes["local_groups"].added) == [{"name": "wheel", "members": ["a", "b"]}]
    assert list(told.changes["local_groups"].removed) == [{"name": "old"}]
    assert told.unread == {
        "b9d54fd2-0863-4aa9-9909-ad2fab9bdaec": "a class is known by its name here, and this one has none",
        "no_such": "there is no such data class",
    }


def test_an_event_of_two_computers_tells_each_its_own() -> None:
    text = """<message><body><inventory><resources><resource ref="a" name="A"/><resource ref="b" name="B"/></resources>
    <dataClass name="swap"><data><resource resourceRef="a"><row device="/a"/></resource>
    <resource resourceRef="b"><row device="/b"/></resource></data></dataClass></inventory></body></message>"""
    found = {subject.name: told.classes["swap"] for subject, told in read(text)}
    assert found == {"A": [{"device": "/a"}], "B": [{"device": "/b"}]}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("<packageStatus/>", "an NSE of another kind (packageStatus)"),
        ("<inventory><inventoryClass name='swap'/></inventory>", "does not say which computer"),
        ("", "an NSE of another kind (nothing)"),
    ],
)
def test_an_event_of_another_kind_says_so(body: str, why: str) -> None:
    with pytest.raises(FileFormatError) as error:
        read(f"<message><body>{body}</body></message>")
    assert why in error.value.message


def answer(*classes: dict[str, Any], **changed: Any) -> bytes:
    head = {"itms-inventory": 1, "token": None, "system": "linux", "at": "2026-11-30T11:00:00Z"}
    lines = [json.dumps(one).encode() + b"\n" for one in (head, *classes)]
    end = {"lines": len(lines), "sha256": hashlib.sha256(b"".join(lines)).hexdigest(), **changed}
    return b"".join(lines) + json.dumps(end).encode() + b"\n"


WHO = {"class": "identification", "state": "whole", "rows": [{"host_name": "pc1", "machine_id": "5f" * 16}]}
DELTA = {"added": [{"name": "y"}], "removed": [-7, 2**70]}
SWAP = [
    {"class": "swap", "state": "whole", "part": 0, "more": True, "rows": [{"device": "/a"}]},
    {"class": "swap", "state": "whole", "part": 1, "rows": [{"device": "/b"}]},
]


def test_an_answer_of_the_gatherer_is_loaded_from_a_file() -> None:
    ((subject, told),) = read(
        answer(
            WHO,
            *SWAP,
            {"class": "tpm", "state": "unread", "why": "there is none"},
            {
                "class": "software",
                "state": "delta",
                "base": "x",
                "digest": "q",
                "added": [{"name": "y"}],
                "removed": [-7, 2**70],
            },
            {"class": "bios", "state": "same", "digest": "z"},
            {"class": "usb_devices", "state": "whole", "rows": []},
        )
    )
    assert subject.name == "pc1"
    assert subject.identities == {"machine_id": ("5f" * 16,)}
    assert told.classes["swap"] == [{"device": "/a"}, {"device": "/b"}]
    assert told.classes["usb_devices"] == []
    assert "bios" not in told.classes
    assert told.unread["tpm"] == "there is none"
    assert told.deltas == {"software": ToldChange("x", "q", [{"name": "y"}], [-7])}
    assert told.same == {"bios": "z"}


def test_text_that_makes_no_rows_is_unread() -> None:
    some = {"class": "swap", "state": "whole", "more": True, "parser": "own:json"}
    lines = [some | {"part": 0, "text": '{"device": "/a"}'}, some | {"part": 1, "text": "no"}]
    ((_, told),) = read(answer(WHO, *lines, {"class": "swap", "state": "whole", "part": 2, "rows": []}))
    assert "swap" not in told.classes
    assert told.unread["swap"] == "what it tells is not json: line 1 is no JSON"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (answer(WHO).rsplit(b"\n", 2)[0], "its last line is missing"),
        (answer(WHO, sha256="0" * 64), "its SHA-256 differs"),
        (answer(WHO, *SWAP, lines=3), "lines of it were lost"),
        (answer(*SWAP), "does not say which computer"),
        (answer(WHO).replace(b'"pc1"', b'"pc2"'), "its SHA-256 differs"),
        (answer(WHO).replace(b'"itms-inventory": 1', b'"itms-inventory": 2'), "another protocol"),
        (answer(WHO, {"x": 1}), "a line is of no class"),
    ],
)
def test_a_spoilt_answer_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(FileFormatError) as error:
        read(data)
    assert why in error.value.message


HOST = {
    "id": 7, "hostname": "pc1.example.com", "display_name": "pc1", "uuid": "4C4C4544-0034-3010-8048-B6C04F503732",
    "platform": "debian", "os_version": "Debian GNU/Linux 12.0.0", "osquery_version": "5.9.1",
    "hardware_serial": "640HP72", "hardware_vendor": "Dell Inc.", "hardware_model": "XPS 13 9350",
    "memory": 8330346496, "cpu_type": "x86_64", "cpu_brand": "Intel(R) Core(TM) i5-6200U CPU @ 2.30GHz",
    "cpu_physical_cores": 2, "cpu_logical_cores": 4, "uptime": 8305509000000000, "primary_ip": "10.1.2.3",
    "primary_mac": "52:54:00:FA:20:0E", "detail_updated_at": "2026-11-29T10:00:00Z",
    "seen_time": "2026-11-30T10:00:00Z",
    "team_name": "Berlin", "users": [{"username": "jane", "uid": 1000, "shell": "/bin/bash"}],
    "software": [
        {"name": "bash", "version": "5.2.15-2+b2", "source": "deb_packages", "arch": "amd64", "vulnerabilities": None},
        {"name": "tar", "version": "1.32", "release": "2.fc31", "source": "rpm_packages", "arch": "x86_64"},
        {"name": "Safari.app", "version": "16.1", "source": "apps", "bundle_identifier": "com.apple.Safari"},
    ],
}  # fmt: skip


@pytest.mark.parametrize("form", ["hosts", "host", "spec", "lines", "list"])
def test_hosts_of_fleet_are_read_in_every_form(form: str) -> None:
    texts = {
        "hosts": json.dumps({"hosts": [HOST]}),
        "host": json.dumps({"host": HOST}, indent=1),
        "spec": json.dumps({"kind": "host", "apiVersion": "v1", "spec": HOST}),
        "lines": json.dumps(HOST) + "\n" + json.dumps(HOST),
        "list": json.dumps([HOST, HOST]),
    }
    found = read(texts[form])
    assert len(found) == (2 if form in {"lines", "list"} else 1)
    for subject, told in found:
        assert told.source == "fleet"
        assert (subject.name, subject.os_family, subject.groups) == ("pc1", "linux", ("Berlin",))
        assert subject.identities["mac"] == ("52:54:00:fa:20:0e",)
        assert told.collected_at.isoformat() == "2026-11-29T10:00:00+00:00"
        kept = {one: report(data_class(one), rows) for one, rows in told.classes.items()}
        assert all(one.faults == () for one in kept.values())
        software = {row["name"]: (row["version"], row["source"]) for row in kept["software"].rows.values()}
        assert software == {"bash": ("5.2.15-2+b2", "dpkg"), "tar": ("1.32-2.fc31", "rpm"), "Safari": ("16.1", "app")}
        (system,) = kept["operating_system"].rows.values()
        assert (system["name"], system["id"], system["version"]) == ("Debian GNU/Linux", "debian", "12")
        assert system["uptime_s"] == 8305509.0
