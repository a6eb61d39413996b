"""Units of work: all or nothing, one after the other, never twice."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from itmsctl import errors
from itmsctl.cmdb import chain, faults
from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import DatabasePlace, journal_mode
from itmsctl.cmdb.readonly import Question, asked
from itmsctl.cmdb.seen import HighWaterMark
from itmsctl.cmdb.store import TRIES, Store
from itmsctl.cmdb.work import UnitOfWork
from tests.cmdb.conftest import Opened
from tests.cmdb.nouns import SITES
from tests.cmdb.processes import start
from tests.servers.postgres import PostgresServer


def names(store: Store) -> list[str]:
    with store.read() as reader:
        return [doc.name for doc in SITES.list(reader)]


def seq(store: Store) -> int:
    with store.read() as reader:
        return int(reader.scalar(sa.text("SELECT seq FROM chain_head")))


def everything(store: Store) -> dict[str, list[Any]]:
    """Return every row of every table: what a dry run may not touch."""
    with store.read() as reader:
        tables = sorted(sa.inspect(reader.connection).get_table_names())
        return {t: sorted(map(str, reader.connection.exec_driver_sql(f'SELECT * FROM "{t}"'))) for t in tables}


def test_a_unit_that_fails_leaves_nothing(store: Store) -> None:
    before = everything(store)

    def work(unit: UnitOfWork) -> None:
        SITES.add(unit, "rome", {})
        raise errors.GuardError("no")

    with pytest.raises(errors.GuardError):
        store.write(work)
    assert everything(store) == before


def test_dry_run_answers_the_same_and_writes_nothing(store: Store) -> None:
    store.write(SITES_ADD("rome"))
    before = everything(store)
    dry = store.write(SITES_ADD("oslo"), dry_run=True)
    assert everything(store) == before
    real = store.write(SITES_ADD("oslo"))
    assert (dry.action, dry.doc.name, dry.doc.fields) == (real.action, real.doc.name, real.doc.fields)
    assert seq(store) == 2


def SITES_ADD(name: str, **fields: Any) -> Any:  # noqa: N802 - reads as the verb it stands for
    return lambda unit: SITES.add(unit, name, fields)


def test_unchanged_records_nothing(store: Store) -> None:
    store.write(SITES_ADD("rome"))
    store.write(SITES_ADD("ROME"))
    assert seq(store) == 1


def test_idempotency_key_runs_once_even_where_nothing_had_to_change(place: DatabasePlace, opened: Opened) -> None:
    opened(place).write(SITES_ADD("rome"))
    keyed = opened(place, idempotency_key="k1")
    assert keyed.write(SITES_ADD("rome")).action == "unchanged"
    keyed.write(SITES_ADD("oslo"))  # a later unit of the same command goes through
    with pytest.raises(errors.AlreadyDoneError) as caught:
        opened(place, idempotency_key="k1").write(SITES_ADD("paris"))
    assert caught.value.details["seq"] == 2
    assert names(opened(place)) == ["oslo", "rome"]


def test_a_unit_in_the_way_of_others_is_tried_again_as_a_whole(store: Store) -> None:
    store.sleep = lambda _s: None
    tries: list[int] = []

    def work(unit: UnitOfWork) -> Any:
        tries.append(len(tries))
        outcome = SITES.add(unit, "rome", {})
        if len(tries) < 3:
            raise faults.TransientError(RuntimeError("deadlock"))
        return outcome

    assert store.write(work).action == "created"
    assert (len(tries), names(store), seq(store)) == (3, ["rome"], 1)


def test_patience_ends_as_busy(store: Store) -> None:
    store.sleep = lambda _s: None

    def work(_unit: UnitOfWork) -> None:
        raise faults.TransientError(RuntimeError("deadlock detected"))

    with pytest.raises(errors.DatabaseBusyError, match="others were changing") as caught:
        store.write(work)
    assert "deadlock detected" in caught.value.why


@pytest.mark.parametrize("away", ["lost", "down"])
def test_a_server_that_is_away_is_waited_for_longer_than_others_in_the_way(store: Store, away: str) -> None:
    store.sleep = lambda _s: None
    tries: list[int] = []

    def work(unit: UnitOfWork) -> Any:
        tries.append(len(tries))
        if len(tries) < 2 * TRIES:
            raise faults.TransientError(RuntimeError("the server is starting up"), **{away: True})
        return SITES.add(unit, "rome", {})

    assert store.write(work).action == "created"
    assert len(tries) == 2 * TRIES


@pytest.mark.parametrize("arrives", [True, False])
def test_a_commit_whose_answer_is_lost_is_applied_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, arrives: bool
) -> None:
    store.sleep = lambda _s: None
    real = sa.Connection.commit
    cut: list[bool] = []

    def commit(connection: sa.Connection) -> None:
        if cut:
            real(connection)
            return
        cut.append(True)
        if arrives:
            real(connection)
        raise faults.TransientError(RuntimeError("server closed the connection"), lost=True)

    monkeypatch.setattr(sa.Connection, "commit", commit)
    outcome = store.write(SITES_ADD("rome"))
    assert outcome.action == "created"
    with store.read() as reader:
        assert SITES.get(reader, "rome").id == outcome.doc.id, "the answer is that of the attempt that counts"
        assert chain.verify(reader.connection) == 1
    mark = store.seen.mark(store.identity.server_guid, store.here)
    assert mark is not None
    assert mark.seq == 1


def test_a_mark_that_cannot_be_written_does_not_hide_that_the_change_is_stored(store: Store) -> None:
    store.seen.folder.mkdir(parents=True, exist_ok=True)
    store.seen.path.unlink(missing_ok=True)
    store.seen.path.mkdir()
    assert store.write(SITES_ADD("rome")).action == "created"
    store.seen.path.rmdir()
    assert names(store) == ["rome"]


def test_hostile_bytes_in_the_command_line_are_stored_as_text(place: DatabasePlace, opened: Opened) -> None:
    actor = Actor("a\udcff", "itmsctl --db postgresql://u:hunter2@h/db x\udcfe", "because\udc80")
    store = opened(place, actor=actor)
    store.write(SITES_ADD("rome"))
    with store.read() as reader:
        row = reader.connection.execute(sa.text("SELECT actor, command, reason FROM change_set")).one()
        assert chain.verify(reader.connection) == 1
    assert row.command == "itmsctl --db postgresql://u:***@h/db x\ufffd"
    by = "" if place.is_sqlite else " (database user itms)"
    assert (row.actor, row.reason) == ("a\ufffd" + by, "because\ufffd")


def test_one_view_for_the_length_of_a_read(store: Store, place: DatabasePlace, opened: Opened) -> None:
    other = opened(place, busy_timeout_s=0.1)
    with store.read() as reader:
        assert SITES.count(reader) == 0
        if place.is_sqlite and journal_mode() == "TRUNCATE":
            with pytest.raises(errors.DatabaseBusyError):  # there a reader holds writers up, so it has to be short
                other.write(SITES_ADD("rome"))
        else:
            other.write(SITES_ADD("rome"))
        assert SITES.count(reader) == 0
    other.write(SITES_ADD("rome"))
    assert names(store) == ["rome"]


# --- many processes ---------------------------------------------------------------------------------------------------


def test_eight_writers_lose_nothing(db: str, store: Store, tmp_path: Path) -> None:
    store.write(SITES_ADD("shared"))
    writers = [start(db, str(tmp_path / "state"), f"w{n}", "5") for n in range(8)]
    for writer in writers:
        _, err = writer.communicate(timeout=120)
        assert writer.returncode == 0, err
    with store.read() as reader:
        docs = list(SITES.list(reader))
        assert chain.verify(reader.connection) == 81
        assert Counter(d.fields["region"] for d in docs) == {None: 1} | {f"w{n}": 5 for n in range(8)}
        assert SITES.get(reader, "shared").revision == 41
    mark = store.seen.mark(store.identity.server_guid, store.here)
    assert mark is not None
    assert mark.seq == 81


@pytest.mark.parametrize("acknowledged", [1, 4])
def test_killed_writers_leave_whole_units(db: str, store: Store, tmp_path: Path, acknowledged: int) -> None:
    store.write(SITES_ADD("shared"))
    writers = [start(db, str(tmp_path / "state"), f"k{n}", "500") for n in range(3)]
    acked = []
    for writer in writers:
        assert writer.stdout is not None
        for _ in range(acknowledged):
            acked.append(writer.stdout.readline())
    for writer in writers:
        writer.kill()
        writer.communicate(timeout=30)
    with store.read() as reader:
        found = Counter(d.fields["region"] for d in SITES.list(reader))
        assert all(found[f"k{n}"] >= acknowledged for n in range(3)), found
        chain.verify(reader.connection)
        rows = SITES.count(reader)
        created = reader.scalar(sa.text("SELECT count(*) FROM change WHERE action = 'created'"))
    assert created == rows, "no row without its change, no change without its row"
    store.write(SITES_ADD("after"))


# --- the high-water mark ----------------------------------------------------------------------------------------------


def test_an_older_copy_is_refused_and_can_be_adopted(sqlite_db: str, opened: Opened) -> None:
    store = opened(sqlite_db)
    store.write(SITES_ADD("rome"))
    older = Path(sqlite_db).read_bytes()
    store.write(SITES_ADD("oslo"))
    Path(sqlite_db).write_bytes(older)
    with pytest.raises(errors.DatabaseOlderThanSeenError, match="stands at change 1, but change 2 was seen"):
        opened(sqlite_db)
    adopted = opened(sqlite_db, adopt=True)
    assert names(adopted) == ["rome"]


def test_a_copy_that_went_its_own_way_is_noticed(sqlite_db: str, opened: Opened) -> None:
    opened(sqlite_db, "mine").write(SITES_ADD("rome"))
    older = Path(sqlite_db).read_bytes()
    opened(sqlite_db, "mine").write(SITES_ADD("oslo"))
    Path(sqlite_db).write_bytes(older)
    theirs = opened(sqlite_db, "theirs")
    for name in ("paris", "berlin", "vienna"):
        theirs.write(SITES_ADD(name))
    with pytest.raises(errors.DatabaseOlderThanSeenError, match="another change 2"):
        opened(sqlite_db, "mine")


def test_a_database_cut_to_nothing_is_not_taken_for_a_new_one(sqlite_db: str, opened: Opened) -> None:
    opened(sqlite_db).write(SITES_ADD("rome"))
    Path(sqlite_db).write_bytes(b"")
    with pytest.raises(errors.DatabaseGoneError, match="is empty, but change 1 was seen"):
        opened(sqlite_db)
    assert names(opened(sqlite_db, fresh=True)) == []  # what the hint says
    assert names(opened(sqlite_db)) == []


def test_mark_never_goes_back_and_a_damaged_file_is_not_taken_for_none(store: Store) -> None:
    here = store.here
    store.seen.note("g", HighWaterMark(1, 5, "h5"), here, live=True)
    store.seen.note("g", HighWaterMark(1, 3, "h3"), here, live=True)
    assert store.seen.mark("g", here) == HighWaterMark(1, 5, "h5")
    store.seen.note("g", HighWaterMark(2, 1, "h1"), here, live=True)
    assert store.seen.mark("g", here) == HighWaterMark(2, 1, "h1")
    assert store.seen.path.stat().st_mode & 0o777 == 0o600
    store.seen.path.write_text("{torn")
    with pytest.raises(errors.StateDirUnsafeError, match="cannot be read"):
        store.seen.mark("g", here)
    store.seen.path.write_text("")  # what a power cut may leave
    assert store.seen.mark("g", here) is None


# --- one library, two engines -----------------------------------------------------------------------------------------


def test_code_point_order_whatever_the_collation_of_the_server(
    postgres_server: PostgresServer, sqlite_db: str, opened: Opened
) -> None:
    words = ["zebra", "Ära", "apfel", "Zoo", "öl", "a b", "ab", "a-b", "ß", "éclair", "10", "9", "_", "😀", "Ωmega"]
    orders = []
    with postgres_server.database("itms_icu", icu_locale="sv-SE") as dsn:
        for url in (sqlite_db, dsn):
            store = opened(url)
            for word in words:
                store.write(SITES_ADD(word, region=word))
            with store.read() as reader:
                by_name = [d.name for d in SITES.list(reader)]
                by_region = [d.name for d in SITES.list(reader, sort="region", descending=True)]
                above = reader.connection.execute(
                    sa.select(SITES.table.c.name).where(SITES.table.c.name > "Z").order_by(SITES.table.c.name)
                ).scalars()
                orders.append((by_name, by_region, list(above)))
            store.close()
    assert orders[0] == orders[1]
    assert orders[0][0] == sorted(words)


def test_what_is_empty_sorts_first_on_both_engines(store: Store) -> None:
    store.write(
        lambda unit: [SITES.add(unit, n, f) for n, f in (("a", {"region": "x"}), ("b", {}), ("c", {"region": "w"}))]
    )
    with store.read() as reader:
        assert [d.name for d in SITES.list(reader, sort="region")] == ["b", "c", "a"]
        assert [d.name for d in SITES.list(reader, sort="region", descending=True)] == ["a", "c", "b"]


def test_sqlite_settings(durable_sqlite: None, sqlite_db: str, opened: Opened) -> None:
    store = opened(sqlite_db)
    wanted = {
        "journal_mode": "wal" if sqlite3.sqlite_version_info >= (3, 51, 3) else "truncate",
        "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0, "cell_size_check": 1, "temp_store": 2,
        "secure_delete": 1, "busy_timeout": 30000, "journal_size_limit": 67108864,
    }  # fmt: skip
    with store.read() as reader:
        found = {name: reader.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
        with pytest.raises(sa.exc.OperationalError, match="too many attached"):
            reader.connection.exec_driver_sql("ATTACH ':memory:' AS other")
    assert found == wanted


def connections_of(store: Store) -> list[int]:
    """Return a list that grows by one with each connection that is opened from now on."""
    opened: list[int] = []
    event.listen(store.engine, "connect", lambda *_: opened.append(1))
    return opened


def test_reads_share_a_connection(opened: Opened, db: str) -> None:
    store = opened(db)
    found = connections_of(store)
    for _ in range(5):
        assert names(store) == []
    assert len(found) == (5 if store.place.is_sqlite and journal_mode() == "WAL" else 0)


def test_a_kept_connection_leaves_a_file_that_was_replaced(sqlite_db: str, opened: Opened, tmp_path: Path) -> None:
    store = opened(sqlite_db)
    shutil.copy(sqlite_db, tmp_path / "before")
    store.write(lambda unit: SITES.add(unit, "rome", {}))
    assert names(store) == ["rome"]
    (tmp_path / "before").replace(sqlite_db)
    assert names(store) == []
    store.write(lambda unit: SITES.add(unit, "oslo", {}))
    with contextlib.closing(sqlite3.connect(sqlite_db)) as plain:
        assert plain.execute("SELECT name FROM site").fetchall() == [("oslo",)]


def test_a_kept_connection_leaves_a_write_ahead_log_that_others_began(sqlite_db: str, opened: Opened) -> None:
    store = opened(sqlite_db)
    assert names(store) == []
    other = sqlite3.connect(sqlite_db)
    assert other.execute("PRAGMA journal_mode=WAL").fetchone() == ("wal",)
    other.close()
    store.write(lambda unit: SITES.add(unit, "rome", {}))
    with store.read() as reader:
        assert reader.connection.exec_driver_sql("PRAGMA journal_mode").scalar() == journal_mode().lower()
    assert names(store) == ["rome"]


def test_a_report_leaves_its_connection_as_it_was(sqlite_db: str, opened: Opened) -> None:
    store = opened(sqlite_db)
    with (
        store.read() as reader,
        asked(reader, Question("SELECT name FROM v_site", 5, frozenset(), errors.InputError)) as pages,
    ):
        assert list(pages) == []
    with store.read() as reader:
        assert reader.connection.exec_driver_sql("PRAGMA temp_store").scalar() == 2
