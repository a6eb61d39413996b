"""GUIDs survive export and apply; two servers that meet do not clash, and no object takes the GUID of another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.plans.conftest import without_predefined

GUID = "4c4c4544-0042-4510-8052-b4c04f4d3332"


@pytest.fixture
def estate(ok: Run) -> Run:
    ok("site", "add", "rome")
    ok("subnet", "add", "10.0.0.0/8", "--site", "rome")
    ok("computer", "add", "pc1", "--address", "10.0.0.1")
    ok("server", "add", "pc1", "--service", "task")
    ok("filter", "add", "f", "--member", "pc1")
    ok("view", "add", "v")
    ok("group", "add", "g", "--view", "v")
    ok("target", "add", "t", "--filter", "f")
    ok("task", "add", "hello", "--command", "true")
    return ok


def _document(kind: str, name: str, guid: str, more: str = "") -> str:
    return f"kind: {kind}\nname: {name}\nguid: {guid}\n{more}---\n"


@pytest.mark.parametrize("form", ["yaml", "ndjson"])
def test_an_estate_built_again_from_its_export_has_its_guids(
    estate: Run, bare_run: Run, tmp_path: Path, form: str
) -> None:
    exported = estate("export", "-o", form).out
    again = ("--db", str(tmp_path / "again.sqlite"))
    done = bare_run(*again, "apply", "-f", "-", stdin=exported)
    assert done.code == 0, done.err
    assert without_predefined(bare_run(*again, "export", "-o", form).out) == exported
    assert bare_run(*again, "computer", "show", "pc1").json["id"] == estate("computer", "show", "pc1").json["id"]
    assert "0 created, 0 updated, 9 unchanged" in estate("apply", "-f", "-", stdin=exported).err


def test_two_servers_that_meet_do_not_clash(estate: Run, bare_run: Run, tmp_path: Path) -> None:
    other = ("--db", str(tmp_path / "other.sqlite"))
    assert bare_run(*other, "computer", "add", "pc1").code == 0
    own = bare_run(*other, "computer", "show", "pc1").json["id"]
    done = bare_run(*other, "apply", "-f", "-", stdin=estate("export").out)
    assert done.code == 0, done.err
    assert "their own GUID, not that of the document, keep: computer/pc1" in done.err
    assert bare_run(*other, "computer", "show", "pc1").json["id"] == own
    assert bare_run(*other, "computer", "show", "pc1").json["address"] == ["10.0.0.1"]


def test_no_object_takes_the_guid_of_another(estate: Run, run: Run) -> None:
    guid = estate("computer", "show", "pc1").json["id"]
    for text, words in (
        (_document("computer", "pc2", guid), "itmsctl computer set pc1 --rename pc2"),
        (_document("site", "oslo", guid), "the GUID of site `oslo` is that of computer `pc1`"),
        (_document("site", "oslo", GUID) + _document("site", "bari", GUID.upper()), "this GUID stands in"),
        (_document("site", "oslo", "nonsense"), "it is not a GUID"),
    ):
        refused = run("apply", "-f", "-", stdin=text)
        assert refused.code in {3, 6}, refused.err
        assert words in refused.err
    assert estate("site", "list", "-o", "name").out == "rome\n"
    assert estate("computer", "list", "-o", "name").out == "pc1\n"


def test_what_is_gone_comes_back_under_its_guid(estate: Run, run: Run) -> None:
    estate("site", "add", "oslo", "--region", "Norway")
    exported = estate("export", "site", "-o", "ndjson").lines
    (oslo,) = (document for document in exported if document["name"] == "oslo")
    estate("site", "remove", "oslo", "--confirm", "oslo")
    refused = run("apply", "-f", "-", stdin=_document("filter", "x", oslo["guid"], "spec: {where: 'true'}\n"))
    assert (refused.code, "was that of site `oslo`" in refused.err) == (6, True)
    estate("apply", "-f", "-", stdin=json.dumps(oslo))
    assert estate("site", "show", "oslo").json["id"] == oslo["guid"]
    assert len(estate("history", "site", "oslo", "-o", "ndjson").lines) == 3
    estate("audit", "verify")
    estate("db", "check")


def test_a_merged_computer_is_not_made_anew_beside_its_winner(estate: Run, run: Run) -> None:
    estate("computer", "add", "twin")
    documents = estate("export", "computer", "-o", "ndjson").lines
    (twin,) = (document for document in documents if document["name"] == "twin")
    estate("computer", "merge", "pc1", "twin", "--yes")
    refused = run("apply", "-f", "-", stdin=json.dumps(twin))
    assert (refused.code, "is that of computer `pc1`" in refused.err) == (6, True)


def test_a_saved_plan_keeps_the_guid(estate: Run, tmp_path: Path) -> None:
    plan = str(tmp_path / "p.plan")
    estate("plan", "-f", "-", "--out", plan, stdin=_document("site", "oslo", GUID))
    estate("apply", plan)
    assert estate("site", "show", "oslo").json["id"] == GUID
