"""A database that was put back from an older backup, on either side: noticed by verification, healed, nothing fires."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.policies.kinds import POLICY
from itmsctl.policies.rows import policies
from itmsctl.replication import records
from itmsctl.replication.records import PartCheck, part_digest, part_of, written
from itmsctl.schedules.kinds import SCHEDULE
from itmsctl.targeting.kinds import FILTER, TARGET
from itmsctl.tasks.kinds import TASK
from tests.conftest import FrozenClock
from tests.replication.servers import TestServer, assert_audit, open_at, open_server, own_marks
from tests.servers.postgres import PostgresServer

KINDS = (SCHEDULE, FILTER, TARGET, TASK, POLICY)
PARTS = 10


class OnFiles:
    """Databases in files of SQLite."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.folder, self.template = folder, template

    def make(self, name: str, clock: FrozenClock) -> TestServer:
        """Return a new server."""
        return open_server(name, self.template, self.folder, clock)

    def back_up(self, of: TestServer) -> None:
        """Keep a copy of its database."""
        with closing(sqlite3.connect(self._path(of.name))) as connection:
            connection.execute("VACUUM INTO ?", (str(self._path("backup")),))

    def put_back(self, of: TestServer) -> str:
        """Put the copy in the place of its database; return where it is."""
        of.store.close()
        shutil.copyfile(self._path("backup"), self._path(of.name))
        self._path(of.name).chmod(0o600)
        for more in ("-wal", "-shm"):
            self._path(f"{of.name}.sqlite{more}").unlink(missing_ok=True)
        return str(self._path(of.name))

    def _path(self, name: str) -> Path:
        return self.folder / (name if "." in name else f"{name}.sqlite")


class OnPostgres:
    """Databases on a server of PostgreSQL; a backup is another database."""

    def __init__(self, folder: Path, server: PostgresServer, template: str) -> None:
        self.folder, self.server, self.template = folder, server, template
        self.made = {name: f"older_{name}_{secrets.token_hex(4)}" for name in ("head", "rome", "backup")}

    def make(self, name: str, clock: FrozenClock) -> TestServer:
        """Return a new server."""
        url = self.server.create_database(self.made[name], self.template)
        for key, value in own_marks(name).items():
            self.server.execute(f"UPDATE meta SET value = '{value}' WHERE key = '{key}'", self.made[name])
        return TestServer(name, open_at(url, self.folder, clock))

    def back_up(self, of: TestServer) -> None:
        """Keep a copy of its database."""
        of.store.engine.dispose()
        self.server.create_database(self.made["backup"], self.made[of.name])

    def put_back(self, of: TestServer) -> str:
        """Put the copy in the place of its database; return where it is."""
        of.store.close()
        self.server.drop_database(self.made[of.name])
        return self.server.create_database(self.made[of.name], self.made["backup"])

    def drop(self) -> None:
        """Remove all of them."""
        for name in self.made.values():
            self.server.drop_database(name)


@pytest.fixture(params=["sqlite", "postgres"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OnFiles | OnPostgres]:
    """Return where both servers have their databases."""
    if request.param == "sqlite":
        yield OnFiles(tmp_path, request.getfixturevalue("sqlite_template"))
        return
    fixtures = (request.getfixturevalue(name) for name in ("postgres_server", "postgres_template"))
    on_server = OnPostgres(tmp_path, *fixtures)
    yield on_server
    on_server.drop()


@pytest.mark.parametrize("older", ["receiver", "sender"])
def test_an_older_backup_is_noticed_and_healed(
    databases: OnFiles | OnPostgres, tmp_path: Path, clock: FrozenClock, older: str
) -> None:
    head, rome = databases.make("head", clock), databases.make("rome", clock)
    rome.link(head, "parent")
    head.add(SCHEDULE, "nightly", daily="03:00", time_zone="UTC")
    head.add(TASK, "hello", type="command", body="true")
    head.add(FILTER, "tux", where="os_family = 'linux'")
    head.add(TARGET, "linux", filters=["tux"])
    guid = head.add(POLICY, "greet", task="hello", target="linux", schedule="nightly", transport="local")
    head.send(rome, _complete(head))
    _fired(rome, guid, "once")
    assert [part for part in head.send(rome, _checks(head)).differing if part[3]] == []
    one = rome if older == "receiver" else head
    databases.back_up(one)
    head.set(SCHEDULE, "nightly", daily="04:00")
    head.send(rome, _complete(head))
    one.store = open_at(databases.put_back(one), tmp_path / "restored", clock)
    before = _handled(rome, guid)
    found = [held for _, _, _, held in head.send(rome, _checks(head)).differing]
    assert found, "what differs is not noticed"
    head.send(rome, _complete(head))
    assert head.send(rome, _checks(head)).differing == []
    assert {k.name: head.all(k).items() <= rome.all(k).items() for k in KINDS} == {k.name: True for k in KINDS}
    assert _handled(rome, guid) == before, "what was handled is handled"
    for server in (head, rome):
        assert_audit(server.store)
        server.store.close()


def _complete(of: TestServer) -> list[dict[str, Any]]:
    puts = of.puts(KINDS)
    return [
        *puts,
        *({"op": "complete", "kind": k.name, "guids": [p["guid"] for p in puts if p["kind"] == k.name]} for k in KINDS),
    ]


def _checks(of: TestServer) -> list[dict[str, Any]]:
    found = []
    puts = of.puts(KINDS)
    for kind in KINDS:
        for part in range(PARTS):
            mine = {
                str(p["guid"]): str(p["hash"])
                for p in puts
                if p["kind"] == kind.name and part_of(str(p["guid"]), PARTS) == part
            }
            found.append(records.parsed(written(PartCheck(kind.name, part, PARTS, part_digest(mine), len(mine)))))
    return found


def _fired(at: TestServer, guid: str, handled: str) -> None:
    with at.store.engine.connect() as connection:
        connection.begin()
        connection.execute(sa.update(policies).where(policies.c.guid == guid).values(timing=handled))
        connection.commit()


def _handled(at: TestServer, guid: str) -> tuple[Any, ...]:
    with at.store.read() as reader:
        own = policies.c
        return tuple(reader.rows(sa.select(own.handled, own.timing).where(own.guid == guid))[0])
