"""Data classes that an administrator adds: table, view, filters; they grow, and keep the meaning of what is stored."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from itmsctl.cmdb.store import Store
from itmsctl.targeting.service import update
from itmsctl.values.times import to_text
from tests.conftest import START, Run
from tests.inventory.telling import tell

TAPES = """\
name: tape_drives
help: "Tape drives."
rows: many
key: [name]
volatile: [tapes_loaded]
shared: [name, model]
filter: [model, firmware]
systems: [linux, aix]
columns:
  name: {type: text, help: "How the operating system calls it."}
  model: {type: text, help: "Model."}
  firmware: {type: version, help: "Firmware."}
  tapes_loaded: {type: int, help: "Tapes in it."}
"""


@pytest.fixture
def tapes(ok: Run, tmp_path: Path) -> Path:
    file = tmp_path / "tapes.yaml"
    file.write_text(TAPES)
    assert "tape_drives: created" in ok("data-class", "add", "-f", str(file)).err
    return file


def test_a_class_is_asked_as_those_of_the_program_are(ok: Run, tapes: Path, store: Store) -> None:
    for name in ("ada", "bob", "cyd"):
        ok("computer", "add", name)
    ok("filter", "add", "old-tapes", "--where", "tape_drives(model = 'LTO-8' and firmware < '10.2')")
    ok("filter", "add", "no-tapes", "--where", "not tape_drives()")
    rows = [{"name": "st0", "model": "LTO-8", "firmware": "9.11"}]
    tell(store, START, {"ada": {"tape_drives": rows}, "bob": {"tape_drives": []}})
    store.write(update.delta)
    assert ok("filter", "members", "old-tapes", "-o", "name").out == "ada\n"
    assert ok("filter", "members", "no-tapes", "-o", "name").out == "bob\n", "it was collected, and there is none"
    assert ok("computer", "list", "--where", "not tape_drives(model = 'LTO-8')", "-o", "name").out == "bob\n"
    shown = ok("computer", "show", "ada", "--class", "tape-drives", "-o", "json").json
    assert shown == {
        "class": "tape_drives", "collected_at": to_text(START),
        "rows": [{"name": "st0", "model": "LTO-8", "firmware": "9.11", "tapes_loaded": None}],
    }  # fmt: skip
    fields = {row["name"] for row in ok("filter", "fields", "-o", "json").json}
    assert {"tape_drives(model)", "tape_drives(firmware)"} <= fields
    report = ok("report", "run", "--sql", "SELECT computer, model FROM v_inv_tape_drives", "-o", "json").json
    assert report == [{"computer": "ada", "model": "LTO-8"}]
    ok("filter", "add", "by-sql", "--sql", "SELECT computer_guid AS guid FROM v_inv_tape_drives WHERE model = 'LTO-8'")
    assert ok("filter", "members", "by-sql", "-o", "name").out == "ada\n"
    tell(store, START, {"bob": {"tape_drives": rows}})
    store.write(update.delta)
    assert ok("filter", "members", "by-sql", "-o", "name").out == "ada\nbob\n"
    assert "v_inv_tape_drives" in ok("report", "views", "-o", "name").out
    tell(store, START, {"bob": {"tape_drives": []}})
    with store.read() as reader:
        seen = reader.connection.execute(sa.text("SELECT computer, model, firmware FROM v_inv_tape_drives")).all()
    assert seen == [("ada", "LTO-8", "9.11")]


def test_it_may_grow(ok: Run, run: Run, tapes: Path, store: Store) -> None:
    ok("computer", "add", "ada")
    tell(store, START, {"ada": {"tape_drives": [{"name": "st0", "model": "LTO-8"}]}})
    tapes.write_text(TAPES.replace("filter: [", "filter: [slots, ") + '  slots: {type: int, help: "Slots."}\n')
    assert "tape_drives: updated" in ok("data-class", "add", "-f", str(tapes)).err
    assert "tape_drives: unchanged" in ok("data-class", "add", "-f", str(tapes)).err
    assert ok("computer", "list", "--where", "tape_drives(slots is null)", "-o", "name").out == "ada\n"
    assert run("db", "check").code == 0
    assert "tape_drives" not in ok("db", "upgrade").err, "nothing of it had to be made"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("model: {type: text", "model: {type: int", "`model` is text: what is stored is no int"),
        ("key: [name]", "key: [name, model]", "its key was name"),
        ("shared: [name, model]", "shared: [name]", "`model` is shared"),
        ("filter: [model, firmware]", "filter: [firmware]", "filters ask for tape_drives"),
        ("name: tape_drives", "name: software", "is a data class of the program"),
        ("name: tape_drives", "name: sites", "is a class that filters know already"),
        ("  model:", "  from:", "there is no column `model`"),
        ("rows: many", "rows: two", "`two` is not a value of `rows`"),
    ],
)
def test_what_would_change_the_meaning_of_what_is_stored_is_refused(
    ok: Run, run: Run, tapes: Path, old: str, new: str, said: str
) -> None:
    ok("filter", "add", "lto", "--where", "tape_drives(model = 'LTO-8')")
    tapes.write_text(TAPES.replace(old, new))
    refused = run("data-class", "add", "-f", str(tapes))
    assert refused.code in {3, 6}, refused.err
    assert said in refused.err
    assert "Traceback" not in refused.err


def test_names_that_filters_cannot_say_are_refused(run: Run, tmp_path: Path) -> None:
    for column in ("from", "array", "select"):
        file = tmp_path / "wrong.yaml"
        file.write_text(TAPES.replace("model", column))
        refused = run("data-class", "add", "-f", str(file))
        assert (refused.code, "filters could not ask" in refused.err) == (3, True), refused.err


def test_it_is_audited_undone_exported_and_applied(ok: Run, run: Run, tapes: Path, tmp_path: Path) -> None:
    ok("filter", "add", "lto", "--where", "tape_drives(model = 'LTO-8')")
    assert run("data-class", "remove", "tape_drives", "--confirm", "tape_drives").code != 0
    exported = ok("export", "-o", "yaml").out
    kinds = [one["kind"] for one in yaml.safe_load_all(exported)]
    assert kinds.index("data-class") < kinds.index("filter")
    ok("filter", "remove", "lto")
    ok("data-class", "remove", "tape_drives", "--confirm", "tape_drives")
    assert run("data-class", "show", "tape_drives").code == 5
    newest = ok("audit", "list", "-o", "json").json[0]
    assert ok("undo", str(newest["seq"]), "--yes").code == 0
    assert ok("data-class", "show", "tape_drives", "-o", "json").json["origin"] == "own"
    ok("data-class", "remove", "tape_drives", "--confirm", "tape_drives")
    file = tmp_path / "all.yaml"
    file.write_text(exported)
    ok("apply", "-f", str(file), "--yes")
    assert ok("filter", "show", "lto", "-o", "json").json["where"] == "tape_drives(model = 'LTO-8')"
    assert [row["action"] for row in ok("history", "data-class", "tape_drives", "-o", "json").json].count(
        "created"
    ) >= 2
