"""Backups under load, restores that never overwrite, checks and upkeep (F16, F17)."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl import errors
from itmsctl.cmdb import chain, check, manifest, restore, schema, upkeep
from itmsctl.cmdb.backup import back_up
from itmsctl.cmdb.engine import DatabasePlace, place_of
from itmsctl.cmdb.seen import SeenPlaces
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.values.kind import House, Room, house
from tests.cmdb.conftest import Opened
from tests.cmdb.nouns import SITES
from tests.cmdb.processes import start
from tests.servers.postgres import PostgresServer

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def add(store: Store, *names: str) -> None:
    for name in names:
        store.write(lambda unit, name=name: SITES.add(unit, name, {}))


def names(store: Store) -> list[str]:
    with store.read() as reader:
        chain.verify(reader.connection)
        return [d.name for d in SITES.list(reader)]


def bad(place: DatabasePlace) -> dict[str, tuple[int, str]]:
    return {r.name: (r.exit_status, r.detail) for r in check.check(place) if not r.ok}


# --- backup -----------------------------------------------------------------------------------------------------------


def test_a_backup_is_private_whole_and_described(store: Store, tmp_path: Path) -> None:
    add(store, "rome", "oslo")
    out = tmp_path / "b" / "one"
    found = back_up(store.place, out, NOW)
    assert out.stat().st_mode & 0o777 == 0o600
    assert manifest.path_beside(out).stat().st_mode & 0o777 == 0o600
    assert out.parent.stat().st_mode & 0o777 == 0o700
    assert found.sha256 == hashlib.sha256(out.read_bytes()).hexdigest()
    assert (found.seq, found.schema, found.server_guid) == (2, schema.HEAD, store.identity.server_guid)
    assert manifest.verify(out) == found
    assert sorted(p.name for p in out.parent.iterdir()) == ["one", "one.manifest.json"]
    assert manifest.known_in(out.parent) == [(out, found)]
    assert manifest.known_in(out.parent, "another") == []


def test_a_backup_is_never_overwritten(store: Store, tmp_path: Path) -> None:
    out = tmp_path / "one"
    back_up(store.place, out, NOW)
    before = out.read_bytes()
    with pytest.raises(errors.ConflictError, match="never overwritten"):
        back_up(store.place, out, NOW)
    link = tmp_path / "two"
    link.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(errors.ConflictError):
        back_up(store.place, link, NOW)
    assert out.read_bytes() == before


def test_a_backup_that_fails_leaves_nothing(sqlite_db: str, opened: Opened, tmp_path: Path) -> None:
    store = opened(sqlite_db)
    store.write(lambda unit: [SITES.add(unit, f"s{i}", {"description": "x" * 900}) for i in range(200)] and None)
    data = bytearray(Path(sqlite_db).read_bytes())
    page = data.index(b"x" * 900) // 4096 * 4096  # rows that no opening reads
    data[page : page + 4096] = b"\xa5" * 4096
    Path(sqlite_db).write_bytes(data)
    with pytest.raises(errors.DatabaseCorruptError):
        back_up(store.place, tmp_path / "b" / "one", NOW)
    assert list((tmp_path / "b").iterdir()) == []


def test_a_backup_among_eight_writers_is_one_moment(db: str, store: Store, tmp_path: Path) -> None:
    add(store, "shared")
    writers = [start(db, str(tmp_path / "state"), f"w{n}", "6") for n in range(8)]
    for writer in writers[:2]:
        assert writer.stdout is not None
        writer.stdout.readline()
    backups = [back_up(store.place, tmp_path / f"b{n}", NOW) for n in range(3)]
    for writer in writers:
        _, err = writer.communicate(timeout=200)
        assert writer.returncode == 0, err
    seqs = [b.seq for b in backups]
    assert seqs == sorted(seqs)
    assert 3 <= seqs[0] < 97, "it was made while they wrote"
    if store.place.is_sqlite:
        for n, found in enumerate(backups):
            with sqlite3.connect(tmp_path / f"b{n}") as copy:
                assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                assert copy.execute("SELECT seq, hash FROM chain_head").fetchone() == (found.seq, found.chain_hash)
            copy.close()


# --- restore ----------------------------------------------------------------------------------------------------------


def adopting(opened: Opened) -> Any:
    return lambda place: opened(place, adopt=True)


def test_restore_drill(sqlite_db: str, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened(sqlite_db)
    add(store, "rome")
    back_up(store.place, tmp_path / "b", NOW)
    add(store, "oslo")
    store.close()
    told: list[int] = []
    hear(monkeypatch, told)
    done = restore.restore(
        store.place, tmp_path / "b", now=NOW, seen=SeenPlaces(tmp_path / "state"), opened=adopting(opened)
    )
    again = opened(sqlite_db)
    assert names(again) == ["rome"]
    assert (again.identity.epoch, done.epoch) == (2, 2)
    assert again.identity.nonce != store.identity.nonce
    assert told == [1], "the rooms were told once, in the unit that began the epoch"
    assert done.kept is not None
    assert done.kept.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(done.kept) as old:
        assert old.execute("SELECT count(*) FROM site").fetchone() == (2,)
    old.close()
    add(again, "paris")
    assert names(opened(sqlite_db)) == ["paris", "rome"]
    assert bad(store.place) == {}
    leftovers = [p.name for p in Path(sqlite_db).parent.iterdir() if "restoring" in p.name]
    assert leftovers == []


def hear(monkeypatch: pytest.MonkeyPatch, told: list[int]) -> None:
    """Declare a room that has to be told of a restored database."""
    import itmsctl.cmdb.restore as module

    def listen(unit: UnitOfWork) -> None:
        told.append(sum(map(len, unit.draft.rows.chunks())))

    monkeypatch.setattr(module, "listen", listen, raising=False)
    room = Room("test", hooks={"database_restored": "itmsctl.cmdb.restore:listen"})
    rooms = tuple(r for r in house().rooms if "database_restored" not in r.hooks)
    monkeypatch.setattr(module, "house", lambda: House((*rooms, room)))


@pytest.mark.parametrize("damage", ["text", "empty", "page", "journal"])
def test_restore_over_a_damaged_file(sqlite_db: str, opened: Opened, tmp_path: Path, damage: str) -> None:
    store = opened(sqlite_db)
    add(store, "rome")
    back_up(store.place, tmp_path / "b", NOW)
    add(store, "oslo")
    store.close()
    path = Path(sqlite_db)
    journal = path.with_name(path.name + "-journal")
    if damage == "text":
        path.write_bytes(b"gone\n" * 5000)
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "page":
        path.write_bytes(path.read_bytes()[:8192] + os.urandom(100_000))
    else:
        path.write_bytes(b"gone\n" * 5000)
        journal.write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + b"\0" * 2000)
        journal.chmod(0o600)
    done = restore.restore(
        store.place, tmp_path / "b", now=NOW, seen=SeenPlaces(tmp_path / "state"), opened=adopting(opened)
    )
    assert names(opened(sqlite_db)) == ["rome"]
    assert (done.kept is None) == (damage == "empty")
    assert not journal.exists() or journal.stat().st_size == 0, "it is not played into the new file"
    assert bad(store.place) == {}


def test_journals_of_the_old_file_go_with_it(tmp_path: Path) -> None:
    path, kept = tmp_path / "cmdb.sqlite", tmp_path / "kept"
    for suffix, data in (("-journal", b"hot"), ("-wal", b""), ("-shm", b"x")):
        path.with_name(path.name + suffix).write_bytes(data)
    restore._set_journals_aside(path, kept)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cmdb.sqlite-wal", "kept-journal", "kept-shm"]


def test_restore_where_there_is_nothing(sqlite_db: str, opened: Opened, tmp_path: Path) -> None:
    store = opened(sqlite_db)
    add(store, "rome")
    back_up(store.place, tmp_path / "b", NOW)
    target = place_of(str(tmp_path / "new" / "cmdb.sqlite"))
    (tmp_path / "new").mkdir(mode=0o700)
    done = restore.restore(
        target, tmp_path / "b", now=NOW, seen=SeenPlaces(tmp_path / "other"), opened=adopting(opened)
    )
    assert (done.kept, done.epoch) == (None, 2)
    assert names(opened(target, "other")) == ["rome"]


def test_what_a_restore_refuses(sqlite_db: str, opened: Opened, tmp_path: Path) -> None:
    store = opened(sqlite_db)
    add(store, "rome")
    backup = tmp_path / "b"
    back_up(store.place, backup, NOW)
    before = Path(sqlite_db).read_bytes()

    def attempt(file: Path) -> None:
        restore.restore(store.place, file, now=NOW, seen=SeenPlaces(tmp_path / "state"), opened=adopting(opened))

    with pytest.raises(errors.NotFoundError, match="there is no file"):
        attempt(tmp_path / "nowhere")
    shutil.copy(backup, tmp_path / "alone")
    with pytest.raises(errors.NotFoundError, match="has no manifest"):
        attempt(tmp_path / "alone")
    (tmp_path / "alone.manifest.json").write_text("{}")
    with pytest.raises(errors.IntegrityError, match="is not the manifest"):
        attempt(tmp_path / "alone")
    flipped = tmp_path / "flipped"
    data = bytearray(backup.read_bytes())
    data[5000] ^= 1
    flipped.write_bytes(data)
    shutil.copy(manifest.path_beside(backup), manifest.path_beside(flipped))
    with pytest.raises(errors.IntegrityError, match="nothing was restored"):
        attempt(flipped)
    text = json.loads(manifest.path_beside(backup).read_text())
    changes: list[tuple[dict[str, Any], type[errors.ItmsError]]] = [
        ({"schema": "9999"}, errors.DatabaseNewerError),
        ({"seq": 7}, errors.IntegrityError),
        ({"engine": "postgresql"}, errors.InputError),
        ({"format": 9}, errors.IntegrityError),
    ]
    for change, error in changes:
        manifest.path_beside(backup).write_text(json.dumps(text | change))
        with pytest.raises(error):
            attempt(backup)
    assert Path(sqlite_db).read_bytes() == before
    assert [p.name for p in tmp_path.iterdir() if "before" in p.name or "restoring" in p.name] == []


def test_a_writer_that_waited_for_the_old_file_does_not_write_to_it(
    sqlite_db: str, opened: Opened, tmp_path: Path
) -> None:
    store = opened(sqlite_db)
    add(store, "rome")
    back_up(store.place, tmp_path / "b", NOW)

    def replaced_meanwhile(unit: UnitOfWork) -> None:
        copy = tmp_path / "copy"
        shutil.copy(tmp_path / "b", copy)
        os.link(sqlite_db, tmp_path / "aside")
        copy.replace(sqlite_db)
        SITES.add(unit, "oslo", {})

    with pytest.raises(errors.DatabaseBusyError, match="was replaced meanwhile"):
        store.write(replaced_meanwhile)
    add(store, "oslo")
    assert names(store) == ["oslo", "rome"]


def test_restore_on_postgres_wants_an_empty_database(
    postgres_server: PostgresServer, postgres_template: str, opened: Opened, tmp_path: Path
) -> None:
    with (
        postgres_server.database("itms_old", template=postgres_template) as old,
        postgres_server.database("itms_new") as new,
    ):
        store = opened(old)
        add(store, "rome", "ärger")
        found = back_up(store.place, tmp_path / "b", NOW)
        seen = SeenPlaces(tmp_path / "other")
        with pytest.raises(errors.ConflictError, match="is not empty"):
            restore.restore(store.place, tmp_path / "b", now=NOW, seen=seen, opened=adopting(opened))
        target = place_of(new)
        done = restore.restore(target, tmp_path / "b", now=NOW, seen=seen, opened=lambda p: opened(p, "other"))
        again = opened(new, "other")
        assert (names(again), again.identity.server_guid, done.epoch) == (["rome", "ärger"], found.server_guid, 2)
        assert bad(target) == {}
        add(again, "paris")
        assert names(store) == ["rome", "ärger"]
        store.close()
        again.close()


# --- check ------------------------------------------------------------------------------------------------------------


def test_check_finds_and_changes_nothing(store: Store) -> None:
    add(store, "rome", "oslo")
    results = list(check.check(store.place))
    assert [r.name for r in results] == ["pages", "references", "schema", "audit", "objects", "blobs", "counter"]
    assert all(r.ok for r in results), results
    blob = b"\1" * 32
    execute(
        store,
        sa.text("INSERT INTO blob (sha256, size, data) VALUES (:k, 3, :d)").bindparams(k=blob, d=b"abc"),
        sa.text("UPDATE change_set SET actor = 'x' WHERE seq = 2"),
        sa.text("DROP INDEX ix_change_set_at"),
    )
    assert bad(store.place) == {
        "schema": (20, "table `change_set`: index at False is missing"),
        "audit": (14, "the audit chain is broken at change-set 2: its header was changed"),
        "objects": (14, "not compared: the audit chain is broken"),
        "blobs": (14, "blob 0101010101010101 does not hold what its digest says"),
    }


def execute(store: Store, *statements: sa.TextClause) -> None:
    with store.engine.connect().execution_options(itms_write=True) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_check_finds_a_reference_to_nothing(db: str, store: Store) -> None:
    add(store, "rome")
    breaking = "UPDATE change SET change_set = 999"
    if store.place.path is not None:
        raw = sqlite3.connect(store.place.path)
        raw.execute(breaking)
        raw.commit()
        raw.close()
    else:
        execute(store, sa.text("SET LOCAL session_replication_role = replica"), sa.text(breaking))
    assert bad(store.place)["references"][0] == 20


def test_check_asks_amcheck_where_the_server_has_it(
    postgres_server: PostgresServer, postgres_template: str, opened: Opened
) -> None:
    with postgres_server.database("itms_amcheck", template=postgres_template) as dsn:
        postgres_server.execute("CREATE EXTENSION amcheck", "itms_amcheck")
        store = opened(dsn)
        add(store, "rome")
        (pages,) = (r for r in check.check(store.place) if r.name == "pages")
        store.close()
    assert pages.ok
    assert int(pages.detail.split(" ")[0]) > 40, pages.detail


def test_check_of_a_damaged_file(sqlite_db: str, opened: Opened) -> None:
    store = opened(sqlite_db)
    store.write(lambda unit: [SITES.add(unit, f"s{i}", {"description": "x" * 900}) for i in range(200)] and None)
    data = bytearray(Path(sqlite_db).read_bytes())
    page = data.index(b"x" * 900) // 4096 * 4096  # rows that no opening reads
    data[page : page + 4096] = b"\xa5" * 4096
    Path(sqlite_db).write_bytes(data)
    (status, _) = bad(store.place)["pages"]
    assert status == 11
    assert Path(sqlite_db).read_bytes() == bytes(data)


# --- upkeep -----------------------------------------------------------------------------------------------------------


def test_upkeep_sweeps_only_what_nothing_refers_to(store: Store) -> None:
    def fill(unit: UnitOfWork) -> None:
        for data in (b"kept", b"swept", b"swept too"):
            insert = sa.text("INSERT INTO blob (sha256, size, data) VALUES (:k, :n, :d)")
            unit.connection.execute(insert, {"k": hashlib.sha256(data).digest(), "n": len(data), "d": data})
        unit.connection.execute(
            sa.text(
                "INSERT INTO run_output (run_id, computer_id, attempt, position, retry, stream, head, total)"
                " VALUES (1, 1, 1, 0, 0, 'stdout', :k, 4)"
            ),
            {"k": hashlib.sha256(b"kept").digest()},
        )

    store.write(fill)
    dry = list(upkeep.maintain(store, dry_run=True))
    assert dry[0].detail == "2 that nothing refers to, 14 B"
    assert blobs(store) == 3
    steps = [step.name for step in upkeep.maintain(store)]
    assert steps[:2] == ["integrity", "blobs"]
    assert {"tables", "statistics"} <= set(steps)
    assert blobs(store) == 1
    assert bad(store.place) == {}
    with store.read() as reader:
        kept = reader.connection.execute(sa.text("SELECT summary FROM change_set ORDER BY seq")).scalars().all()
    assert kept == ['{"blob":{"removed":2}}', '{"database":{"maintained":1}}']


def blobs(store: Store) -> int:
    with store.read() as reader:
        return int(reader.scalar(sa.text("SELECT count(*) FROM blob")))


def test_upkeep_gives_space_back_and_keeps_the_limit_on_attaching(sqlite_db: str, opened: Opened) -> None:
    store = opened(sqlite_db)

    def fill(unit: UnitOfWork) -> None:
        for i in range(100):
            insert = sa.text("INSERT INTO blob (sha256, size, data) VALUES (:k, 20000, :d)")
            unit.connection.execute(insert, {"k": i.to_bytes(32, "big"), "d": b"x" * 20000})

    store.write(fill)
    before = Path(sqlite_db).stat().st_size
    list(upkeep.maintain(store))
    assert Path(sqlite_db).stat().st_size < before / 2
    assert Path(sqlite_db).stat().st_mode & 0o777 == 0o600
    with store.read() as reader, pytest.raises(sa.exc.OperationalError, match="too many attached"):
        reader.connection.exec_driver_sql("ATTACH ':memory:' AS other")
