"""A database that was put back from an older backup, on either side: noticed by verification, healed, nothing fires."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.policies.kinds import POLICY
from itmsctl.policies.rows import policies
from itmsctl.replication import records
from itmsctl.replication.part_check import PartCheck, part_digest, part_of
from itmsctl.replication.records import written
from itmsctl.schedules.kinds import SCHEDULE
from itmsctl.targeting.kinds import FILTER, TARGET
from itmsctl.tasks.kinds import TASK
from tests.conftest import FrozenClock
from tests.replication.servers import Databases, InFiles, OnPostgres, TestServer, assert_audit, open_at

KINDS = (SCHEDULE, FILTER, TARGET, TASK, POLICY)
PARTS = 10


@pytest.fixture(params=["sqlite", "postgres"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Databases]:
    """Return where both servers have their databases."""
    if request.param == "sqlite":
        yield InFiles(tmp_path, request.getfixturevalue("sqlite_template"))
        return
    fixtures = (request.getfixturevalue(name) for name in ("postgres_server", "postgres_template"))
    on_server = OnPostgres(tmp_path, *fixtures)
    yield on_server
    on_server.drop()


@pytest.mark.parametrize("older", ["receiver", "sender"])
def test_an_older_backup_is_noticed_and_healed(
    databases: Databases, tmp_path: Path, clock: FrozenClock, older: str
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
    backup = databases.copy(one, "backup")
    head.set(SCHEDULE, "nightly", daily="04:00")
    head.send(rome, _complete(head))
    one.store = open_at(databases.put_back(one, backup), tmp_path / "restored", clock)
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
