"""The cluster that other tests stand on keeps its promises."""

from __future__ import annotations

import psycopg
import pytest

from tests.servers import missing
from tests.servers.postgres import PostgresServer, find_binaries, postgres_server

__all__ = ["postgres_server"]


def _ask(dsn: str, sql: str):
    with psycopg.connect(dsn) as connection:
        return connection.execute(sql.encode()).fetchone()


def test_a_database_is_copied_from_a_template(postgres_server):
    with postgres_server.database("template_a") as dsn:
        with psycopg.connect(dsn) as connection:
            connection.execute("create table kept (n int)")
        with postgres_server.database("copy_a", template="template_a") as copy:
            assert _ask(copy, "select count(*) from kept") == (0,)


def test_another_collation_sorts_otherwise(postgres_server):
    with postgres_server.database("icu_a", icu_locale="en-US") as dsn:
        assert _ask(dsn, "select 'a' < 'B', 'a' < 'B' collate \"C\"") == (True, False)


def test_data_outlives_a_crash_of_the_server():
    binaries = find_binaries()
    if binaries is None:
        missing("postgres", "no initdb on this machine")
    server = PostgresServer(binaries)
    try:
        dsn = server.create_database("crash_a")
        with psycopg.connect(dsn) as connection:
            connection.execute("create table kept (n int)")
        server.restart("immediate")
        assert _ask(dsn, "select count(*) from kept") == (0,)
        server.halt()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(dsn, connect_timeout=5)
        server.restart()
        assert _ask(dsn, "select 1") == (1,)
    finally:
        server.stop()
    assert not server.home.exists()


def test_a_required_server_that_is_missing_is_a_failure(monkeypatch):
    monkeypatch.setenv("ITMSCTL_TEST_REQUIRE", "ssh, postgres")
    with pytest.raises(pytest.fail.Exception):
        missing("postgres", "none")
    monkeypatch.setenv("ITMSCTL_TEST_REQUIRE", "ssh")
    with pytest.raises(pytest.skip.Exception):
        missing("postgres", "none")
