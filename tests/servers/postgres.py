"""A PostgreSQL cluster of one's own, for the length of a test session.

Use the fixture `postgres_server` (import it into a `conftest.py`). However many conftests import it, a process starts
one cluster: the server is remembered here and stopped at exit. It dies with the test process, also by kill -9.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Literal

import pytest

from tests.servers import missing

_USER = "itms"  # the database role; the operating-system user differs
_PORT = 5432  # the socket lies in a folder of our own, so any port is free
_START_LIMIT_S = 60.0
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # but commits reach the kernel: they outlive the death of the server
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "jit": "off",  # a view of many tables takes longer to compile than to read
    "autovacuum": "off",
    "max_connections": "60",
    "log_min_messages": "warning",
}
_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}

Mode = Literal["smart", "fast", "immediate"]


class PostgresServer:
    """A running cluster that trusts its one role over a Unix socket which only this user (and root) can reach."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._owner = _unprivileged() if os.geteuid() == 0 else None
        self.home = _folder(self._owner)
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._initdb()
            self._start()
        except BaseException:
            self.stop()
            raise

    def dsn(self, dbname: str = "postgres") -> str:
        """Return the libpq URI of a database, as psycopg and `--db` take it."""
        return f"postgresql://{_USER}@/{dbname}?host={self.home}&port={_PORT}"

    def url(self, dbname: str = "postgres") -> str:
        """Return the SQLAlchemy URL of a database."""
        return self.dsn(dbname).replace("postgresql:", "postgresql+psycopg:", 1)

    def create_database(self, name: str, template: str | None = None, icu_locale: str | None = None) -> str:
        """Create a database, as a copy of another one or sorted by an ICU locale (`en-US`); return its DSN."""
        sql = f'create database "{name}"'
        if template:
            sql += f' template "{template}"'
        elif icu_locale:
            sql += f" template template0 locale_provider icu icu_locale '{icu_locale}'"
        self.execute(sql)
        return self.dsn(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, its connections included; one that is not there is fine."""
        self.execute(f'drop database if exists "{name}" with (force)')

    @contextmanager
    def database(self, name: str, template: str | None = None, icu_locale: str | None = None) -> Iterator[str]:
        """Yield the DSN of a new database that is dropped afterwards."""
        self.drop_database(name)
        try:
            yield self.create_database(name, template, icu_locale)
        finally:
            self.drop_database(name)

    def execute(self, sql: str, dbname: str = "postgres") -> None:
        """Run one statement outside a transaction."""
        import psycopg

        with psycopg.connect(self.dsn(dbname), autocommit=True) as connection:
            connection.execute(sql.encode())

    def restart(self, mode: Mode = "fast") -> None:
        """Stop and start the server; open connections break, except that `smart` waits for them."""
        self._halt(mode)
        self._start()

    def halt(self, mode: Mode = "fast") -> None:
        """Stop the server and keep its data, for tests of an absent server; `restart` brings it back."""
        self._halt(mode)

    def stop(self) -> None:
        """Stop the server and remove everything it wrote."""
        self._halt("immediate")
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def log(self) -> str:
        """Return the server's log."""
        path = self.home / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _initdb(self) -> None:
        options = ["-A", "trust", "-U", _USER, "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
        done = subprocess.run(
            [*self._as_owner(), str(self._binaries / "initdb"), "-D", str(self.home / "data"), *options],
            capture_output=True, text=True, cwd=self.home, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr or done.stdout}")

    def _start(self) -> None:
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [str(self._binaries / "postgres"), "-D", str(self.home / "data"), "-k", str(self.home)]
        with (self.home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._as_owner(), *command, "-p", str(_PORT), *settings],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home, start_new_session=True,
            )  # fmt: skip
        self._await_answer()

    def _await_answer(self) -> None:
        import psycopg

        assert self._process is not None
        limit = time.monotonic() + _START_LIMIT_S
        while True:
            try:
                psycopg.connect(self.dsn(), connect_timeout=5).close()
                return
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > limit:
                    raise RuntimeError(f"PostgreSQL did not start: {error}\n{self.log[-2000:]}") from None
            time.sleep(0.05)

    def _halt(self, mode: Mode) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(_SIGNALS[mode])
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGQUIT)
            process.wait(timeout=30)

    def _as_owner(self) -> list[str]:
        # The server may not run as root, and must not outlive a test process that was killed.
        if shutil.which("setpriv") is None:
            return []
        command = ["setpriv", "--pdeathsig", "QUIT"]
        if self._owner:
            command += ["--reuid", str(self._owner.pw_uid), "--regid", str(self._owner.pw_gid), "--clear-groups"]
        return command


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return missing("postgres", "there is no user to run it as: neither postgres nor nobody exists")


def _folder(owner: pwd.struct_passwd | None) -> Path:
    # Not under pytest's tmp_path: the folders above it are closed to the owner. A socket's path may have 107 bytes.
    parent = "/tmp" if owner else None
    home = Path(tempfile.mkdtemp(prefix="itms-pg-", dir=parent))
    if len(str(home)) > 80:
        home.rmdir()
        home = Path(tempfile.mkdtemp(prefix="itms-pg-", dir="/tmp"))
    if owner:
        os.chown(home, owner.pw_uid, owner.pw_gid)
    return home


def find_binaries() -> Path | None:
    """Return the folder of the newest initdb and postgres on this machine, or None."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    folders = debian + ([Path(on_path).resolve().parent] if on_path else [])
    return next((f for f in folders if (f / "initdb").exists() and (f / "postgres").exists()), None)


@cache
def shared_server() -> PostgresServer:
    """Return this process's cluster; starts it (about 1.5 s) when it is first asked for."""
    binaries = find_binaries()
    if binaries is None:
        missing("postgres", "no initdb in /usr/lib/postgresql/*/bin or on PATH (apt-get install postgresql)")
    try:
        import psycopg  # noqa: F401 - only to learn whether the driver is there
    except ImportError:
        missing("postgres", "psycopg is not installed (pip install 'itmsctl[postgres]')")
    server = PostgresServer(binaries)
    atexit.register(server.stop)
    return server


@pytest.fixture(scope="session")
def postgres_server() -> PostgresServer:
    """Give the session's cluster; skips, or fails where it is required, on a machine without PostgreSQL."""
    return shared_server()
