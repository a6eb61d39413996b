"""A report over several CMDBs equals the report over their union; each row says of which it is (RPT-8..13)."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.errors import FieldError, ReportSqlError, StorageError
from itmsctl.expressions.portable import OrderedBy
from itmsctl.reports.members import CmdbBranch, doubled, members_of, merged
from itmsctl.reports.service import Asked, Visiting, answer_of_several
from itmsctl.resources.service.computers import COMPUTERS
from tests.conftest import FrozenClock, Run

RACK = """
name: rack
help: Racks.
rows: one
systems: [linux]
columns:
  slot: {type: int, help: Slot.}
read: [{systems: [linux], format: csv, command: "echo slot; echo 1"}]
"""
Estate = Callable[[str, dict[str, str]], str]
SYSTEMS = ({"a1": "linux", "a2": "windows", "a3": "linux"}, {"b1": "linux", "b2": "mac"}, {"c1": "windows"})


@pytest.fixture
def estate(sqlite_template: Path, tmp_path: Path, clock: FrozenClock) -> Estate:
    """Make a CMDB on SQLite that has some computers: `estate("rome", {"pc1": "linux"})` returns its path."""

    def make(name: str, computers: dict[str, str]) -> str:
        path = tmp_path / f"{name}.sqlite"
        shutil.copyfile(sqlite_template, path)
        path.chmod(0o600)
        store = open_store(place_of(str(path)), clock=clock, actor=Actor("t", "t"), state_folder=tmp_path / name)
        filled(store, computers)
        store.close()
        return str(path)

    return make


def filled(store: Store, computers: dict[str, str]) -> None:
    for name, system in computers.items():
        store.write(lambda unit, n=name, s=system: COMPUTERS.add(unit, n, {"os_family": s}))


@pytest.fixture
def three(estate: Estate, db: str, store: Store) -> str:
    """Return what `--cmdb` takes: two files, and one on both engines."""
    filled(store, SYSTEMS[2])
    return f"{estate('rome', SYSTEMS[0])},{estate('oslo', SYSTEMS[1])},third={db}"


def asked(three: str, sql: str, clock: FrozenClock, **options: Any) -> list[tuple[Any, ...]]:
    with answer_of_several(
        members_of([three]), Asked({"sql": sql}, **options), Visiting(clock, 5.0, lambda: "UTC")
    ) as found:
        assert found.is_whole, found.members
        return [tuple(row.values()) for row in found.rows()]


def test_rows_of_all_are_in_the_order_of_the_query(three: str, clock: FrozenClock) -> None:
    found = asked(three, "SELECT name, os_family FROM v_computer ORDER BY os_family DESC, name", clock)
    every = [(name, system) for systems in SYSTEMS for name, system in systems.items()]
    assert [row[2:] for row in found] == sorted(sorted(every), key=lambda row: row[1], reverse=True)
    assert {(row[2][0], row[0]) for row in found} == {("a", "rome"), ("b", "oslo"), ("c", "third")}
    assert {row[1] for row in found} == {clock()}


def test_the_first_of_all_are_not_the_first_of_each(three: str, clock: FrozenClock) -> None:
    first = "SELECT name FROM v_computer ORDER BY name DESC LIMIT 2"
    assert [row[2] for row in asked(three, first, clock)] == ["c1", "b2"]
    assert [row[2] for row in asked(three, "SELECT name FROM v_computer ORDER BY 1", clock, limit=4)][:2] == [
        "a1",
        "a2",
    ]


def test_without_an_order_one_stands_behind_the_other(three: str, clock: FrozenClock) -> None:
    grouped = asked(three, "SELECT os_family, count(*) AS n FROM v_computer GROUP BY os_family", clock)
    assert [row[0] for row in grouped] == ["rome"] * 2 + ["oslo"] * 2 + ["third"]
    assert sum(row[3] for row in grouped) == 6


def test_who_is_missing_or_stale_is_named_and_the_rest_is_given(three: str, run: Run, clock: FrozenClock) -> None:
    sql = ("--sql", "SELECT name FROM v_computer ORDER BY name", "-o", "json")
    assert run("report", "run", "--cmdb", three, *sql).code == 0
    some = run("report", "run", "--cmdb", f"{three},/nowhere/gone.sqlite", *sql)
    assert (some.code, len(some.json)) == (7, 6)
    assert "gone (/nowhere/gone.sqlite) is missing: there is no CMDB" in some.err
    clock.forward(days=8)
    old = run("report", "run", "--cmdb", three, *sql)
    assert (old.code, len(old.json)) == (7, 6)
    assert "is stale: nothing changed in it for 8 days" in old.err
    assert run("report", "run", "--cmdb", three, *sql, "--stale-after", "30d").code == 0
    none = run("report", "run", "--cmdb", "/nowhere/gone.sqlite", *sql)
    assert (none.code, none.out) == (11, "")


def test_what_a_member_lacks_is_empty(three: str, clock: FrozenClock, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "rome.sqlite") as old:  # as an older program made it
        old.execute("DROP VIEW v_computer")
        old.execute("CREATE VIEW v_computer AS SELECT guid, name FROM resource")
        old.execute("DROP VIEW v_site")
        old.execute("UPDATE alembic_version SET version_num = '0003'")
    sql = "SELECT c.name AS name, c.os_family AS os, c.last_seen AS seen FROM v_computer c ORDER BY name"
    assert [row[2:4] for row in asked(three, sql, clock)] == [
        ("a1", None), ("a2", None), ("a3", None), ("b1", "linux"), ("b2", "mac"), ("c1", "windows"),
    ]  # fmt: skip
    assert asked(three, "SELECT s.name AS name FROM v_site s ORDER BY name", clock) == []


def test_a_data_class_of_one_member_is_empty_in_the_others(
    three: str, run: Run, bare_run: Run, clock: FrozenClock, tmp_path: Path
) -> None:
    given = tmp_path / "rack.yaml"
    given.write_text(RACK)
    added = bare_run("--db", str(tmp_path / "rome.sqlite"), "data-class", "add", "-f", str(given))
    assert added.code == 0, added.err
    sql = "SELECT c.name AS name, r.slot AS slot FROM v_computer c LEFT JOIN v_inv_rack r ON r.computer = c.name"
    (view,) = {v["name"] for v in bare_run("--db", str(tmp_path / "rome.sqlite"), "report", "views", "-o", "json").json
               if "rack" in v["name"]}  # fmt: skip
    assert [row[3] for row in asked(three, sql.replace("v_inv_rack", view), clock)] == [None] * 6


def test_a_row_leads_to_its_own_cmdb(three: str, run: Run, tmp_path: Path) -> None:
    sql = ("--sql", "SELECT name FROM v_computer ORDER BY name", "-o", "json")
    run("report", "add", "names", sql[0], sql[1], "--drilldown", "computer show {name}")
    rows = run("report", "run", "names", "--cmdb", three, "--drilldown", "-o", "json").json
    assert rows[0]["drilldown"] == f"itmsctl --db {tmp_path / 'rome.sqlite'} computer show a1"


def test_only_reading(three: str, clock: FrozenClock, tmp_path: Path) -> None:
    before = {p.name: p.read_bytes() for p in tmp_path.glob("*.sqlite")}
    asked(three, "SELECT name FROM v_computer", clock)
    (tmp_path / "empty.sqlite").touch()
    with pytest.raises(StorageError, match="there is no CMDB at"):
        asked(str(tmp_path / "empty.sqlite"), "SELECT name FROM v_computer", clock)
    assert {p.name: p.read_bytes() for p in tmp_path.glob("*.sqlite")} == {**before, "empty.sqlite": b""}


def test_a_report_with_such_a_column_of_its_own(three: str, clock: FrozenClock) -> None:
    with pytest.raises(ReportSqlError, match="a column `cmdb` of its own"):
        asked(three, "SELECT name AS cmdb FROM v_computer", clock)


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (["a.sqlite,b.sqlite"], ["a", "b"]),
        (["/x/cmdb.sqlite", "/y/cmdb.sqlite,/z/cmdb.sqlite"], ["cmdb", "cmdb-2", "cmdb-3"]),
        (["rome=/x/cmdb.sqlite"], ["rome"]),
        (["postgresql://itms@db/cmdb?sslmode=verify-full"], ["cmdb"]),
        (["rome=postgresql://itms@db/cmdb?options=-csearch_path%3Da"], ["rome"]),
        (["./odd=name.sqlite"], ["odd=name"]),
    ],
)
def test_each_has_a_name_of_its_own(texts: list[str], names: list[str]) -> None:
    assert [member.name for member in members_of(texts)] == names


@pytest.mark.parametrize(
    "texts", [["a.sqlite,a.sqlite"], ["a.sqlite,,b.sqlite"], [""], ["rome="], [",".join(map(str, range(101)))]]
)
def test_names_that_cannot_be(texts: list[str]) -> None:
    with pytest.raises(FieldError):
        members_of(texts)


def test_a_password_is_not_shown() -> None:
    with pytest.raises(FieldError) as error:
        members_of(["postgresql://u:secret@h/d,postgresql://u:secret@h/d"])
    assert "secret" not in str(error.value)


def test_merging_by_every_direction() -> None:
    one, other = [(1, None), (3, "b"), (5, None)], [(None, "c"), (2, "a")]
    up = merged(
        [lambda: iter([(1, 0), (3, 0), (None, 0)]), lambda: iter([(2, 0), (None, 1)])], [OrderedBy(0, False, False)], 0
    )
    assert [row[0] for row in up] == [1, 2, 3, None, None]
    down = merged([lambda: iter([(None, 0), (3, 0)]), lambda: iter([(2, 0)])], [OrderedBy(0, True, True)], 0)
    assert [row[0] for row in down] == [None, 3, 2]
    assert list(merged([lambda: iter(one), lambda: iter(other)], (), 0)) == one + other


TREE = {
    "head": CmdbBranch("h", {"r": "rome", "o": "oslo"}, own=2),
    "rome": CmdbBranch("r", {"p": "porto"}),
    "oslo": CmdbBranch("o"),
    "porto": CmdbBranch("p"),
}


@pytest.mark.parametrize(
    ("asked_of", "left", "words"),
    [
        ("head rome oslo", "head", "2 computers of its own;"),
        ("head rome", "head", "2 computers of its own and what oslo gave it;"),
        ("head rome oslo porto", "head rome", "which are asked themselves"),
        ("rome oslo porto", "rome", "it holds what porto has, which is asked itself; --with-top"),
        ("head", "", ""),
        ("rome oslo", "", ""),
        ("head porto", "", ""),  # whose computers came to it by rome: it is not known here
    ],
)
def test_a_top_whose_children_are_asked_is_left_out(asked_of: str, left: str, words: str) -> None:
    found = doubled({name: TREE[name] for name in asked_of.split()})
    assert sorted(found) == left.split()
    assert words in "".join(found.values())


def test_a_parent_is_left_out_where_its_child_is_asked(ok: Run, bare_run: Run, db: str, tmp_path: Path) -> None:
    child = str(tmp_path / "rome.sqlite")
    ok("hierarchy", "init", "head")
    ok("hierarchy", "add-child", "rome", "--db", child)
    for database, name in ((db, "of-head"), (child, "of-rome")):
        assert bare_run("--db", database, "computer", "add", name).code == 0
    assert bare_run("--db", child, "replication", "run").code == 0
    words = ("report", "run", "--cmdb", f"head={db},{child}", "--sql", "SELECT name FROM v_computer ORDER BY name")
    both = ok(*words, "-o", "json")
    assert [(row["cmdb"], row["name"]) for row in both.json] == [("rome", "of-rome")]
    assert (
        "is left out: it holds what rome has, which is asked itself; not in the answer: 1 computer of its own"
        in both.err
    )
    every = ok(*words, "--with-top", "-o", "json")
    assert [row["name"] for row in every.json] == ["of-head", "of-rome", "of-rome"]
    alone = ok("report", "run", "--cmdb", f"head={db}", "--sql", "SELECT name FROM v_computer", "-o", "json")
    assert len(alone.json) == 2
