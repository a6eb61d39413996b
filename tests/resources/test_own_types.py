"""Types of resources that an administrator adds: a hierarchy, typed fields, views, documents, undo (PLAT-13)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run


def asked(ok: Run, sql: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = ok("report", "run", "--sql", sql, "-o", "json").json
    return rows


@pytest.fixture
def pdus(ok: Run) -> None:
    ok("resource-type", "add", "rack-pdu", "--parent", "device", "--field", "outlets:int", "--field", "amperes:real")
    ok("resource-type", "add", "smart-pdu", "--parent", "rack-pdu", "--field", "managed:bool")
    ok("resource", "add", "pdu-1", "--type", "rack-pdu", "--field", "outlets=24", "--address", "10.1.0.20")
    ok("resource", "add", "pdu-2", "--type", "smart-pdu", "--field", "outlets=8", "--field", "managed=yes")


@pytest.mark.usefixtures("pdus")
def test_each_level_has_a_view_with_typed_columns(ok: Run) -> None:
    ok("computer", "add", "pc1", "--serial", "S-1")
    ok("network-device", "add", "sw1", "--serial", "S-2")
    rows = asked(ok, "SELECT name, type, outlets, amperes FROM v_rack_pdu ORDER BY name")
    assert [tuple(row.values()) for row in rows] == [
        ("pdu-1", "rack-pdu", 24, None), ("pdu-2", "smart-pdu", 8, None)
    ]  # fmt: skip
    assert [row["managed"] for row in asked(ok, "SELECT managed FROM v_smart_pdu")] == [True]
    devices = asked(ok, "SELECT name, type, serial FROM v_device ORDER BY name")
    assert [tuple(row.values()) for row in devices] == [
        ("pc1", "computer", "S-1"), ("pdu-1", "rack-pdu", None), ("pdu-2", "smart-pdu", None),
        ("sw1", "network-device", "S-2"),
    ]  # fmt: skip
    assert len(asked(ok, "SELECT name FROM v_resource")) == 4
    tree = {row["name"]: row for row in ok("resource-type", "list", "-o", "json").json}
    assert (tree["device"]["resources"], tree["rack-pdu"]["resources"], tree["rack-pdu"]["own"]) == (4, 2, 1)
    assert tree["smart-pdu"]["tree"] == "      smart-pdu"
    assert ok("resource", "list", "--type", "rack-pdu", "-o", "name").out.split() == ["pdu-1", "pdu-2"]


REFUSED: tuple[tuple[tuple[str, ...], int, str], ...] = (
    (("resource", "add", "x", "--type", "rack-pdu", "--field", "outlets=many"), 3, "`many`"),
    (("resource", "add", "x", "--type", "rack-pdu", "--field", "outlet=1"), 3, "outlets"),
    (("resource", "add", "x", "--type", "rack-pd"), 5, "rack-pdu"),
    (("resource", "add", "x"), 3, "--type"),
    (("resource-type", "add", "printer"), 6, "known to the program"),
    (("resource-type", "add", "tag"), 6, "v_tag"),
    (("resource-type", "add", "Rack PDU"), 3, "hyphens"),
    (("resource-type", "add", "x", "--field", "serial"), 3, "every resource has"),
    (("resource-type", "add", "x", "--field", "a:money"), 3, "text"),
    (("resource-type", "add", "x", "--parent", "smart-pdu", "--field", "outlets:text"), 3, "outlets:int"),
    (("resource-type", "add", "x", "--parent", "nothing"), 3, "nothing"),
    (("resource-type", "set", "rack-pdu", "--rename", "pdu"), 3, "keeps its name"),
    (("resource-type", "set", "smart-pdu", "--parent", "device"), 3, "stays where"),
    (("resource-type", "set", "rack-pdu", "--remove-field", "outlets:int"), 3, "have a value"),
    (("resource-type", "remove", "rack-pdu", "--yes"), 6, "still used"),
    (("resource", "list", "--type", "rack-pd"), 5, "rack-pdu"),
)


@pytest.mark.usefixtures("pdus")
def test_what_cannot_be_is_said(run: Run, ok: Run) -> None:
    before = len(ok("audit", "list", "-o", "json").json)
    for words, code, said in REFUSED:
        refused = run(*words)
        assert (refused.code, said in refused.err) == (code, True), (words, refused.err)
    assert len(ok("audit", "list", "-o", "json").json) == before


def test_what_is_no_device_has_no_serial_number(run: Run, ok: Run) -> None:
    ok("resource-type", "add", "contract", "--field", "ends")
    refused = run("resource", "add", "c1", "--type", "contract", "--serial", "1")
    assert (refused.code, "is no device" in refused.err) == (3, True), refused.err
    ok("resource", "add", "c1", "--type", "contract", "--field", "ends=2027", "--description", "of the lab")
    assert asked(ok, "SELECT name, ends, description FROM v_contract")[0]["ends"] == "2027"
    assert asked(ok, "SELECT name FROM v_device") == []


@pytest.mark.usefixtures("pdus")
def test_a_type_grows_and_what_nobody_has_goes(ok: Run) -> None:
    ok("resource-type", "set", "rack-pdu", "--add-field", "phase")
    ok("resource", "set", "pdu-2", "--field", "phase=L1", "--field", "managed=")
    (row,) = asked(ok, "SELECT outlets, managed, phase FROM v_smart_pdu")
    assert tuple(row.values()) == (8, None, "L1")
    ok("resource-type", "set", "rack-pdu", "--remove-field", "amperes:real")
    assert ok("resource-type", "show", "rack-pdu").json["fields"] == ["outlets:int", "phase:text"]
    assert ok("resource", "show", "pdu-2").json["fields"] == {"outlets": "8", "phase": "L1"}
    ok("db", "check")


@pytest.mark.usefixtures("pdus")
def test_they_are_exported_applied_and_undone(ok: Run, tmp_path: Path) -> None:
    ok("association", "add", "pdu-1", "connected-to", "pdu-2")
    before = ok("export", "resource-type", "resource").out
    ok("resource", "remove", "pdu-1", "pdu-2", "--yes")
    ok("resource-type", "remove", "smart-pdu", "--confirm", "smart-pdu")
    assert "v_smart_pdu" not in ok("report", "views").out
    last = ok("audit", "list", "-o", "json").json
    numbers = [row["seq"] for row in last]
    newest = max(numbers)
    ok("undo", str(newest), "--yes")
    ok("undo", str(newest - 1), "--yes")
    assert ok("export", "resource-type", "resource").out == before
    assert asked(ok, "SELECT outlets, managed FROM v_smart_pdu") == [{"outlets": 8, "managed": True}]
    assert ok("resource", "show", "pdu-2").json["associations"][0]["kind"] == "rack-pdu"
    (tmp_path / "all.yaml").write_text(before, encoding="utf-8")
    ok("resource", "remove", "pdu-1", "--yes")
    ok("apply", "-f", str(tmp_path / "all.yaml"), "--yes")
    assert ok("export", "resource-type", "resource").out == before
    ok("audit", "verify")


@pytest.mark.usefixtures("pdus")
def test_they_stand_at_the_ends_of_relations(run: Run, ok: Run) -> None:
    ok("computer", "add", "pc1")
    ok("association-type", "add", "powered-by", "--subject", "device", "--object", "rack-pdu")
    ok("association", "add", "pc1", "powered-by", "pdu-2")
    refused = run("association", "add", "pdu-1", "powered-by", "pc1")
    assert (refused.code, "needs a rack-pdu there" in refused.err) == (3, True), refused.err
    found = ok("computer", "list", "--where", "associations(object = 'pdu-2' and kind = 'smart-pdu')", "-o", "name")
    assert found.out == "pc1\n"
    rows = ok("association", "list", "pdu-2", "-o", "json").json
    assert json.dumps([rows[0]["subject_kind"], rows[0]["object_kind"]]) == '["computer", "smart-pdu"]'
    ok("filter", "add", "powered", "--where", "associations(object = 'pdu-2')")
    ok("resource", "set", "pdu-2", "--rename", "pdu-9")
    ok("membership", "update")
    assert ok("computer", "list", "--target", "powered", "-o", "name").out == ""


PDUS = """
name: smart-pdu
parent: rack-pdu
fields: {managed: bool, note: }
---
kind: resource-type
name: rack-pdu
parent: device
fields: [outlets:int]
"""


def test_types_of_a_file_are_added_and_grow(ok: Run, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "types.yaml"
    file.write_text(PDUS)
    assert ok("resource-type", "add", "-f", str(file), "--dry-run").err.count("created") >= 2
    assert run("resource-type", "show", "rack-pdu").code == 5
    ok("resource-type", "add", "-f", str(file))
    shown = ok("resource-type", "show", "smart-pdu", "-o", "json").json
    assert (shown["parent"], shown["fields"]) == ("rack-pdu", ["managed:bool", "note:text"])
    file.write_text(PDUS.replace("[outlets:int]", "[outlets:int, amperes:real]"))
    again = ok("resource-type", "add", "--file", str(file))
    assert "rack-pdu: updated" in again.err
    assert "smart-pdu: unchanged" in again.err
    ok("resource-type", "remove", "smart-pdu", "--confirm", "smart-pdu")
    assert "smart-pdu: created" in ok("resource-type", "add", "-f", "-", stdin=file.read_text()).err


MISFORMED: tuple[tuple[str, int, str], ...] = (
    ("name: a-pdu\nfield: [x]\n", 2, "`field`"),
    ("name: a-pdu\nfields: [x:money]\n", 2, "money"),
    ("name: a-pdu\nfields: x\n", 2, "NAME:TYPE"),
    ("name: a-pdu\n---\nname: a-pdu\n", 3, "twice"),
    ("kind: site\nname: rome\n", 1, "itmsctl apply"),
    ("fields: [x]\n", 1, "no name"),
    ("kind: resource-type\nname: a-pdu\nspec: {fields: [x]}\n", 3, "apply -f"),
    ("- a-pdu\n", 1, "is a map"),
    ("name: a-pdu\nparent: [device]\n", 2, "one text"),
    ("name: a-pdu\nparent: b-pdu\n---\nname: b-pdu\nparent: a-pdu\n", 2, "b-pdu"),
    ("name: good-pdu\n---\nname: x\nparent: nothing\n", 4, "nothing"),
)


@pytest.mark.parametrize(("text", "line", "words"), MISFORMED, ids=[words for _, _, words in MISFORMED])
def test_a_file_that_cannot_be_is_refused_with_its_place(run: Run, ok: Run, text: str, line: int, words: str) -> None:
    found = run("resource-type", "add", "-f", "-", stdin=text)
    assert found.code == 3, found.err
    assert f"-:{line}" in found.err
    assert words in found.err
    names = {row["name"] for row in ok("resource-type", "list", "-o", "json").json}
    assert names.isdisjoint({"a-pdu", "b-pdu", "good-pdu", "rome"}), "all or none"


def test_a_file_and_what_it_says_are_not_both_typed(run: Run) -> None:
    for more in (("rack-pdu",), ("--field", "x"), ("--parent", "device")):
        assert run("resource-type", "add", "-f", "-", *more, stdin=PDUS).code == 2
    assert run("resource-type", "add").code == 2
    assert run("resource-type", "add", "-f", "nowhere.yaml").code == 5
