"""`plan`, `diff`, saved plans: what is said is what happens, or nothing does."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import Run
from tests.plans.conftest import ESTATE, Write

CHANGE = """\
{kind: site, name: rome, spec: {region: Latium, time_zone: null}}
---
{kind: subnet, name: 10.1.0.0/16, state: absent}
---
{kind: computer, name: pc1, spec: {os_family: windows}}
---
{kind: computer, name: pc2, spec: {os_family: linux}}
"""


@pytest.fixture
def estate(ok: Run, write: Write) -> str:
    ok("apply", "-f", write(ESTATE))
    return write(CHANGE, "change.yaml")


def test_a_plan_says_every_deletion_every_loss_and_every_field(estate: str, ok: Run) -> None:
    rows = ok("plan", "-f", estate, "-o", "ndjson").lines
    said = [(row["action"], row["object"], row.get("computer")) for row in rows]
    assert said == [
        ("delete", "subnet/10.1.0.0/16", None),
        ("leave", "site/rome", "pc1"),
        ("leave", "filter/linux", "pc1"),
        ("leave", "target/t", "pc1"),
        ("create", "computer/pc2", None),
        ("update", "computer/pc1", None),
        ("update", "site/rome", None),
    ]
    assert rows[-1]["changes"] == {
        "time_zone": {"before": "Europe/Rome", "after": None},
        "region": {"before": "Lazio", "after": "Latium"},
    }


def test_it_reads_well_at_80_columns_and_nothing_is_cut_in_a_pipe(estate: str, ok: Run, write: Write) -> None:
    long = "x" * 300
    path = write(f"kind: site\nname: rome\nspec: {{description: {long}}}\n")
    assert long in ok("plan", "-f", path).out
    assert long in ok("diff", "-f", path).out
    for command in ("plan", "diff"):
        shown = ok(command, "-f", estate, "-o", "table", terminal=True, env={"COLUMNS": "80"})
        lines = [line for line in shown.out.splitlines() if "\x1b" not in line]
        assert all(len(line) <= 80 for line in lines)
        assert "1 to delete" in shown.err
        assert shown.out.index("subnet/10.1.0.0/16") < shown.out.index("computer/pc2")


def test_differences_are_told_by_the_exit_status(estate: str, run: Run, ok: Run) -> None:
    assert run("plan", "-f", estate, "--exit-code").code == 20
    assert run("diff", "-f", estate, "--exit-code").code == 20
    ok("apply", "-f", estate, "--yes")
    assert run("plan", "-f", estate, "--exit-code").code == 0
    assert run("diff", "-f", estate, "--exit-code").code == 0
    assert "no differences" in run("diff", "-f", estate).err


def counters(store: Store) -> Any:
    """Return what a change of the database would move: SQLite's own counter, on PostgreSQL every table with its
    versions.
    """
    if store.place.is_sqlite:
        connection = sqlite3.connect(str(store.place))
        try:
            return Path(str(store.place)).read_bytes()[24:28], connection.execute("PRAGMA schema_version").fetchone()
        finally:
            connection.close()
    with store.read() as reader:
        tables = reader.connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return [
            reader.connection.exec_driver_sql(
                f"SELECT '{name}', md5(string_agg(xmin::text || ctid::text, ',' ORDER BY ctid)) FROM \"{name}\""
            ).one()
            for name in sorted(tables.scalars())
        ]


def test_neither_writes_anything(estate: str, ok: Run, store: Store, tmp_path: Path) -> None:
    before = counters(store)
    ok("plan", "-f", estate, "--out", str(tmp_path / "saved.plan"))
    ok("diff", "-f", estate)
    ok("apply", "-f", estate, "--dry-run")
    assert counters(store) == before


# --- saved plans ------------------------------------------------------------------------------------------------------


@pytest.fixture
def plan(estate: str, ok: Run, tmp_path: Path) -> str:
    path = str(tmp_path / "saved.plan")
    ok("plan", "-f", estate, "--out", path)
    assert Path(path).stat().st_mode & 0o777 == 0o600
    return path


def test_a_saved_plan_does_exactly_what_it_says_once(plan: str, estate: str, run: Run, ok: Run) -> None:
    Path(estate).unlink()
    ok("site", "add", "elsewhere")  # a change that it does not touch
    assert run("apply", plan).code == 2
    done = ok("apply", plan, "--yes", "-o", "ndjson").lines
    assert {row["object"]: row["action"] for row in done} == {
        "site/rome": "updated", "subnet/10.1.0.0/16": "deleted", "computer/pc1": "updated", "computer/pc2": "created",
    }  # fmt: skip
    again = run("apply", plan, "--yes")
    assert (again.code, "PLAN-STALE" in again.err) == (6, True)


@pytest.mark.parametrize(
    "touch",
    [
        ("site", "set", "rome", "--description", "x"),
        ("subnet", "set", "10.1.0.0/16", "--description", "x"),
        ("computer", "set", "pc1", "--description", "x"),
        ("computer", "add", "pc2"),
    ],
)
def test_one_touched_row_is_exit_6_and_nothing_is_written(plan: str, run: Run, ok: Run, touch: tuple[str, ...]) -> None:
    ok(*touch)
    before = ok("export").out
    result = run("apply", plan, "--yes")
    assert result.code == 6
    assert "plan again" in result.err
    assert ok("export").out == before


def test_what_is_only_named_is_touched_too(estate: str, run: Run, ok: Run, write: Write, tmp_path: Path) -> None:
    saved = str(tmp_path / "named.plan")
    ok("plan", "-f", write("kind: subnet\nname: 10.2.0.0/16\nspec: {site: rome}\n"), "--out", saved)
    ok("site", "set", "rome", "--description", "x")
    assert run("apply", saved).code == 6


def test_a_plan_that_was_edited_is_refused(plan: str, run: Run, ok: Run, write: Write) -> None:
    text = Path(plan).read_text()
    for odd, status in (
        (text.replace("Latium", "Umbria"), 14),
        (text.replace('"version": 2', '"version": 3'), 3),
        (text[: len(text) // 2], 3),
        ("{}", 3),
        ("[]", 3),
        ('{"format": "itmsctl-plan", "version": 2}', 14),
    ):
        result = run("apply", write(odd, "odd.plan"), "--yes")
        assert (result.code, "internal error" in result.err) == (status, False), result.err
    assert run("apply", "nothing.plan").code == 3
    assert run("plan", "-f", plan, "--out", plan).code == 3
    assert run("apply", plan, "-f", plan).code == 2


def test_a_plan_is_for_one_database(plan: str, bare_run: Run, tmp_path: Path) -> None:
    result = bare_run("--db", str(tmp_path / "other.sqlite"), "apply", plan, "--yes")
    assert (result.code, "another database" in result.err) == (6, True)


def test_a_table_that_changed_is_exit_6(run: Run, ok: Run, write: Write, tmp_path: Path) -> None:
    write("name,port\npc1,22\n", "computers.csv")
    path = write("kind: import\nnoun: computer\nfrom: computers.csv\n")
    one, two = str(tmp_path / "1.plan"), str(tmp_path / "2.plan")
    ok("plan", "-f", path, "--out", one)
    write("name,port\npc1,23\n", "computers.csv")
    assert run("apply", one).code == 6
    ok("plan", "-f", path, "--out", two)
    ok("computer", "add", "pc1", "--port", "24")
    assert run("apply", two).code == 6
    assert ok("computer", "show", "pc1", "-o", "json").json["port"] == 24


def test_a_file_that_is_there_is_not_written_over(plan: str, estate: str, run: Run) -> None:
    before = Path(plan).read_text()
    assert run("plan", "-f", estate, "--out", plan).code == 6
    assert Path(plan).read_text() == before
    assert json.loads(before)["version"] == 2
