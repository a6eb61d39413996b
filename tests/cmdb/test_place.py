"""Which database is this: the live one, a copy of it, or one that is gone (a mark belongs to a server and a place)."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl import errors
from itmsctl.cmdb import home
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.store import Store
from tests.cmdb.conftest import Opened
from tests.cmdb.nouns import SITES
from tests.conftest import Result, Run
from tests.servers.postgres import PostgresServer

Copies = Callable[[str], str]


def add(store: Store, *names: str) -> None:
    for name in names:
        store.write(lambda unit, name=name: SITES.add(unit, name, {}))


def names(store: Store) -> list[str]:
    with store.read() as reader:
        return [doc.name for doc in SITES.list(reader)]


@pytest.fixture
def made_by(db: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Copies]:
    """Return a new, empty place of the same engine for a name, dropped afterwards."""
    dropped: list[str] = []

    def make(name: str) -> str:
        if "://" not in db:
            return str(tmp_path / f"{name}.sqlite")
        server: PostgresServer = request.getfixturevalue("postgres_server")
        dropped.append(f"{place_of(db).url.database}_{name}")
        server.create_database(dropped[-1])
        return server.url(dropped[-1])

    yield make
    for name in dropped:
        request.getfixturevalue("postgres_server").drop_database(name)


def copied(db: str, name: str, request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Callable[[], None]]:
    """Return a copy made behind the program's back, by `cp` or from a template, and what removes it."""
    if "://" not in db:
        target = tmp_path / f"{name}.sqlite"
        subprocess.run(["cp", db, target], check=True)
        return str(target), lambda: None
    server: PostgresServer = request.getfixturevalue("postgres_server")
    database = f"{place_of(db).url.database}_{name}"
    server.create_database(database, template=place_of(db).url.database)
    return server.url(database), lambda: server.drop_database(database)


@pytest.fixture
def copy_of(db: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Copies]:
    """Copy the database `db` behind the program's back."""
    undo: list[Callable[[], None]] = []

    def copy(name: str) -> str:
        place, remove = copied(db, name, request, tmp_path)
        undo.append(remove)
        return place

    yield copy
    for remove in undo:
        remove()


ACTS = ("task", "run", "--command", "true", "--all", "--transport", "local")


def is_live(done: Result) -> bool:
    """Return whether what acts got past the gate."""
    assert done.code in {0, 9}, done.err
    assert ("DB-COPY" in done.err) == (done.code == 9), done.err
    return done.code == 0


# --- copies -----------------------------------------------------------------------------------------------------------


def test_a_restore_drill_leaves_the_live_database_alone(bare_run: Run, ok: Run, db: str, made_by: Copies) -> None:
    ok("computer", "add", "pc1", "--address", "127.0.0.1")
    backup = ok("db", "backup").json["name"]
    ok("site", "add", "b")
    drill = made_by("drill")
    done = bare_run("--db", drill, "db", "restore", "--from", backup, "-o", "json")
    assert (done.code, done.json["role"]) == (0, "copy"), done.err
    assert "acts on nobody; to make it the live one: itmsctl --db" in done.err
    assert is_live(ok(*ACTS)), "the live one goes on"
    assert ok("site", "list", "-o", "name").err == ""
    assert bare_run("--db", drill, "site", "add", "try").code == 0
    copy = bare_run("--db", drill, "site", "list", "-o", "name")
    assert (copy.code, copy.out) == (0, "try\n")
    assert copy.err.count("\n") == 1
    assert "is a copy of" in copy.err
    assert not is_live(bare_run("--db", drill, *ACTS))
    assert ok("site", "list", "-o", "name").out == "b\n"
    assert bare_run("--db", drill, "db", "status", "-o", "json").json["role"] == "copy"
    assert ok("db", "status").json["role"] == "live"


def test_a_staging_copy_is_told_changed_freely_and_acts_once_it_is_adopted(
    bare_run: Run, ok: Run, db: str, copy_of: Copies
) -> None:
    ok("computer", "add", "pc1", "--address", "127.0.0.1")
    staging = copy_of("staging")
    changed = bare_run("--db", staging, "site", "add", "try-me")
    assert changed.code == 0, changed.err
    assert "is a copy of" in changed.err
    ok("site", "add", "b")
    assert is_live(ok(*ACTS))
    refused = bare_run("--db", staging, *ACTS)
    assert not is_live(refused)
    assert f"try: to make it the live one: itmsctl --db {staging} db adopt" in refused.err or "'" in refused.err
    assert bare_run("--db", staging, "db", "adopt").code == 2, "it wants --yes"
    adopted = bare_run("--db", staging, "db", "adopt", "--yes", "-o", "json")
    assert (adopted.code, adopted.json["action"], adopted.json["epoch"]) == (0, "adopted", 2)
    assert is_live(bare_run("--db", staging, *ACTS))
    assert bare_run("--db", staging, "site", "list", "-o", "name").out == "try-me\n"
    # There is one live database: the one before is a copy now, which nobody is locked out of.
    before = bare_run("--db", db, "site", "list", "-o", "name")
    assert (before.code, before.out) == (0, "b\n")
    assert "made the live one since" in before.err
    assert not is_live(bare_run("--db", db, *ACTS))
    assert bare_run("--db", db, "db", "adopt-restore", "--yes", "-o", "json").json["epoch"] == 3
    assert is_live(bare_run("--db", db, *ACTS))
    assert not is_live(bare_run("--db", staging, *ACTS))


def test_a_copy_is_known_where_nothing_was_seen_before(db: str, opened: Opened, copy_of: Copies) -> None:
    first = opened(db)
    add(first, "rome")
    first.close()
    place = copy_of("other")
    for state in ("of another user", "of another machine"):
        store = opened(place, state)
        with pytest.raises(errors.CopyActsError):
            store.acting()
        assert names(store) == ["rome"]
        store.close()
    opened(db, "of another user").acting()


def test_a_copy_of_any_age_may_replace_a_copy(db: str, opened: Opened, copy_of: Copies) -> None:
    live = opened(db)
    add(live, "rome")
    live.close()
    staging = copy_of("staging")
    store = opened(staging)
    add(store, "one", "two", "three")
    store.close()
    if "://" in db:
        return  # a database is not replaced under its name
    shutil.copyfile(db, staging)
    assert names(opened(staging)) == ["rome"]


def test_a_machine_without_its_state_does_not_take_a_database_of_another_for_its_own(
    db: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(db)
    add(store, "rome")
    other = replace(store.here, machine="another")
    store.close()
    with opened(db).engine.begin() as connection:
        home.settle(connection, other)
    moved = opened(db, "empty")
    with pytest.raises(errors.CopyActsError) as caught:
        moved.acting()
    assert "another machine or server" in caught.value.why


def test_an_old_backup_can_be_looked_into(bare_run: Run, sqlite_db: str) -> None:
    bare_run("--db", sqlite_db, "site", "add", "rome")
    backup = bare_run("--db", sqlite_db, "db", "backup").json["name"]
    bare_run("--db", sqlite_db, "site", "remove", "rome", "--yes")
    before = Path(backup).read_bytes()
    found = bare_run("--db", backup, "site", "list", "-o", "name")
    assert (found.code, found.out) == (0, "rome\n")
    assert Path(backup).read_bytes() == before, "it is still what its manifest says"
    assert bare_run("--db", sqlite_db, "site", "list").code == 0


# --- moved ------------------------------------------------------------------------------------------------------------


def test_a_moved_file_stays_the_live_one(bare_run: Run, sqlite_db: str, tmp_path: Path) -> None:
    bare_run("--db", sqlite_db, "computer", "add", "pc1", "--address", "127.0.0.1")
    moved = tmp_path / "else" / "where.sqlite"
    moved.parent.mkdir(mode=0o700)
    Path(sqlite_db).rename(moved)
    done = bare_run("--db", str(moved), *ACTS)
    assert is_live(done)
    assert "copy" not in done.err
    gone = bare_run("--db", sqlite_db, "site", "list")
    assert (gone.code, "DB-GONE" in gone.err, f"it was moved to {moved}" in gone.err) == (14, True, True)
    assert f"itmsctl --db {moved} db status" in gone.err
    moved.rename(sqlite_db)
    Path(sqlite_db).rename(moved.with_name("aside"))
    gone = bare_run("--db", sqlite_db, "site", "list")
    assert (gone.code, "moved to" in gone.err) == (14, False), "it no longer stands where it was moved to"
    moved.with_name("aside").rename(sqlite_db)
    assert is_live(bare_run("--db", sqlite_db, *ACTS)), "and back"


def test_a_file_moved_to_another_disk_stays_the_live_one(bare_run: Run, sqlite_db: str) -> None:
    bare_run("--db", sqlite_db, "computer", "add", "pc1", "--address", "127.0.0.1")
    folder = Path("/dev/shm") / f"itms-test-{os.getpid()}"
    folder.mkdir(mode=0o700)
    try:
        shutil.move(sqlite_db, folder / "cmdb.sqlite")
        assert os.statvfs(folder).f_fsid != os.statvfs(Path(sqlite_db).parent).f_fsid, "it is another disk"
        assert is_live(bare_run("--db", str(folder / "cmdb.sqlite"), *ACTS))
    finally:
        shutil.rmtree(folder)


def test_a_renamed_or_linked_folder_is_no_other_place(bare_run: Run, sqlite_db: str, tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir(mode=0o700)
    place = folder / "cmdb.sqlite"
    Path(sqlite_db).rename(place)
    bare_run("--db", str(place), "computer", "add", "pc1", "--address", "127.0.0.1")
    (tmp_path / "link").symlink_to(folder)
    by_link = bare_run("--db", str(tmp_path / "link" / "cmdb.sqlite"), *ACTS)
    assert is_live(by_link)
    assert "copy" not in by_link.err
    folder.rename(tmp_path / "two")
    assert is_live(bare_run("--db", str(tmp_path / "two" / "cmdb.sqlite"), *ACTS))


def test_a_copy_stays_one_while_the_disk_of_the_live_one_is_away(bare_run: Run, sqlite_db: str, tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    volume.mkdir(mode=0o700)
    live, copy = volume / "cmdb.sqlite", tmp_path / "copy.sqlite"
    Path(sqlite_db).rename(live)
    bare_run("--db", str(live), "computer", "add", "pc1", "--address", "127.0.0.1")
    shutil.copy(live, copy)
    volume.rename(tmp_path / "away")
    assert not is_live(bare_run("--db", str(copy), *ACTS))
    assert not is_live(bare_run("--db", str(copy), *ACTS)), "asking twice changes nothing"
    (tmp_path / "away").rename(volume)
    assert is_live(bare_run("--db", str(live), *ACTS))


def test_a_renamed_database_stays_the_live_one(
    bare_run: Run, db: str, request: pytest.FixtureRequest, made_by: Copies
) -> None:
    bare_run("--db", db, "computer", "add", "pc1", "--address", "127.0.0.1")
    if "://" not in db:
        return  # a file is moved: see above
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = place_of(db).url.database
    other = made_by("renamed")
    server.drop_database(f"{name}_renamed")
    server.execute(f'ALTER DATABASE "{name}" RENAME TO "{name}_renamed"')
    renamed = bare_run("--db", other, *ACTS)
    assert is_live(renamed)
    assert "copy" not in renamed.err
    # Another takes its name: that one is the copy, although it stands where the live one was.
    server.create_database(str(name), template=f"{name}_renamed")
    assert not is_live(bare_run("--db", db, *ACTS))
    assert is_live(bare_run("--db", other, *ACTS))


def test_one_server_by_three_names_is_one_place(
    bare_run: Run, postgres_server: PostgresServer, postgres_template: str
) -> None:
    with postgres_server.database("itms_names", template=postgres_template) as dsn:
        assert bare_run("--db", dsn, "computer", "add", "pc1", "--address", "127.0.0.1").code == 0
        link = postgres_server.home.with_name(f"{postgres_server.home.name}-link")
        link.symlink_to(postgres_server.home)
        try:
            for other in (
                dsn.replace(str(postgres_server.home), str(link)),
                dsn.replace("postgresql:", "postgresql+psycopg:"),
                f"{dsn}&application_name=x",
            ):
                done = bare_run("--db", other, *ACTS)
                assert is_live(done)
                assert "copy" not in done.err
        finally:
            link.unlink()


# --- gone -------------------------------------------------------------------------------------------------------------


def test_a_first_database_says_once_where_it_was_made(bare_run: Run, made_by: Copies) -> None:
    place = made_by("first")
    first = bare_run("--db", place, "site", "list")
    assert first.code == 0
    assert first.err.count("a new database was made at") == 1
    assert bare_run("--db", place, "site", "list").err == ""


def gone(done: Result) -> bool:
    return (done.code, "DB-GONE" in done.err, "db restore --from" in done.err, "db init" in done.err) == (
        14, True, True, True,
    )  # fmt: skip


def test_a_database_that_is_gone_is_not_made_anew(
    bare_run: Run, ok: Run, db: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    ok("site", "add", "rome")
    backup = ok("db", "backup").json["name"]
    if "://" in db:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        name = str(place_of(db).url.database)
        server.drop_database(name)
        server.create_database(name)
    else:
        Path(db).unlink()
    for argv in (("site", "list"), ("site", "add", "oslo"), ("schedule", "tick"), ("db", "status"), ("db", "upgrade")):
        assert bare_run("--db", db, *argv).code == 14, argv
    assert gone(bare_run("--db", db, "site", "list"))
    if "://" not in db:
        assert not Path(db).exists()
    done = bare_run("--db", db, "db", "restore", "--from", backup, "-o", "json")
    assert (done.code, done.json["role"]) == (0, "live"), done.err
    assert ok("site", "list", "-o", "name").out == "rome\n"
    assert bare_run("--db", db, "db", "adopt", "-o", "json").json["action"] == "unchanged", "nothing to be asked"


def test_a_database_that_is_gone_is_begun_anew_where_that_is_said(bare_run: Run, sqlite_db: str) -> None:
    bare_run("--db", sqlite_db, "site", "add", "rome")
    Path(sqlite_db).unlink()
    assert bare_run("--db", sqlite_db, "db", "init", "-o", "json").json["action"] == "created"
    assert bare_run("--db", sqlite_db, "site", "list").code == 0
    assert bare_run("--db", sqlite_db, "db", "init", "-o", "json").json["action"] == "unchanged"


def test_folders_of_a_disk_that_is_away_are_not_made(bare_run: Run, tmp_path: Path) -> None:
    place = tmp_path / "volume" / "deep" / "cmdb.sqlite"
    assert bare_run("--db", str(place), "site", "add", "rome").code == 0
    (tmp_path / "volume").rename(tmp_path / "away")
    assert gone(bare_run("--db", str(place), "site", "list"))
    assert not (tmp_path / "volume").exists()
    (tmp_path / "away").rename(tmp_path / "volume")
    assert bare_run("--db", str(place), "site", "list", "-o", "name").out == "rome\n"


def test_another_database_at_a_place_is_told(db: str, opened: Opened) -> None:
    store = opened(db)
    add(store, "rome")
    store.close()
    with opened(db).engine.begin() as connection:
        connection.execute(sa.text("UPDATE meta SET value = 'another' WHERE key = 'server_guid'"))
    told: list[str] = []
    opened(db, tell=told.append)
    assert len(told) == 1
    assert "is another database than the one seen here before" in told[0]


# --- schemas of PostgreSQL --------------------------------------------------------------------------------------------


@contextmanager
def in_schema(server: PostgresServer, name: str) -> Iterator[str]:
    with server.database(name) as dsn:
        server.execute('CREATE SCHEMA "It\'s"', name)
        yield f"{dsn}&options=-csearch_path%3D%22It%27s%22"


def test_options_of_a_url_and_of_the_environment_are_honoured(
    bare_run: Run, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with in_schema(postgres_server, "itms_schema") as url:
        assert bare_run("--db", url, "site", "add", "rome").code == 0
        assert bare_run("--db", url, "site", "list", "-o", "name").out == "rome\n"
        plain = url.partition("&options")[0]
        found = bare_run("--db", plain, "site", "list")
        assert (found.code, "DB-FOREIGN" in found.err, "options=-csearch_path" in found.err) == (11, True, True)
        assert "`It's`" in found.err
        with postgres_server_tables(postgres_server, "itms_schema") as tables:
            assert tables("public") == 0, "nothing was made beside it"
        monkeypatch.setenv("PGOPTIONS", '-csearch_path="It\'s" -cwork_mem=5MB')
        assert bare_run("--db", plain, "site", "list", "-o", "name").out == "rome\n"
        monkeypatch.setenv("PGOPTIONS", "-cwork_mem=5MB")
        assert bare_run("--db", url, "db", "check").code == 0
        backup = bare_run("--db", url, "db", "backup")
        assert backup.code == 0, backup.err
        # A second CMDB in another schema is made only where that is said.
        monkeypatch.setenv("PGOPTIONS", "-csearch_path=public")
        assert bare_run("--db", plain, "site", "list").code == 11
        assert bare_run("--db", plain, "db", "init").code == 0
        assert bare_run("--db", plain, "site", "list", "-o", "name").out == ""
        monkeypatch.delenv("PGOPTIONS")
        assert bare_run("--db", url, "site", "list", "-o", "name").out == "rome\n"


@contextmanager
def postgres_server_tables(server: PostgresServer, name: str) -> Iterator[Callable[[str], int]]:
    import psycopg

    with psycopg.connect(server.dsn(name)) as connection:

        def count(schema: str) -> int:
            statement = "SELECT count(*) FROM pg_tables WHERE schemaname = %s"
            found = connection.execute(statement, (schema,)).fetchone()
            assert found is not None
            return int(found[0])

        yield count


@pytest.mark.parametrize("laid", ["", "CREATE TABLE itms.chain_head (seq int, hash text)", "all"])
def test_a_schema_that_others_lay_before_ours_is_refused(
    bare_run: Run, postgres_server: PostgresServer, postgres_template: str, laid: str
) -> None:
    with postgres_server.database("itms_laid", template=postgres_template) as dsn:
        assert bare_run("--db", dsn, "site", "add", "rome").code == 0
        postgres_server.execute("CREATE SCHEMA itms", "itms_laid")  # the login's name: it comes first by default
        if laid == "all":
            for table in ("meta", "chain_head", "alembic_version", "change_set", "site"):
                postgres_server.execute(
                    f"CREATE TABLE itms.{table} AS SELECT * FROM public.{table} WHERE '{table}' <> 'meta'", "itms_laid"
                )
        elif laid:
            postgres_server.execute(laid, "itms_laid")
        found = bare_run("--db", dsn, "site", "list")
        assert (found.code, "DB-FOREIGN" in found.err) == (11, True), found.err
        mine = bare_run("--db", f"{dsn}&options=-csearch_path%3Dpublic", "site", "list", "-o", "name")
        assert (mine.code, mine.out) == (0, "rome\n")


def test_tables_that_say_of_no_server_are_foreign(
    bare_run: Run, postgres_server: PostgresServer, postgres_template: str
) -> None:
    with postgres_server.database("itms_empty_meta", template=postgres_template) as dsn:
        postgres_server.execute("DELETE FROM meta", "itms_empty_meta")
        for argv in (("site", "list"), ("db", "status"), ("audit", "verify")):
            found = bare_run("--db", dsn, *argv)
            assert (found.code, "DB-FOREIGN" in found.err + found.out) == (11, True), found.err


def test_a_role_that_may_not_ask_for_the_cluster_is_served(
    bare_run: Run, postgres_server: PostgresServer, postgres_template: str
) -> None:
    with postgres_server.database("itms_plain", template=postgres_template) as dsn:
        for sql in (
            "CREATE ROLE plain LOGIN",
            "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC",
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO plain",
            "GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO plain",
        ):
            postgres_server.execute(sql, "itms_plain")
        try:
            plain = dsn.replace("//itms@", "//plain@")
            assert bare_run("--db", plain, "computer", "add", "pc1", "--address", "127.0.0.1").code == 0
            assert is_live(bare_run("--db", plain, *ACTS))
            assert is_live(bare_run("--db", dsn, *ACTS)), "who knows the cluster and who does not mean one place"
        finally:
            postgres_server.execute("DROP OWNED BY plain", "itms_plain")
            postgres_server.execute("DROP ROLE plain", "itms_plain")


# --- marks ------------------------------------------------------------------------------------------------------------


def test_marks_from_before_they_had_places_still_count(sqlite_db: str, opened: Opened, tmp_path: Path) -> None:
    store = opened(sqlite_db)
    add(store, "rome")
    old = {store.identity.server_guid: {"epoch": 1, "seq": 7, "hash": "x", "place": sqlite_db}}
    store.close()
    (tmp_path / "state" / "seen.json").write_text(json.dumps(old))
    with pytest.raises(errors.DatabaseOlderThanSeenError, match="change 7 was seen"):
        opened(sqlite_db)


@pytest.mark.parametrize("text", ["[1]", '{"a": 1}', '{"a": {"server": "x"}}', "[" * 100_000])
def test_marks_that_cannot_be_read_are_told(sqlite_db: str, opened: Opened, tmp_path: Path, text: str) -> None:
    add(opened(sqlite_db), "rome")
    (tmp_path / "state" / "seen.json").write_text(text)
    with pytest.raises(errors.StateDirUnsafeError, match="cannot be read"):
        opened(sqlite_db)


@pytest.mark.parametrize("text", ["", "{}", "null", "[]", "x", '{"key": 1}'])
def test_a_home_that_cannot_be_read_is_none(sqlite_db: str, opened: Opened, text: str) -> None:
    store = opened(sqlite_db)
    add(store, "rome")
    store.close()
    with sqlite3.connect(sqlite_db) as connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'home'", (text,))
    connection.close()
    again = opened(sqlite_db)
    again.acting()
    add(again, "oslo")
    kept: Any = sqlite3.connect(sqlite_db).execute("SELECT value FROM meta WHERE key = 'home'").fetchone()
    assert home.from_text(kept[0]) == again.here
