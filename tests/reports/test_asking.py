"""Running reports on both engines: equal answers, typed values, limits, and nothing but reading."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.cmdb import readonly
from itmsctl.cmdb.engine import DatabasePlace
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.errors import DatabaseBusyError, DatabaseUnavailableError, FieldError, InputError, ReportSqlError
from itmsctl.reports.service import Asked, answer
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.values.parameters import parameter_fields
from tests.conftest import START
from tests.reports.scene import fill

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 AS i FROM v_site UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS m FROM n"
TYPES = ("text", "int", "real", "bool", "time", "duration", "choice")


def rows(store: Store, sql: str, *parameters: str, lead: str | None = None, **options: Any) -> list[dict[str, Any]]:
    fields = {"sql": sql, "drilldown": lead} | parameter_fields(parameters, TYPES)
    with answer(store.read, Asked(fields, **options)) as found:
        return list(found.rows(lead=lead is not None))


def values(store: Store, sql: str, *parameters: str, **options: Any) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in rows(store, sql, *parameters, **options)]


# What the engines would say differently, were they asked with the same text.
ALIKE: list[tuple[str, list[tuple[Any, ...]]]] = [
    ("SELECT name FROM v_computer WHERE name LIKE 'A%'", []),
    ("SELECT name FROM v_computer WHERE name ILIKE 'A%'", [("ada",)]),
    ("SELECT os_family AS f FROM v_computer GROUP BY os_family ORDER BY f", [("linux",), ("windows",), (None,)]),
    ("SELECT os_family AS f FROM v_computer GROUP BY os_family ORDER BY f DESC", [(None,), ("windows",), ("linux",)]),
    ("SELECT 7 / 2 AS d, round(7 / 2.0, 1) AS r FROM v_site LIMIT 1", [(3, 3.5)]),
    ("SELECT sum(port) AS s, avg(port) AS a, count(port) AS c FROM v_computer", [(None, None, 0)]),
    ("SELECT sum(attempt) AS s, round(avg(duration_s), 2) AS a FROM v_run_computer", [(8, 1.5)]),
    ("SELECT DISTINCT junk FROM v_identity", [(False,)]),
    ("SELECT day_of(last_seen) AS day FROM v_computer WHERE name = 'ada'", [("2026-01-04",)]),
    ("SELECT round(days_between(last_seen, :now), 1) AS d FROM v_computer WHERE name = 'cyd'", [(31.5,)]),
    ("SELECT coalesce(last_seen, :now) AS t FROM v_computer WHERE name = 'eve'", [(START,)]),
    ("SELECT max(last_seen) AS t FROM v_computer", [(START - timedelta(days=1),)]),
    ("SELECT greatest(1, 3, 2) AS g, least(1, 3, 2) AS l FROM v_site LIMIT 1", [(3, 1)]),
    ("SELECT strpos(name, 'd') AS p, upper(name) AS u FROM v_computer WHERE name = 'dan'", [(1, "DAN")]),
    ("SELECT concat(name, '-', os_family) AS c FROM v_computer WHERE name = 'dan'", [("dan-linux",)]),
    ("SELECT name, row_number() OVER (ORDER BY name DESC) AS n FROM v_site ORDER BY n", [("rome", 1), ("oslo", 2)]),
    ("SELECT count(*) FILTER (WHERE state = 'succeeded') AS ok, count(*) > 3 AS many FROM v_run_computer", [(3, True)]),
    ("SELECT CASE WHEN last_seen IS NULL THEN 'never' ELSE 'once' END AS s, count(*) AS n FROM v_computer GROUP BY s "
     "ORDER BY s", [("never", 2), ("once", 3)]),
    ("SELECT '50%' AS p, ':x' AS c, 'a''b' AS q FROM v_site LIMIT 1", [("50%", ":x", "a'b")]),
]  # fmt: skip


def test_both_engines_answer_alike(store: Store) -> None:
    fill(store)
    for sql, wanted in ALIKE:
        found = values(store, sql)
        assert found == wanted, sql
        assert [list(map(type, row)) for row in found] == [list(map(type, row)) for row in wanted], sql


def test_parameters_are_values_and_never_text(store: Store) -> None:
    fill(store)
    sql = "SELECT name FROM v_computer WHERE name = :who OR os_family = :who ORDER BY name"
    for hostile in ("' OR 1=1 --", "ada'; DROP VIEW v_tag; --", "%(x)s", "$1", ":now", "\\", "?1"):
        assert values(store, sql, "who", given={"who": hostile}) == []
    assert values(store, sql, "who", given={"who": "windows"}) == [("cyd",)]
    assert values(store, "SELECT count(*) AS n FROM v_tag") == [(3,)]


def test_every_type_of_parameter(store: Store) -> None:
    sql = "SELECT :t AS t, :i AS i, :r AS r, :b AS b, :w AS w, :d AS d, :c AS c FROM v_site LIMIT 1"
    fill(store)
    declared = ("t=x", "i:int=3", "r:real=2.5", "b:bool=yes", "w:time=2d", "d:duration=1h", "c:choice(p,q)=q")
    (row,) = rows(store, sql, *declared)
    assert row == {"t": "x", "i": 3, "r": 2.5, "b": True, "w": START - timedelta(days=2), "d": 3600.0, "c": "q"}
    (row,) = rows(store, sql, *declared, given={"w": "2026-01-01T01:00:00+01:00"})
    assert row["w"] == datetime(2026, 1, 1, tzinfo=UTC)
    for bad in ({"i": "x"}, {"b": "perhaps"}, {"w": "yesterday"}, {"d": "long"}, {"c": "z"}, {"zz": "1"}):
        with pytest.raises(InputError):
            rows(store, sql, *declared, given=bad)
    with pytest.raises(InputError):
        rows(store, "SELECT :i AS i FROM v_site", "i:int", given={"i": "9" * 30})
    with pytest.raises(InputError, match="parameter `t` has no value"):
        rows(store, "SELECT :t AS t FROM v_site", "t:text")


def test_rows_end_at_the_limit_and_that_is_told(store: Store) -> None:
    fill(store)
    sql = "SELECT name FROM v_computer ORDER BY name"
    for limit, shown, truncated in ((2, 2, True), (5, 5, False), (6, 5, False), (0, 5, False), (None, 5, False)):
        with answer(store.read, Asked({"sql": sql}, limit=limit)) as found:
            assert (len(list(found.rows())), found.truncated) == (shown, truncated), limit
    with answer(store.read, Asked({"sql": sql, "limit": 1})) as found:
        assert [row["name"] for row in found.rows()] == ["ada"]
        assert [row["name"] for row in found.rows()] == ["ada"], "rows may be read twice"
        assert found.truncated
    with pytest.raises(FieldError):
        rows(store, sql, limit=-1)


def test_a_report_without_end_is_stopped(store: Store) -> None:
    fill(store)
    with pytest.raises(ReportSqlError, match=r"over its limit of 0\.5 s") as told:
        rows(store, ENDLESS, time_limit_s=0.5)
    assert "--time-limit" in told.value.hint
    assert values(store, "SELECT count(*) AS n FROM v_site") == [(2,)]
    with pytest.raises(FieldError):
        rows(store, ENDLESS, time_limit_s=1e9)


def test_many_rows_come_in_their_order(store: Store) -> None:
    fill(store)
    sql = "SELECT a.name AS n FROM v_computer a " + " ".join(f"CROSS JOIN v_computer b{i}" for i in range(5))
    found = values(store, sql + " ORDER BY a.name", limit=0)
    assert len(found) == 5**6
    assert found == sorted(found)


def ask(store: Store, sql: str, then: Callable[[], None] = lambda: None) -> int:
    """Ask the engine something that no check has seen, and do something between its pages."""
    question = readonly.Question(sql, 30, frozenset({"max"}), ReportSqlError)
    count = 0
    with store.read() as reader, readonly.asked(reader, question) as pages:
        for page in pages:
            count += len(page)
            then()
    return count


@pytest.mark.parametrize(
    "sql", ["DELETE FROM resource_tag", "SELECT 1; DELETE FROM resource_tag", "UPDATE computer SET port = 1"]
)
def test_the_engine_itself_refuses_to_write(store: Store, sql: str) -> None:
    fill(store)
    with pytest.raises(ReportSqlError):
        ask(store, sql)
    assert values(store, "SELECT count(*) AS n FROM v_tag") == [(3,)]


@pytest.mark.parametrize("db", ["postgres"], indirect=True)
def test_a_server_that_goes_away_is_not_the_fault_of_the_query(store: Store) -> None:
    fill(store)

    def kill() -> None:
        with store.engine.connect() as other:
            idle = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state LIKE 'idle in%'"
            other.execute(sa.text(idle))

    many = "SELECT 1 FROM v_computer a, v_computer b, v_computer c, v_computer d, v_computer e"
    assert ask(store, many) == 5**5
    with pytest.raises(DatabaseUnavailableError):
        ask(store, many, kill)


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_a_database_that_is_busy_is_not_the_fault_of_the_query(
    store: Store, place: DatabasePlace, tmp_path: Path
) -> None:
    fill(store)
    store.close()
    hurried = open_store(
        place, clock=store.clock, actor=store.actor, state_folder=tmp_path / "state", busy_timeout_s=0.05
    )
    writer = sqlite3.connect(str(place), isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DatabaseBusyError):
        values(hurried, "SELECT name FROM v_site")
    writer.close()
    assert values(hurried, "SELECT count(*) AS n FROM v_site") == [(2,)]
    hurried.close()


@pytest.mark.parametrize("db", ["sqlite"], indirect=True)
def test_an_interrupt_while_the_engine_works_is_one(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    calls = iter([0.0])

    def monotonic() -> float:
        for moment in calls:
            return moment
        raise KeyboardInterrupt  # where a signal's handler would: inside the callback, where the driver swallows it

    monkeypatch.setattr(readonly, "time", SimpleNamespace(monotonic=monotonic))
    with pytest.raises(KeyboardInterrupt):
        ask(store, ENDLESS)
    monkeypatch.undo()
    assert values(store, "SELECT count(*) AS n FROM v_site") == [(2,)]


def test_names_from_outside_reach_a_shell_as_one_word(store: Store) -> None:
    hostile = "it's $(reboot); `x` \u202e"
    store.write(lambda unit: COMPUTERS.add(unit, "x", {"description": hostile}))
    store.write(lambda unit: COMPUTERS.add(unit, "y", {}))
    found = rows(store, "SELECT name, description FROM v_computer ORDER BY name",
                 lead="itmsctl  computer list --where {description}")  # fmt: skip
    assert found[0]["drilldown"] == "itmsctl computer list --where 'it'\"'\"'s $(reboot); `x` \u202e'"
    assert found[1]["drilldown"] is None, "there is nothing to lead by"
