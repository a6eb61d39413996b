"""What every test stands on: a clean environment, a frozen clock, both databases, and `run`, the user's own path."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine

from itmsctl.cli.context import Context
from itmsctl.cli.main import main
from itmsctl.cmdb import engine as sql_engine
from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import DatabasePlace, place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.schema import migrate
from itmsctl.cmdb.store import Store
from tests.servers.kept import KeptDatabases
from tests.servers.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]

# The same examples each time, however slow the machine is: CI tells what changed in the code, not in the dice.
# ITMSCTL_TEST_EXPLORE=1 looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("explore", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("explore" if os.environ.get("ITMSCTL_TEST_EXPLORE") else "steady")

# A shell that starts the tests in the background has them, and all that they start, ignore Ctrl-C; tests that press it
# mean a program started at a terminal.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

START = datetime(2026, 1, 5, 9, 0, 0, tzinfo=UTC)


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Have a failure told whose words are no UTF-8: xdist ends all tests where it cannot send a report."""
    return _sendable((yield))


def _sendable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_sendable(key): _sendable(one) for key, one in value.items()}
    return type(value)(map(_sendable, value)) if type(value) in {list, tuple} else value


class FrozenClock:
    """A clock that stands until it is moved."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **delta: float) -> None:
        self.moment += timedelta(**delta)

    def sleep(self, seconds: float) -> None:
        """Let time pass without waiting for it."""
        self.forward(seconds=seconds)


class Stream(io.StringIO):
    """A stream of text that may claim to be a terminal."""

    def __init__(self, text: str = "", *, terminal: bool = False) -> None:
        super().__init__(text)
        self.terminal = terminal
        self.buffer = io.BytesIO(text.encode())  # what a reader of bytes gets from standard input

    def isatty(self) -> bool:
        return self.terminal


@dataclass(frozen=True)
class Result:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


_arm_sqlite = sql_engine._arm_sqlite


def _arm_sqlite_quickly(engine: Engine, path: Path, busy_timeout_s: float, *more: str) -> None:
    _arm_sqlite(engine, path, busy_timeout_s, *more, "synchronous=OFF")


@pytest.fixture(autouse=True, scope="session")
def _quick_sqlite() -> Iterator[None]:
    """Have SQLite wait for no disk in this process: no test cuts the power. Commands in their own do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sql_engine, "_arm_sqlite", _arm_sqlite_quickly)
        yield


@pytest.fixture(autouse=True)
def _same_folder() -> Iterator[None]:
    """Have no test leave another working directory to those that follow."""
    before = os.open(".", os.O_RDONLY)
    try:
        yield
        assert os.path.samestat(os.fstat(before), os.stat(".")), f"this test left the working directory at {Path.cwd()}"  # noqa: PTH116 - of where one is
    finally:
        os.fchdir(before)
        os.close(before)


@pytest.fixture
def durable_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have SQLite wait for the disk in this process, as it does for users."""
    monkeypatch.setattr(sql_engine, "_arm_sqlite", _arm_sqlite)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a migrated, empty database file; each test gets a copy."""
    path = tmp_path_factory.mktemp("template") / "cmdb.sqlite"
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    migrate(place_of(str(path)))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """Return the name of a migrated, empty database; each test gets a copy (CREATE DATABASE ... TEMPLATE)."""
    postgres_server.create_database("itms_template")
    migrate(place_of(postgres_server.url("itms_template")))
    return "itms_template"


@pytest.fixture(scope="session")
def kept_databases(postgres_server: PostgresServer, postgres_template: str) -> KeptDatabases:
    """Return the databases on PostgreSQL that tests use one after the other."""
    return KeptDatabases(postgres_server, postgres_template)


# The second engine runs the same lines: tracing them again would take a quarter of all the time there is.
@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.no_cover)])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of a fresh CMDB, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "cmdb.sqlite"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        path.chmod(0o600)
        _renew(path)
        yield str(path)
        return
    kept: KeptDatabases = request.getfixturevalue("kept_databases")
    name = kept.take()
    yield kept.server.url(name)
    kept.give_back(name)


@pytest.fixture
def sqlite_db(tmp_path: Path, sqlite_template: Path) -> str:
    """Return the path of a fresh CMDB on SQLite, for tests of what only a file can suffer."""
    path = tmp_path / "cmdb.sqlite"
    shutil.copyfile(sqlite_template, path)
    path.chmod(0o600)
    _renew(path)
    return str(path)


def _renew(path: Path) -> None:
    # A copied file is another database: without its own GUID two tests would share one high-water mark.
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("UPDATE meta SET value = lower(hex(randomblob(16))) WHERE key = 'nonce'")
    connection.commit()
    connection.close()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return a clean environment: own folders, no terminal, UTF-8."""
    return {
        "HOME": str(tmp_path / "home"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "PATH": os.environ["PATH"],
        "TERM": "xterm",
        "COLUMNS": "100",
        "TZ": "UTC",
    }


Run = Callable[..., Result]


@pytest.fixture
def bare_run(environment: dict[str, str], clock: FrozenClock) -> Run:
    """Run one command with the embedded default database: `bare_run("site", "list")`."""

    def run(*argv: str, stdin: str = "", terminal: bool = False, env: dict[str, str] | None = None) -> Result:
        out, err = Stream(terminal=terminal), Stream(terminal=terminal)
        context = Context(
            list(argv), environment | (env or {}), Stream(stdin, terminal=terminal), out, err, clock, clock.sleep
        )
        code = main(list(argv), context)
        return Result(code, out.getvalue(), err.getvalue())

    return run


@pytest.fixture
def run(bare_run: Run, db: str) -> Run:
    """Run one command on a fresh CMDB, on both engines: `run("site", "add", "rome")` -> code, out, err."""

    def with_db(*argv: str, **options: Any) -> Result:
        return bare_run("--db", db, *argv, **options)

    return with_db


@pytest.fixture
def ok(run: Run) -> Run:
    """Run one command that has to end with 0."""

    def succeed(*argv: str, **options: Any) -> Result:
        result = run(*argv, **options)
        assert result.code == 0, result.err
        return result

    return succeed


@pytest.fixture
def place(db: str) -> DatabasePlace:
    return place_of(db)


@pytest.fixture
def store(place: DatabasePlace, clock: FrozenClock, tmp_path: Path) -> Iterator[Store]:
    """An open CMDB, on both engines, for tests of services."""
    opened = open_store(place, clock=clock, actor=Actor("tester", "test"), state_folder=tmp_path / "state")
    yield opened
    opened.close()
