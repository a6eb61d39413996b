"""The group `db` as a user meets it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from itmsctl.cmdb import manifest, schema
from tests.cmdb.test_schema import next_release
from tests.conftest import FrozenClock, Run


def test_init_is_explicit_and_idempotent(bare_run: Run, environment: dict[str, str]) -> None:
    first = bare_run("db", "init", "-o", "json")
    place = Path(environment["XDG_DATA_HOME"]) / "itmsctl" / "cmdb.sqlite"
    assert (first.code, first.json["action"], first.json["name"]) == (0, "created", str(place))
    again = bare_run("db", "init", "-o", "json")
    assert (again.code, again.json) == (0, first.json | {"action": "unchanged"})
    assert f"server {first.json['id']}" in bare_run("db", "init").err


def test_status_makes_nothing(bare_run: Run, environment: dict[str, str]) -> None:
    found = bare_run("db", "status")
    assert (found.code, found.json["schema"]) == (0, None)
    assert found.json["state"].startswith("empty")
    assert not Path(environment["XDG_DATA_HOME"]).exists()


def test_status(ok: Run) -> None:
    ok("site", "add", "rome")
    backup = ok("db", "backup").json
    found = ok("db", "status").json
    assert (found["state"], found["schema"], found["changes"], found["epoch"]) == ("ready", schema.HEAD, 1, 1)
    assert found["last_backup"] == backup["name"]
    assert found["size_bytes"] > 0
    assert {"noun": "site", "count": 1} in found["nouns"]
    assert ok("db", "status", "-o", "table").out.startswith("name")


def test_check(ok: Run, run: Run) -> None:
    ok("site", "add", "rome")
    rows = ok("db", "check", "-o", "json").json
    assert {row["result"] for row in rows} == {"ok"}
    assert "1 change-sets hold" in [row["detail"] for row in rows]


@pytest.mark.parametrize(
    ("statement", "code", "check"),
    [
        ("UPDATE change_set SET reason = 'x'", 14, "audit"),
        ("DROP INDEX ix_change_set_at", 20, "schema"),
        ("UPDATE change_set SET reason = 'x'; DROP INDEX ix_change_set_at", 14, "audit"),
    ],
)
def test_check_says_what_is_wrong_in_its_exit_status(
    bare_run: Run, sqlite_db: str, statement: str, code: int, check: str
) -> None:
    bare_run("--db", sqlite_db, "site", "add", "rome")
    with sqlite3.connect(sqlite_db) as connection:
        connection.executescript(statement)
    connection.close()
    found = bare_run("--db", sqlite_db, "db", "check", "-o", "json")
    assert found.code == code
    assert check in [row["name"] for row in found.json if row["result"] == "failed"]


def test_a_damaged_database(bare_run: Run, sqlite_db: str) -> None:
    bare_run("--db", sqlite_db, "site", "add", "rome")
    bare_run("--db", sqlite_db, "db", "backup")
    Path(sqlite_db).write_bytes(b"gone\n" * 2000)
    for argv in (("site", "list"), ("db", "check"), ("db", "upgrade"), ("db", "maintain")):
        found = bare_run("--db", sqlite_db, *argv)
        assert (found.code, "DB-CORRUPT" in found.err, "db restore --from" in found.err) == (11, True, True), argv
    status = bare_run("--db", sqlite_db, "db", "status")
    assert (status.code, status.json["state"]) == (11, "DB-CORRUPT")
    assert status.json["last_backup"] is not None


def test_restore_drill(bare_run: Run, sqlite_db: str, environment: dict[str, str]) -> None:
    def run(*argv: str) -> str:
        done = bare_run("--db", sqlite_db, *argv)
        assert done.code == 0, done.err
        return done.out

    run("site", "add", "rome")
    backup = json.loads(run("db", "backup"))["name"]
    assert backup.startswith(environment["XDG_DATA_HOME"] + "/itmsctl/backups/cmdb-20260105T090000Z")
    run("site", "add", "oslo")
    assert bare_run("--db", sqlite_db, "db", "restore", "--from", backup).code == 2
    assert bare_run("--db", sqlite_db, "db", "restore", "--from", backup, "--yes").code == 2
    assert bare_run("--db", sqlite_db, "db", "restore", "--from", backup, "--confirm", "other").code == 9
    assert run("site", "list", "-o", "name") == "oslo\nrome\n"
    done = json.loads(run("db", "restore", "--from", backup, "--confirm", "cmdb.sqlite", "-o", "json"))
    assert (done["action"], done["epoch"], done["changes"]) == ("restored", 2, 1)
    assert Path(done["kept"]).exists()
    assert run("site", "list", "-o", "name") == "rome\n"
    (adopted, _) = json.loads(run("audit", "list", "-o", "json"))
    assert adopted["what"] == "1 database adopted"
    run("db", "check")


def test_an_older_copy_is_refused_until_it_is_adopted(bare_run: Run, sqlite_db: str, tmp_path: Path) -> None:
    bare_run("--db", sqlite_db, "site", "add", "rome")
    shutil.copy(sqlite_db, tmp_path / "older")
    bare_run("--db", sqlite_db, "site", "add", "oslo")
    shutil.copy(tmp_path / "older", sqlite_db)
    refused = bare_run("--db", sqlite_db, "site", "list")
    assert (refused.code, "DB-OLDER-THAN-SEEN" in refused.err, "db adopt-restore" in refused.err) == (14, True, True)
    assert bare_run("--db", sqlite_db, "db", "status").code == 14
    assert bare_run("--db", sqlite_db, "db", "adopt-restore").code == 2
    adopted = bare_run("--db", sqlite_db, "db", "adopt-restore", "--yes", "-o", "json").json
    assert (adopted["action"], adopted["epoch"]) == ("adopted", 2)
    assert bare_run("--db", sqlite_db, "site", "list", "-o", "name").out == "rome\n"
    again = bare_run("--db", sqlite_db, "db", "adopt-restore", "--yes", "-o", "json").json
    assert (again["action"], again["epoch"]) == ("unchanged", 2)


def test_upgrade_makes_a_backup_first(bare_run: Run, db: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first, again = (bare_run("--db", db, "db", "upgrade", "-o", "json").json for _ in range(2))
    said = (first["action"], first["backup"], len(first["added"]))
    assert said == ("upgraded", None, 19)  # it has what a new one has
    assert (again["action"], again["added"]) == ("unchanged", [])
    bare_run("--db", db, "site", "add", "rome")
    table = "op.create_table('extra', sa.Column('id', sa.Integer(), primary_key=True))"
    before, after = next_release(monkeypatch, tmp_path, table)
    refused = bare_run("--db", db, "site", "list")
    assert (refused.code, "itmsctl db upgrade" in refused.err) == (11, True)
    dry = bare_run("--db", db, "db", "upgrade", "--dry-run", "-o", "json")
    assert (dry.code, dry.json["action"], dry.json["backup"]) == (0, "upgraded", None)
    assert bare_run("--db", db, "site", "list").code == 11
    done = bare_run("--db", db, "db", "upgrade", "-o", "json").json
    assert (done["before"], done["after"]) == (before, after)
    assert manifest.verify(Path(done["backup"])).schema == before
    assert bare_run("--db", db, "site", "list", "-o", "name").out == "rome\n"


def test_a_newer_database_names_the_way_out(
    bare_run: Run, db: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as later:
        next_release(later, tmp_path, "pass")
        assert bare_run("--db", db, "db", "upgrade").code == 0
    refused = bare_run("--db", db, "site", "list")
    assert (refused.code, "DB-NEWER-THAN-PROGRAM" in refused.err) == (11, True)
    assert "pip install -U itmsctl" in refused.err


def test_backup_where_told(ok: Run, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "mine"
    assert ok("db", "backup", "--out", str(out)).json["name"] == str(out)
    assert manifest.verify(out).seq == 0
    assert run("db", "backup", "--out", str(out)).code == 6


def test_two_backups_in_one_second(ok: Run, clock: FrozenClock) -> None:
    assert ok("db", "backup").json["name"] != ok("db", "backup").json["name"]


def test_maintain(ok: Run) -> None:
    dry = ok("db", "maintain", "--dry-run", "-o", "json").json
    assert [row["name"] for row in dry] == [
        "blobs",
        "dirty rows",
        "rows of inventory",
        "dictionary entries",
        "metered programs",
        "library",
        "would be done",
    ]
    assert {"blobs", "tables", "statistics"} <= {row["name"] for row in ok("db", "maintain", "-o", "json").json}
    ok("db", "check")
