"""Rows that PostgreSQL takes as bytes are the rows that were meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from itmsctl.cmdb import binary_rows as fields
from tests.servers.postgres import PostgresServer

FIELDS: dict[str, Callable[[Any], bytes]] = {
    "bigint": fields.bigint_field,
    "double precision": fields.double_field,
    "boolean": fields.truth_field,
    "text": fields.text_field,
    "bytea": fields.binary_field,
    "timestamptz": fields.moment_field,
}
COLUMNS = [f"c{place}" for place in range(len(FIELDS))]
ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.none() | st.floats(allow_nan=False),
        st.none() | st.booleans(),
        st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300),
        st.none() | st.binary(max_size=300),
        st.none() | st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001 - it takes no other
    ),
    max_size=20,
)


@pytest.fixture
def connection(postgres_server: PostgresServer) -> Iterator[Connection]:
    engine = sa.create_engine(postgres_server.url("postgres").replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        said = ", ".join(f"{name} {kind}" for name, kind in zip(COLUMNS, FIELDS, strict=True))
        connection.exec_driver_sql(f"CREATE TEMPORARY TABLE pour (number bigint, {said})")
        yield connection
    engine.dispose()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_rows_arrive_as_they_were(connection: Connection, rows: list[tuple[Any, ...]]) -> None:
    connection.exec_driver_sql("TRUNCATE pour")
    ready = [row_of(number, row) for number, row in enumerate(rows)]
    fields.copy_rows(connection, "pour", ["number", *COLUMNS], ready)
    found = connection.exec_driver_sql(f"SELECT {', '.join(COLUMNS)} FROM pour ORDER BY number")
    assert [tuple(row) for row in found] == rows


def test_more_rows_than_are_handed_over_at_once(connection: Connection) -> None:
    fields.copy_rows(connection, "pour", ["number"], (row_of(number, ()) for number in range(10_000)))
    assert tuple(connection.exec_driver_sql("SELECT count(*), sum(number) FROM pour").one()) == (10_000, 49_995_000)


def test_what_the_server_refuses_is_told_as_of_any_statement(connection: Connection) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="pour"):
        fields.copy_rows(connection, "pour", ["number"], [row_of(1, (2,))])


def row_of(number: int, values: tuple[Any, ...]) -> bytes:
    told = zip(values, FIELDS.values(), strict=False)
    said = [fields.NOTHING if value is None else field(value) for value, field in told]
    return (len(said) + 1).to_bytes(2, "big") + fields.bigint_field(number) + b"".join(said)
