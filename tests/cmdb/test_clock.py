"""A clock that jumps: times in the audit never run backwards, and one that is off is told."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from itmsctl.cmdb import chain
from itmsctl.cmdb.rows import change_sets
from tests.cmdb.conftest import Opened
from tests.cmdb.nouns import SITES
from tests.conftest import START, FrozenClock, Run


def test_times_in_the_audit_never_run_backwards(db: str, opened: Opened, clock: FrozenClock) -> None:
    for number, days in enumerate((0, -2200, 1500, 0, 1501)):
        clock.moment = START + timedelta(days=days)
        opened(db).write(lambda unit, number=number: SITES.add(unit, f"s{number}", {}))
    with opened(db).read() as reader:
        times = list(reader.connection.execute(sa.select(change_sets.c.at).order_by(change_sets.c.seq)).scalars())
        assert chain.verify(reader.connection) == 5
    assert times == [START, START, *[START + timedelta(days=1500)] * 2, START + timedelta(days=1501)]


def test_a_clock_that_is_off_is_told(ok: Run, run: Run, clock: FrozenClock) -> None:
    ok("site", "add", "rome")
    clock.forward(minutes=-4)
    assert ok("site", "list").err == "", "two machines may differ a little"
    clock.forward(days=-2200)
    found = ok("site", "add", "oslo")
    assert "warning: the clock says 2019-" in found.err
    assert "the last change was recorded at 2026-01-05T09:00:00Z" in found.err
    checks = {row["id"]: row for row in run("doctor", "-o", "json").json}
    assert checks["CLOCK"]["severity"] in {"warning", "error"}
    assert ok("audit", "verify").code == 0
    clock.moment = START
    assert ok("site", "list").err == ""
    clock.forward(seconds=2)
    assert ok("site", "list", "--as-of", "1s", "-o", "name").out.split() == ["oslo", "rome"]


@pytest.mark.parametrize("at", ["", "x", "9999", "2026-01-05"])
def test_a_time_that_was_never_written_by_us_keeps_nobody_from_working(bare_run: Run, sqlite_db: str, at: str) -> None:
    bare_run("--db", sqlite_db, "site", "add", "rome")
    with sqlite3.connect(sqlite_db) as connection:
        connection.execute("UPDATE change_set SET at = ?", (at,))
    connection.close()
    assert bare_run("--db", sqlite_db, "site", "add", "oslo").code == 0
    assert bare_run("--db", sqlite_db, "audit", "verify").code == 14
    assert Path(sqlite_db).exists()
