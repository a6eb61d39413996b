"""SQL filters at run time: the engine itself refuses to write, and to run without end (FILT-10)."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader
from itmsctl.errors import SqlFilterError
from itmsctl.targeting.service.sqlrun import checked, matching_ids
from tests.conftest import FrozenClock

ENDLESS = """
    WITH RECURSIVE n(i) AS (SELECT 1 AS i FROM v_computer UNION ALL SELECT i + 1 FROM n)
    SELECT CAST(i AS TEXT) AS guid FROM n
"""


def tables(reader: Reader) -> int:
    return int(reader.scalar(sa.text("SELECT count(*) FROM resource_tag")))


# What the check of the text refuses is given to the engine here all the same: the second guard holds alone.
@pytest.mark.parametrize(
    "query",
    [
        "WITH d AS (DELETE FROM resource_tag RETURNING resource_id) SELECT guid FROM v_computer",
        "SELECT guid FROM v_computer) AS x; DELETE FROM resource_tag; --",
    ],
)
def test_the_engine_refuses_what_the_check_would(estate: Store, query: str) -> None:
    with estate.read() as reader:
        before = tables(reader)
    with pytest.raises(SqlFilterError):
        estate.write(lambda unit: matching_ids(unit, query))
    with estate.read() as reader:
        assert tables(reader) == before


def test_sqlite_reads_no_table_but_by_a_documented_view(sqlite_db: str, tmp_path: Path) -> None:
    place = place_of(sqlite_db)
    store = open_store(place, clock=FrozenClock(), actor=Actor("tester", "test"), state_folder=tmp_path / "state")
    with store.read() as reader, pytest.raises(SqlFilterError, match="refused the query"):
        matching_ids(reader, "SELECT value AS guid FROM meta")
    store.close()


def test_a_query_without_end_is_stopped_and_the_work_goes_on(estate: Store) -> None:
    def work(unit: Reader) -> int:
        checked(unit, ENDLESS)
        with pytest.raises(SqlFilterError, match=r"over its limit of 0\.5 s"):
            matching_ids(unit, ENDLESS, limit_s=0.5)
        unit.connection.execute(sa.text("UPDATE computer SET port = 7"))  # the transaction can still write
        return tables(unit)

    assert estate.write(work) == 4
    with estate.read() as reader:
        assert reader.scalar(sa.text("SELECT min(port) FROM computer")) == 7


def test_a_with_must_not_hide_a_table(estate: Store) -> None:
    query = "WITH resource AS (SELECT guid FROM v_tag) SELECT guid FROM resource"
    with estate.read() as reader, pytest.raises(SqlFilterError, match="is the name of a table"):
        checked(reader, query)


def test_an_engine_error_is_told(estate: Store) -> None:
    with estate.read() as reader, pytest.raises(SqlFilterError) as told:
        matching_ids(reader, "SELECT nosuch AS guid FROM v_computer")
    assert "nosuch" in told.value.why
    with estate.read() as reader:
        assert len(matching_ids(reader, "SELECT guid FROM v_computer -- a comment")) == 4
