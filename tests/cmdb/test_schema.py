"""The schema: as declared, migrated whole or not at all, by one process at a time, refused where it does not fit."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from itmsctl import errors
from itmsctl.cmdb import compare, schema
from itmsctl.cmdb.engine import DatabasePlace, open_engine, place_of
from tests.cmdb.conftest import Opened
from tests.cmdb.processes import ROOT, start
from tests.servers.postgres import PostgresServer

pytest.importorskip("alembic")


def execute(place: DatabasePlace, *statements: str) -> None:
    engine = open_engine(place, purpose="test")
    with engine.connect().execution_options(itms_write=True) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()
    engine.dispose()


def differences(place: DatabasePlace) -> list[str]:
    engine = open_engine(place, purpose="test")
    with engine.connect() as connection:
        found = compare.differences(connection, compare.declared())
    engine.dispose()
    return found


def tables(place: DatabasePlace) -> set[str]:
    engine = open_engine(place, purpose="test")
    with engine.connect() as connection:
        found = set(sa.inspect(connection).get_table_names()) | set(sa.inspect(connection).get_view_names())
    engine.dispose()
    return found


def test_the_program_knows_its_own_head() -> None:
    assert schema.known_revisions()[-1] == schema.HEAD


def test_the_migrated_schema_is_the_declared_one(place: DatabasePlace) -> None:
    assert differences(place) == []


def test_up_down_up(place: DatabasePlace) -> None:
    assert schema.migrate(place, target="base") == (schema.HEAD, None)
    assert tables(place) == {"alembic_version"}
    assert schema.migrate(place) == (None, schema.HEAD)
    assert differences(place) == []
    assert schema.migrate(place) == (schema.HEAD, schema.HEAD)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DROP INDEX ix_change_kind_guid", "index kind guid False is missing"),
        ("ALTER TABLE site ADD COLUMN extra text", "column `extra` is not declared"),
        ("CREATE TABLE stray (id integer primary key)", "table `stray` is not declared"),
        ("DROP TABLE lease", "table `lease` is missing"),
        ("DROP VIEW v_site_member; DROP VIEW v_computer_site", "data class `sites` cannot be read"),
    ],
)
def test_a_schema_that_differs_is_told(place: DatabasePlace, statement: str, said: str) -> None:
    execute(place, *statement.split(";"))
    assert any(said in text for text in differences(place)), differences(place)


def test_a_column_without_code_point_order_is_told(postgres_server: PostgresServer, postgres_template: str) -> None:
    with postgres_server.database("itms_collation", template=postgres_template) as dsn:
        place = place_of(dsn)
        execute(place, 'ALTER TABLE lease ALTER COLUMN owner TYPE text COLLATE "default"')
        (found,) = differences(place)
        assert found.startswith("table `lease`: column `owner` is TEXT, declared ")
        assert found.endswith('COLLATE "C"')


# --- refusals ---------------------------------------------------------------------------------------------------------


def test_a_newer_database_is_refused(place: DatabasePlace, opened: Opened) -> None:
    execute(place, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(errors.DatabaseNewerError, match="made by a newer itmsctl") as caught:
        opened(place)
    assert caught.value.hint.startswith("upgrade this program")
    with pytest.raises(errors.DatabaseNewerError):
        schema.migrate(place)


def test_an_outdated_database_is_refused_and_upgrades(
    place: DatabasePlace, opened: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    table = "op.create_table('extra', sa.Column('id', sa.Integer(), primary_key=True))"
    before, after = next_release(monkeypatch, tmp_path, table)
    with pytest.raises(
        errors.DatabaseOutdatedError, match=f"has schema {before}, this program needs {after}"
    ) as caught:
        opened(place)
    assert "itmsctl db upgrade" in caught.value.hint
    assert schema.migrate(place, dry_run=True) == (before, after)
    assert "extra" not in tables(place)
    assert schema.migrate(place) == (before, after)
    assert "extra" in tables(place)
    opened(place)


def test_a_revision_that_fails_half_way_leaves_nothing(
    place: DatabasePlace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    next_release(
        monkeypatch, tmp_path,
        "op.create_table('extra', sa.Column('id', sa.Integer(), primary_key=True)); op.execute('SELECT nonsense')",
    )  # fmt: skip
    with pytest.raises(errors.StorageError):
        schema.migrate(place)
    assert "extra" not in tables(place)
    assert differences(place) == []


def next_release(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str) -> tuple[str, str]:
    """Make this program one of the next release, with one more revision; return the last two."""
    before, after = schema.HEAD, f"{int(schema.HEAD) + 1:04}"
    folder = tmp_path / "migrations"
    shutil.copytree(schema.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    head = f"import sqlalchemy as sa\nfrom alembic import op\nrevision='{after}'\ndown_revision='{before}'\n"
    text = f"{head}\n\ndef upgrade():\n    {body}\n"
    (folder / "versions" / f"{after}_next.py").write_text(text)
    monkeypatch.setattr(schema, "FOLDER", folder)
    monkeypatch.setattr(schema, "HEAD", after)
    return before, after


def test_what_is_not_ours_is_refused(place: DatabasePlace, opened: Opened) -> None:
    schema.migrate(place, target="base")
    execute(place, "CREATE TABLE invoices (id integer)")
    with pytest.raises(errors.DatabaseForeignError, match="tables of another program") as caught:
        opened(place)
    assert "invoices" in caught.value.why


def test_a_migration_stopped_half_way_by_another_tool_is_refused(place: DatabasePlace, opened: Opened) -> None:
    execute(place, "DELETE FROM alembic_version")
    with pytest.raises(errors.DatabaseForeignError, match="stopped half way"):
        opened(place)


def test_while_it_is_migrated_others_are_told_to_wait(
    place: DatabasePlace, opened: Opened, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    next_release(monkeypatch, tmp_path, "pass")
    engine = open_engine(place, purpose="test")
    with schema.one_migrator(place), engine.connect() as connection:
        if not place.is_sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({schema._MIGRATION_LOCK})")
        with pytest.raises(errors.MigrationRunningError, match="is being migrated"):
            opened(place)
        with pytest.raises(errors.MigrationRunningError):
            schema.migrate(place, wait_s=0.2)
    engine.dispose()


# --- first use --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_first_uses_at_once_make_one_database(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if engine == "sqlite":
        url = str(tmp_path / "deep" / "er" / "cmdb.sqlite")
    else:
        url = request.getfixturevalue("postgres_server").create_database(f"itms_first_{os.getpid()}")
    openers = [start(url, str(tmp_path / "state"), module="tests.cmdb.opener") for _ in range(3)]
    guids = set()
    for opener in openers:
        out, err = opener.communicate(timeout=120)
        assert opener.returncode == 0, err
        guids.add(out.strip())
    assert len(guids) == 1
    if engine == "sqlite":
        assert Path(url).stat().st_mode & 0o777 == 0o600
        assert Path(url).parent.stat().st_mode & 0o777 == 0o700


def test_opening_costs_no_alembic(sqlite_db: str, tmp_path: Path) -> None:
    code = (
        "import sys; from tests.cmdb.opener import main;"
        f"main({sqlite_db!r}, {str(tmp_path / 's')!r});"
        "print([m for m in ('alembic', 'mako', 'sqlglot', 'paramiko', 'sqlmodel', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1] == "[]"


# --- killed at every sync ---------------------------------------------------------------------------------------------


def sweep(strace: str, tmp_path: Path, kills: list[int]) -> int:
    """Kill a first use at its n-th sync, for each n; return how many kills took effect."""
    killed = 0
    for n in kills:
        folder = tmp_path / f"at{n}"
        path = folder / "cmdb.sqlite"
        trace = [strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync,fsync"]
        inject = ["-e", f"inject=fdatasync,fsync:signal=KILL:when={n}"]
        command = [sys.executable, "-m", "tests.cmdb.opener", str(path), str(folder / "state")]
        done = subprocess.run([*trace, *inject, *command], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return killed
        assert done.returncode in {137, -9}, done.stderr
        killed += 1
        again = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert again.returncode == 0, again.stderr
        place = place_of(str(path))
        assert differences(place) == []
        with sqlite3.connect(path) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
        assert [p.name for p in folder.iterdir() if "alembic_tmp" in p.name] == []
    return killed


def test_killed_at_a_sync_a_migration_is_before_or_after(tmp_path: Path, strace: str) -> None:
    assert sweep(strace, tmp_path, [1, 3]) == 2


@pytest.mark.slow
def test_killed_at_every_sync_a_migration_is_before_or_after(tmp_path: Path, strace: str) -> None:
    killed = sweep(strace, tmp_path, list(range(1, 200)))
    assert 3 <= killed < 199
