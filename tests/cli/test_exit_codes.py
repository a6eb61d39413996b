"""Each exit status of the table is shown by a command. Statuses of running tasks are shown in tests/tasks."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from itmsctl import errors
from tests.conftest import Run


def test_0_done_and_nothing_to_change(run: Run) -> None:
    assert run("site", "add", "rome").code == 0
    assert run("site", "add", "rome").code == 0
    assert run("site", "list").code == 0
    assert run("--version").code == 0
    assert run("--help").code == 0


@pytest.mark.parametrize(
    "argv",
    [
        ("nonsense",),
        ("site", "nonsense"),
        ("site", "add"),
        ("site", "add", "a", "b"),
        ("site", "list", "--nonsense"),
        ("site", "list", "--limit", "many"),
        ("site", "list", "--limit", "-1"),
        ("site", "list", "-o", "xml"),
        ("site", "set", "rome"),
        ("--color", "blue", "site", "list"),
    ],
    ids=" ".join,
)
def test_2_wrong_usage(run: Run, argv: tuple[str, ...]) -> None:
    run("site", "add", "rome")
    result = run(*argv)
    assert (result.code, result.out) == (2, "")
    assert "[USAGE]" in result.err
    assert "try: " in result.err


def test_2_a_danger_that_nobody_can_be_asked_about(run: Run) -> None:
    run("site", "add", "rome")
    result = run("site", "remove", "rome")
    assert (result.code, "--confirm rome" in result.err) == (2, True)


def test_3_input_rejected(run: Run) -> None:
    assert run("site", "add", "a\tb").code == 3
    assert run("site", "list", "--fields", "nonsense").code == 3


def test_3_a_configuration_file_that_cannot_be_read(bare_run: Run, environment: dict[str, str]) -> None:
    folder = Path(environment["XDG_CONFIG_HOME"]) / "itmsctl"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("output = [")
    (folder / "config.toml").chmod(0o600)
    result = bare_run("site", "list")
    assert (result.code, "config.toml" in result.err) == (3, True)


def test_5_not_found(run: Run) -> None:
    assert run("site", "show", "nowhere").code == 5
    assert run("site", "set", "nowhere", "--region", "x").code == 5
    assert run("site", "remove", "nowhere", "--yes").code == 5


def test_6_a_different_object_and_a_moved_revision(run: Run) -> None:
    run("site", "add", "rome", "--region", "Lazio")
    assert run("site", "add", "rome", "--region", "Umbria").code == 6
    assert run("site", "set", "rome", "--region", "x", "--revision", "7").code == 6


def test_9_the_wrong_name_confirmed(run: Run) -> None:
    run("site", "add", "rome")
    assert run("site", "remove", "rome", "--confirm", "oslo").code == 9
    assert run("site", "show", "rome").code == 0


def test_11_not_a_database(bare_run: Run, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"no database at all, but long enough to be one" * 100)
    path.chmod(0o600)
    result = bare_run("--db", str(path), "site", "list")
    assert (result.code, result.out) == (11, "")
    assert path.read_bytes().startswith(b"no database"), "it is left as it was"


def test_11_files_that_others_can_change(bare_run: Run, sqlite_db: str, environment: dict[str, str]) -> None:
    os.chmod(sqlite_db, 0o666)  # noqa: PTH101 - the fixture gives a path as text
    result = bare_run("--db", sqlite_db, "site", "list")
    assert (result.code, "STATE-DIR-UNSAFE" in result.err, "chmod" in result.err) == (11, True, True)


def test_11_a_server_that_is_not_there(bare_run: Run) -> None:
    result = bare_run("--db", "postgresql://itms@127.0.0.1:9/itms", "site", "list")
    assert (result.code, "DB-UNAVAILABLE" in result.err) == (11, True)


def test_2_a_server_that_would_be_asked_in_clear(bare_run: Run) -> None:
    result = bare_run("--db", "postgresql://itms@db.example.net/itms?sslmode=disable", "site", "list")
    assert (result.code, "INSECURE-URL" in result.err) == (2, True)


def test_15_another_writer_holds_the_lock(bare_run: Run, sqlite_db: str) -> None:
    holder = sqlite3.connect(sqlite_db, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    result = bare_run("--db", sqlite_db, "site", "add", "rome", env={"ITMSCTL_BUSY_TIMEOUT_S": "0.3"})
    assert (result.code, "DB-BUSY" in result.err) == (15, True)
    holder.execute("ROLLBACK")
    holder.close()
    assert bare_run("--db", sqlite_db, "site", "add", "rome").code == 0, "the same command passes later"


def test_of_several_the_first_of_the_table_wins() -> None:
    assert errors.worst(set()) == 0
    assert errors.worst({7, 12, 10}) == 12
    assert errors.worst({5, 20}) == 5
    assert set(errors.PRECEDENCE) == {e.exit_status for e in errors.ItmsError.__subclasses__()} - {0} | {1}
