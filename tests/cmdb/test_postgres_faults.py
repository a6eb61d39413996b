"""What a server can do to us: be away, refuse, be read-only, be full of sessions, restart, cut a COMMIT off."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from itmsctl import errors
from itmsctl.cmdb import chain
from itmsctl.cmdb.work import UnitOfWork
from tests.cmdb.conftest import Opened
from tests.cmdb.nouns import SITES
from tests.conftest import Run
from tests.servers.postgres import Mode, PostgresServer


@pytest.fixture
def dsn(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    with postgres_server.database("itms_faults", template=postgres_template) as found:
        yield found


def add(store, name: str) -> None:
    store.write(lambda unit: SITES.add(unit, name, {}))


def names(store) -> list[str]:
    with store.read() as reader:
        chain.verify(reader.connection)
        return [d.name for d in SITES.list(reader)]


@pytest.mark.parametrize(
    ("url", "error", "said"),
    [
        ("postgresql://x@127.0.0.1:1/y", errors.DatabaseUnavailableError, "does not answer"),
        ("postgresql://x@/y?host=/nope", errors.DatabaseUnavailableError, "does not answer"),
    ],
)
def test_a_server_that_is_away_is_told_at_once(opened: Opened, url: str, error: type, said: str) -> None:
    begun = time.monotonic()
    with pytest.raises(error, match=said) as caught:
        opened(url)
    assert "is the server running?" in caught.value.hint
    assert time.monotonic() - begun < 8


def test_a_refused_login_is_told_apart(postgres_server: PostgresServer, opened: Opened) -> None:
    for url in (postgres_server.dsn("itms_nowhere"), postgres_server.dsn().replace("itms@", "nobody@")):
        with pytest.raises(errors.DatabaseUnavailableError, match="refused the login") as caught:
            opened(url)
        assert "pgpass" in caught.value.hint
        assert "does not exist" in caught.value.why


def test_a_read_only_server_can_be_read_and_says_so_when_written(
    postgres_server: PostgresServer, dsn: str, opened: Opened
) -> None:
    writable = opened(dsn)
    add(writable, "rome")
    writable.close()
    postgres_server.execute("ALTER DATABASE itms_faults SET default_transaction_read_only = on")
    store = opened(dsn)
    assert names(store) == ["rome"]
    with pytest.raises(errors.DatabaseReadOnlyError, match="is read-only; nothing was recorded") as caught:
        add(store, "oslo")
    assert "primary server" in caught.value.hint


def test_no_free_connection_is_told(dsn: str, opened: Opened) -> None:
    store = opened(dsn, pool_size=1)
    store.engine.pool._timeout = 0.2
    with store.read(), pytest.raises(errors.DatabaseUnavailableError, match="no free connection") as caught:
        add(store, "rome")
    assert "--concurrency" in caught.value.hint


def test_writers_wait_for_each_other_and_give_up_as_busy(dsn: str, opened: Opened) -> None:
    store, other = opened(dsn), opened(dsn)
    other.sleep = lambda _s: None
    other.patience_s = 0.0
    inside, leave = threading.Event(), threading.Event()

    def hold(unit: UnitOfWork) -> None:
        inside.set()
        assert leave.wait(20)

    holder = threading.Thread(target=store.write, args=(hold,))
    holder.start()
    assert inside.wait(10)
    assert other.write(lambda unit: unit.next_ids(1), overlap=True), "one that overlaps does not wait"
    begun = time.monotonic()
    with pytest.raises(errors.DatabaseBusyError, match="others were changing"):
        add(other, "rome")
    assert 4 < time.monotonic() - begun < 15, "lock_timeout is five seconds"
    leave.set()
    holder.join()
    add(other, "rome")


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_restart_in_the_middle_of_writing_loses_and_repeats_nothing(
    postgres_server: PostgresServer, dsn: str, opened: Opened, mode: Mode
) -> None:
    store = opened(dsn)
    acknowledged: list[str] = []
    failures: list[BaseException] = []
    enough = threading.Event()

    def write() -> None:
        for i in range(100_000):
            if enough.is_set():
                return
            try:
                add(store, f"s{i:06}")
            except Exception as error:  # noqa: BLE001 - the test shows whatever it is
                failures.append(error)
                return
            acknowledged.append(f"s{i:06}")

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(2):
        wanted = len(acknowledged) + 15
        while len(acknowledged) < wanted and writer.is_alive():
            time.sleep(0.01)
        postgres_server.restart(mode)
    wanted = len(acknowledged) + 15
    while len(acknowledged) < wanted and writer.is_alive():
        time.sleep(0.01)
    enough.set()
    writer.join(90)
    assert [f"{f!r} {vars(f)}" for f in failures] == []
    assert names(store) == acknowledged
    with store.read() as reader:
        assert reader.scalar(sa.text("SELECT count(*) FROM change")) == len(acknowledged)


def test_a_session_that_is_killed_in_commit_is_applied_once(
    postgres_server: PostgresServer, dsn: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(dsn)
    real = sa.Connection.commit
    kills = {"before": 0, "after": 0}

    def commit(connection: sa.Connection) -> None:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        if kills["before"] < 2:
            kills["before"] += 1
            postgres_server.execute(f"SELECT pg_terminate_backend({pid})")
            real(connection)
        elif kills["after"] < 1:
            kills["after"] += 1
            real(connection)  # it arrives, and then the answer is lost
            postgres_server.execute(f"SELECT pg_terminate_backend({pid})")
            connection.exec_driver_sql("SELECT 1")
        else:
            real(connection)

    monkeypatch.setattr(sa.Connection, "commit", commit)
    add(store, "rome")
    monkeypatch.undo()
    assert kills == {"before": 2, "after": 1}
    assert names(store) == ["rome"]
    with store.read() as reader:
        assert reader.scalar(sa.text("SELECT count(*) FROM change_set")) == 1


def test_a_session_that_is_killed_while_reading_is_a_clear_error(
    postgres_server: PostgresServer, dsn: str, opened: Opened
) -> None:
    store = opened(dsn)

    def read() -> None:
        with store.read() as reader:
            pid = reader.scalar(sa.text("SELECT pg_backend_pid()"))
            postgres_server.execute(f"SELECT pg_terminate_backend({pid})")
            reader.scalar(sa.text("SELECT 1"))

    with pytest.raises(errors.DatabaseUnavailableError, match="does not answer"):
        read()
    assert names(store) == []


def test_a_statement_over_its_limit_is_told(dsn: str, opened: Opened) -> None:
    store = opened(dsn)

    def slow(unit: UnitOfWork) -> None:
        unit.connection.exec_driver_sql("SET LOCAL statement_timeout = 50")
        unit.connection.exec_driver_sql("SELECT pg_sleep(5)")

    with pytest.raises(errors.StorageError, match="ran over its time limit"):
        store.write(slow)


def test_the_session_says_who_it_is(dsn: str, opened: Opened) -> None:
    with opened(dsn).read() as reader:
        shown = {
            name: reader.scalar(sa.text(f"SELECT current_setting('{name}')"))
            for name in ("application_name", "lock_timeout", "statement_timeout", "timezone", "transaction_isolation")
        }
    assert shown.pop("application_name").startswith("itmsctl/store/")
    assert shown == {
        "lock_timeout": "5s",
        "statement_timeout": "1min",
        "timezone": "UTC",
        "transaction_isolation": "repeatable read",
    }


def test_hostile_text_is_refused_the_same_on_both_engines(store, tmp_path: Path) -> None:
    for hostile in ("a\0b", "a\udcffb"):
        with pytest.raises(errors.InputError):
            store.write(lambda unit, hostile=hostile: SITES.add(unit, "rome", {"description": hostile}))
        with pytest.raises(errors.InputError):
            store.write(lambda unit, hostile=hostile: SITES.add(unit, hostile, {}))


def test_a_lock_is_waited_for_as_long_as_the_setting_says(
    bare_run: Run, postgres_server: PostgresServer, dsn: str
) -> None:
    import psycopg

    with psycopg.connect(dsn.replace("+psycopg", "")) as holder:
        holder.execute("LOCK TABLE site IN ACCESS EXCLUSIVE MODE")
        begun = time.monotonic()
        found = bare_run("--db", dsn, "site", "add", "rome", env={"ITMSCTL_BUSY_TIMEOUT_S": "1"})
        assert (found.code, "DB-BUSY" in found.err, "ITMSCTL_BUSY_TIMEOUT_S" in found.err) == (15, True, True)
        assert time.monotonic() - begun > 1
    assert bare_run("--db", dsn, "site", "add", "rome").code == 0


@pytest.mark.parametrize("given", ["role", "options", "environment"])
def test_a_limit_of_statements_that_others_set_is_kept(
    bare_run: Run,
    postgres_server: PostgresServer,
    opened: Opened,
    dsn: str,
    monkeypatch: pytest.MonkeyPatch,
    given: str,
) -> None:
    place = dsn
    if given == "role":
        postgres_server.execute("CREATE ROLE brief LOGIN SUPERUSER")
        postgres_server.execute("ALTER ROLE brief SET statement_timeout = '7s'")
        place = dsn.replace("//itms@", "//brief@")
    elif given == "options":
        place = f"{dsn}&options=-cstatement_timeout%3D7s"
    else:
        monkeypatch.setenv("PGOPTIONS", "-cstatement_timeout=7s")
    try:
        store = opened(place)
        with store.read() as reader:
            assert reader.scalar(sa.text("SELECT current_setting('statement_timeout')")) == "7s"
        store.close()
    finally:
        if given == "role":
            postgres_server.execute("DROP ROLE brief")
