"""`doctor`, `help` and `config`: findings with the command that mends them, pages made from the code."""

from __future__ import annotations

import os
import socket
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from itmsctl.admin import topics
from itmsctl.admin.service import machine
from itmsctl.cli import configuration
from itmsctl.cli.global_options import FORMATS
from itmsctl.errors import ItmsError
from itmsctl.values.findings import Finding, Severity
from itmsctl.values.kind import house
from tests.conftest import FrozenClock, Result, Run


def by_id(result: Result) -> dict[str, Any]:
    return {row["id"]: row for row in result.json}


def test_a_fresh_machine_has_nothing_to_mend_and_doctor_makes_nothing(
    bare_run: Run, environment: dict[str, str]
) -> None:
    found = bare_run("doctor", "-o", "json")
    assert found.code == 0, found.out
    assert "nothing to fix" in found.err
    assert {row["severity"] for row in found.json} <= {"ok", "info"}
    assert not Path(environment["XDG_DATA_HOME"]).exists()
    assert not Path(environment["XDG_STATE_HOME"]).exists()


def test_a_database_in_order(ok: Run) -> None:
    ok("site", "add", "rome")
    found = by_id(ok("doctor", "-o", "json"))
    assert found["DATABASE"]["severity"] == "ok"
    assert "1 change" in found["DATABASE"]["what"]
    assert found["QUICK-CHECK"]["severity"] == "ok"
    assert found["BACKUP"] | {"mend": "itmsctl db backup", "severity": "info"} == found["BACKUP"]
    ok("db", "backup")
    assert by_id(ok("doctor", "-o", "json"))["BACKUP"]["severity"] == "ok"


def spoil_index(path: Path) -> None:
    """Damage a page that only a check reads."""
    with sqlite3.connect(path) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_change_kind_guid'").fetchone()
    connection.close()
    data = bytearray(path.read_bytes())
    data[(page - 1) * 4096 : page * 4096] = os.urandom(4096)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("harm", "id_", "mend"),
    [
        (lambda p: p.chmod(0o644), "DATABASE-FILE", "chmod 600"),
        (lambda p: p.parent.chmod(0o777), "DATABASE-FOLDER", "chmod go-w"),
        (lambda p: p.write_bytes(b"gone\n" * 999), "DATABASE", "itmsctl db restore"),
        (lambda p: spoil_index(p), "QUICK-CHECK", "db restore"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_file(bare_run: Run, sqlite_db: str, harm: Any, id_: str, mend: str) -> None:
    bare_run("--db", sqlite_db, "site", "add", "rome")
    harm(Path(sqlite_db))
    found = bare_run("--db", sqlite_db, "doctor", "-o", "json")
    assert found.code == 20
    bad = {k: v for k, v in by_id(found).items() if v["severity"] in {"warning", "error"}}
    assert id_ in bad, bad
    assert mend in bad[id_]["mend"]


def test_a_server_that_is_away_is_a_finding(bare_run: Run) -> None:
    found = bare_run("--db", "postgresql://x@127.0.0.1:1/y", "doctor", "-o", "json")
    assert found.code == 20
    assert by_id(found)["DATABASE"]["what"].startswith("DB-UNAVAILABLE")


def test_a_clock_that_went_back(ok: Run, run: Run, clock: FrozenClock) -> None:
    ok("site", "add", "rome")
    clock.forward(hours=-2)
    found = run("doctor", "-o", "json")
    assert (found.code, by_id(found)["CLOCK"]["severity"]) == (20, "warning")
    assert machine.clock(datetime(2020, 1, 1, tzinfo=UTC), None).severity is Severity.ERROR


def test_keys(bare_run: Run, environment: dict[str, str]) -> None:
    folder = Path(environment["HOME"]) / ".ssh"
    folder.mkdir(parents=True)
    for name, mode, text in (
        ("id_ed25519", 0o600, "-----BEGIN OPENSSH PRIVATE KEY-----\n"),
        ("id_open", 0o644, "-----BEGIN OPENSSH PRIVATE KEY-----\n"),
        ("id_text", 0o600, "hello\n"),
        ("id_ed25519.pub", 0o644, "ssh-ed25519 AAAA\n"),
    ):
        (folder / name).write_text(text)
        (folder / name).chmod(mode)
    found = [row for row in bare_run("doctor", "-o", "json").json if row["id"] == "SSH-KEYS"]
    assert [(Path(row["mend"].split(" ")[-1]).name, row["severity"]) for row in found] == [
        ("", "ok"), ("id_open", "warning"), ("id_text", "warning"),
    ]  # fmt: skip
    assert found[1]["mend"] == f"chmod 600 {folder / 'id_open'}"


def test_an_agent(bare_run: Run, tmp_path: Path) -> None:
    path = str(tmp_path / "agent")
    away = bare_run("doctor", "-o", "json", env={"SSH_AUTH_SOCK": path})
    assert by_id(away)["SSH-AGENT"]["severity"] == "warning"
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind(path)
        agent.listen()
        there = bare_run("doctor", "-o", "json", env={"SSH_AUTH_SOCK": path})
    assert by_id(there)["SSH-AGENT"]["severity"] == "ok"


def test_python_driver_and_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert next(machine.python((3, 10, 1), "3.40.1")).severity is Severity.ERROR
    assert next(machine.python((3, 11, 0), "3.40.1")).severity is Severity.OK
    monkeypatch.setattr(machine, "find_spec", lambda _name: None)
    assert machine.postgres_driver(False).severity is Severity.INFO
    assert machine.postgres_driver(True).severity is Severity.ERROR
    for free, severity in ((10, Severity.ERROR), (200 * 2**20, Severity.WARNING), (2**40, Severity.OK)):
        monkeypatch.setattr(machine.shutil, "disk_usage", lambda _p, free=free: Usage(free))
        assert machine.disk_space(tmp_path / "a" / "b").severity is severity


class Usage:
    def __init__(self, free: int) -> None:
        self.free = free


def test_rooms_add_their_findings(ok: Run, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from itmsctl.admin.service import doctor

    ok("site", "add", "rome")
    found = Finding("SHARED-UUID", Severity.WARNING, "two computers share one", "cloned", "itmsctl computer list")

    class Told:
        def calls(self, event: str) -> list[Any]:
            return [lambda *_a: [found]] if event in {"doctor", "doctor_reach"} else []

    monkeypatch.setattr(doctor, "house", Told)
    asked = run("doctor", "-o", "json")
    assert (asked.code, by_id(asked)["SHARED-UUID"]["mend"]) == (20, "itmsctl computer list")
    assert len(run("doctor", "--reach", "3", "-o", "json").json) == len(asked.json) + 1


def test_every_declared_hook_leads_to_a_function() -> None:
    for event in ("doctor", "doctor_reach", "database_restored"):
        assert all(callable(call) for call in house().calls(event))


# --- help and config --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", ["exit-codes", "selectors", "fields", "output", "environment", "docs"])
def test_pages_start_with_an_example(bare_run: Run, topic: str) -> None:
    page = bare_run("help", topic)
    assert page.code == 0
    assert page.out.startswith("Example: ")
    rows = bare_run("help", topic, "-o", "json").json
    assert all(row["name"] and row["meaning"] for row in rows)
    assert all(row["name"] in page.out for row in rows)


def test_exit_codes_come_from_the_error_tree() -> None:
    rows = {row["name"]: row for row in topics.exit_codes()}
    wanted = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 20, 124, 130, 141, 143}
    assert set(map(int, rows)) == wanted
    assert "DB-CORRUPT" in rows["11"]["codes"]
    listed = {code for row in rows.values() for code in row["codes"].split(", ") if code}
    waiting, codes = [ItmsError], set()
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if one is not ItmsError and one.__module__.startswith("itmsctl"):
            codes.add(one.code)
    assert codes <= listed


def test_pages_hold_everything_that_the_code_has() -> None:
    assert [row["name"] for row in topics.output(FORMATS)][: len(FORMATS)] == [f"-o {f}" for f in FORMATS]
    variables = {row["name"] for row in topics.environment(configuration.SETTINGS)}
    assert {"ITMSCTL_" + name.upper() for name in configuration.SETTINGS} <= variables
    fields = " ".join(row["name"] for row in topics.fields())
    assert all(f.name in fields for c in house().filter_classes() for f in c.fields if not c.map_key)


def test_config_shows_where_a_setting_comes_from(bare_run: Run, environment: dict[str, str]) -> None:
    folder = Path(environment["XDG_CONFIG_HOME"]) / "itmsctl"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("concurrency = 7\n")
    rows = bare_run("config", "show", "-o", "json", env={"ITMSCTL_BUSY_TIMEOUT_S": "5"}).json
    found = {row["name"]: (row["value"], row["origin"]) for row in rows}
    assert found["concurrency"] == ("7", str(folder / "config.toml"))
    assert found["busy_timeout_s"] == ("5", "ITMSCTL_BUSY_TIMEOUT_S")
    assert found["output"] == ("json", "flag")
    assert found["guard_max"][1] == "default"
