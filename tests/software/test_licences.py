"""Licences against installation and use: the command and the report that is shipped tell the same."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.compare import declared
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.software import licensing
from tests.conftest import START, FrozenClock, Run
from tests.inventory.telling import tell
from tests.software.test_status import package

TODAY = date(2026, 11, 30)
NAMES = [f"c{number}" for number in range(5)]


@pytest.mark.parametrize(
    ("kind", "installed", "metered", "users", "expected"),
    [
        (None, 7, 0, 0, 7),
        ("device", 7, 7, 2, 7),
        (" Device ", 7, 7, 2, 7),
        ("site", 7, 0, 0, 1),
        ("site", 0, 0, 0, 0),
        ("user", 7, 7, 3, 3),
        ("user", 7, 6, 3, None),
        ("core", 7, 7, 3, None),
    ],
)
def test_what_is_needed_follows_from_what_a_licence_counts(
    kind: str | None, installed: int, metered: int, users: int, expected: int | None
) -> None:
    assert licensing.needed(kind, installed, metered, users) == expected


@pytest.mark.parametrize(
    ("bought", "need", "until", "expected"),
    [
        (5, 5, None, "even"),
        (5, 6, None, "over-deployed"),
        (5, 4, None, "under-deployed"),
        (0, 0, None, "even"),
        (0, 1, None, "over-deployed"),
        (5, 4, "2026-11-30", "under-deployed"),
        (5, 4, "2026-11-29", "expired"),
        (5, 0, "2026-11-29", "under-deployed"),
        (None, 4, None, "not counted"),
        (5, None, "2026-11-29", "not counted"),
    ],
)
def test_how_licences_stand(bought: int | None, need: int | None, until: str | None, expected: str) -> None:
    assert licensing.standing(bought, need, until, TODAY) == expected


def used(unit: UnitOfWork) -> None:
    """Meter c0 to c3, the last only lately: `cad` is used on c0 and c1 by its product, long ago on c2."""
    ids = {row.name: row.id for row in unit.rows(sa.text("SELECT id, name FROM resource"))}
    tables = declared().tables

    def insert(table: str, **values: Any) -> None:
        unit.connection.execute(sa.insert(tables[table]).values(**values))

    for id_, program, product in ((1, "acad", "Cad-Suite"), (2, "cad", None), (3, "other", "cad-suite-help")):
        insert("metering_program", program_id=id_, program=program, file_name=program, product=product)
    for name, days in (("c0", 200), ("c1", 200), ("c2", 200), ("c3", 5)):
        begun = unit.now - timedelta(days=days)
        insert("metering_state", computer_id=ids[name], class_name="usage", begun_at=begun, source="t")
    for name, program, days in (("c0", 1, 3), ("c0", 2, 300), ("c1", 2, 80), ("c2", 1, 150), ("c3", 3, 1)):
        at = unit.now - timedelta(days=days)
        insert(
            "metering_usage", computer_id=ids[name], program_id=program, first_used=at, last_used=at, last_user="jim",
            starts=1, seconds=1.0, peak=1, denials=0, violations=0,
        )  # fmt: skip


def test_the_command_and_the_report_tell_the_same(ok: Run, store: Store, clock: FrozenClock) -> None:
    for name in NAMES:
        ok("computer", "add", name)
    clock.forward(days=1)
    tell(store, START, {name: {"software": [package("cad", "1-1")]} for name in NAMES})
    until = (clock() + timedelta(days=9)).date().isoformat()
    given = ("--licenses", "4", "--license-until", until, "--discovered", "cad-suite", "--discovered", "cad-*")
    ok("software", "add", "cad", "--detect", "package cad", *given)
    ok("software", "add", "site", "--detect", "package cad", "--licenses", "1", "--license-type", "site")
    ok("software", "add", "user", "--detect", "package cad", "--licenses", "3", "--license-type", "user")
    ok("software", "add", "free", "--detect", "package cad")
    store.write(used)
    rows = {row["software"]: row for row in ok("software", "licences", "-o", "json").json}
    assert list(rows) == ["cad", "site", "user"]
    figures = ("licenses", "needed", "balance", "installed", "metered", "used", "idle", "days_left", "standing")
    assert [rows["cad"][name] for name in figures] == [4, 5, -1, 5, 4, 2, 1, 9, "over-deployed"]
    assert [rows["site"][name] for name in figures[:3]] == [1, 1, 0]
    assert [rows["user"][name] for name in figures[:3]] == [3, None, None]
    told = {row["name"]: row for row in ok("report", "run", "licences", "-o", "json").json}
    assert told.keys() == rows.keys()
    for name, row in rows.items():
        both = row.keys() & told[name].keys()
        assert {key: told[name][key] for key in both} == {key: row[key] for key in both}
    assert len(both) == 8
    late = ok("software", "licences", "cad", "--unused", "30d", "-o", "json").json[0]
    assert (late["used"], late["idle"]) == (1, 2)
    assert ok("software", "licences", "free", "-o", "json").json[0]["standing"] == "not counted"
    assert "over-deployed" in ok("software", "licences", "-o", "table").out
