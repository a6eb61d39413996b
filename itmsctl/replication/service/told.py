"""Events that other servers told of: kept apart from this server's own runs, for people to look at.

Nothing here is driven by them: no policy hears of them, and no alert should, for they come when a rule runs (REPL-15).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.admin.retention import NOTHING, Purgeable, Removed
from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.hierarchy.peer import CHILD, PARENT
from itmsctl.hierarchy.service import peers
from itmsctl.replication.records import RunResults
from itmsctl.replication.rows import arrived_events
from itmsctl.replication.service.receiving import Receiving
from itmsctl.tasks.numbers import run_name
from itmsctl.values.names import name_key
from itmsctl.values.untrusted import storable

_ROWS = 5000  # that one batch of a purge removes
_LONGEST = 400
_COLUMNS = tuple(column.name for column in arrived_events.columns)


def take_results(to: Receiving, told: RunResults) -> None:
    """Keep results of runs. What is known already stays as it is. Raises NotOwnerError for runs of others."""
    unit = to.unit
    if not to.is_parent and _is_of_another(to, told.origin):
        raise to.not_owner(
            "events", storable(told.server, 100), f"a {to.peer.relation} tells of what ran there, or below it (CH1)"
        )
    if told.origin == unit.server_guid:
        to.applied.counts["events of this server"] += len(told.results)
        return
    own = arrived_events.c
    among = member_of(unit.connection, own.computer, sorted({computer for computer, *_ in told.results}))
    before = sa.select(own.computer, own.attempt).where(own.origin == told.origin, own.run == told.run, among)
    known = set(map(tuple, unit.rows(before)))
    at = bulk.moment(unit.connection, unit.now)
    run_ended_at = bulk.moment(unit.connection, told.ended_at)
    server = to.peer.name if told.origin == to.peer.guid else told.server
    said = [storable(text, _LONGEST) for text in (server, told.title, told.policy)]
    rows = [
        (
            told.origin, told.run, computer, attempt, to.peer.guid, said[0], told.number, *said[1:],
            storable(name, _LONGEST), state, status, _text(reason), _text(message),
            bulk.moment(unit.connection, started), bulk.moment(unit.connection, ended), run_ended_at, at,
        )
        for computer, name, attempt, state, status, reason, message, started, ended in told.results
        if (computer, attempt) not in known
    ]  # fmt: skip
    to.applied.counts["events told before"] += len(told.results) - len(rows)
    if rows:
        bulk.insert(unit.connection, arrived_events.name, _COLUMNS, rows, ignore=True)
        to.applied.counts["events"] += len(rows)
        unit.note(arrived_events.name, told=len(rows))


def _is_of_another(to: Receiving, origin: str) -> bool:
    """Return whether events are of this server, or of its parent or a child that does not send them itself."""
    if origin == to.unit.server_guid:
        return True
    known = peers.of_guid(to.unit, origin)
    if known is None or not known.is_neighbour or origin == to.peer.guid:
        return False
    return known.relation in {PARENT, CHILD}


def _text(value: str | None) -> str | None:
    return None if value is None else storable(value, _LONGEST)


@dataclass(frozen=True, slots=True)
class EventsAsked:
    """Which events are listed."""

    server: str | None = None
    states: Sequence[str] = ()
    since: datetime | None = None
    limit: int | None = None


def listed(reader: Reader, asked: EventsAsked) -> list[dict[str, Any]]:
    """Return events as flat objects, the newest first."""
    own = arrived_events.c
    statement = sa.select(arrived_events).order_by(own.ended_at.desc(), own.name, own.computer, own.attempt.desc())
    if asked.states:
        statement = statement.where(own.state.in_(list(asked.states)))
    if asked.since is not None:
        statement = statement.where(own.ended_at >= asked.since)
    if asked.server is not None:
        wanted = name_key(asked.server)
        named = {row.origin for row in reader.rows(sa.select(own.origin, own.server).distinct())
                 if wanted in {name_key(row.server), row.origin}}  # fmt: skip
        statement = statement.where(own.origin.in_(sorted(named)))
    return [_shown(row) for row in reader.rows(statement.limit(asked.limit))]


def _shown(row: Any) -> dict[str, Any]:
    return {
        "server": row.server, "run": run_name(row.number), "title": row.title, "policy": row.policy,
        "computer": row.name, "state": row.state, "exit_status": row.exit_status, "reason": row.reason or "",
        "message": row.message or "", "ended_at": row.ended_at, "started_at": row.started_at, "attempt": row.attempt,
        "arrived_at": row.arrived_at, "id": row.computer, "server_id": row.origin,
    }  # fmt: skip


def purgeable() -> tuple[Purgeable, ...]:
    """Return what this room can purge (hook)."""
    return (Purgeable("events", _purge),)


def _purge(unit: UnitOfWork, before: datetime, _cursor: Any) -> Removed:
    own = arrived_events.c
    key = (own.origin, own.run, own.computer, own.attempt)
    old = sa.select(*key).where(own.arrived_at < before).limit(_ROWS)
    gone = int(unit.connection.execute(sa.delete(arrived_events).where(sa.tuple_(*key).in_(old))).rowcount)
    if not gone:
        return NOTHING
    unit.note(arrived_events.name, purged=gone)
    return Removed({"arrived_events": gone})
