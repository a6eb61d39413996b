"""Old occurrences and events, removed for good. What is queued, or not yet taken up by a policy, stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.admin.retention import NOTHING, Purgeable, Removed
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.policies.rows import driven_tables, events, occurrences
from itmsctl.schedules.rows import schedules

_ROWS = 5000
_QUEUED = "queued"


def purgeable() -> tuple[Purgeable, ...]:
    """Return what this room can purge (hook)."""
    return (Purgeable("events", _purge),)


def audit_needed(reader: Reader) -> datetime | None:
    """Return since when the oldest occurrence that is queued waits (hook)."""
    waiting = sa.select(sa.func.min(occurrences.c.decided_at)).where(occurrences.c.state == _QUEUED)
    found: datetime | None = reader.scalar(waiting)
    return found


def runs_purged(unit: UnitOfWork, ids: Sequence[int]) -> None:
    """Let the occurrences of runs that are about to go stand without them (hook)."""
    theirs = member_of(unit.connection, occurrences.c.run_id, ids)
    unit.connection.execute(sa.update(occurrences).where(theirs).values(run_id=None))


def _purge(unit: UnitOfWork, before: datetime, _cursor: Any) -> Removed:
    counts = {"occurrences": _old_occurrences(unit, before), "events": _old_events(unit, before)}
    if not any(counts.values()):
        return NOTHING
    unit.note("occurrence", purged=counts["occurrences"])
    unit.note("policy_event", purged=counts["events"])
    return Removed(counts)


def _old_occurrences(unit: UnitOfWork, before: datetime) -> int:
    """Remove occurrences that were decided and due before a moment; the last one of each policy stays."""
    later = occurrences.alias("later")
    key = (occurrences.c.policy_id, occurrences.c.due, occurrences.c.source)
    newer = sa.exists().where(later.c.policy_id == occurrences.c.policy_id, later.c.due > occurrences.c.due)
    old = (
        sa.select(*key)
        .where(occurrences.c.decided_at < before, occurrences.c.due < before, occurrences.c.state != _QUEUED, newer)
        .limit(_ROWS)
    )
    return int(unit.connection.execute(sa.delete(occurrences).where(sa.tuple_(*key).in_(old))).rowcount)


def _old_events(unit: UnitOfWork, before: datetime) -> int:
    """Remove events raised before a moment that every policy which waits for one has passed."""
    passed = min((n for table in driven_tables() if (n := unit.scalar(_passed(table))) is not None), default=None)
    old = sa.select(events.c.id).where(events.c.raised_at < before)
    if passed is not None:
        old = old.where(events.c.id <= passed)
    return int(unit.connection.execute(sa.delete(events).where(events.c.id.in_(old.limit(_ROWS)))).rowcount)


def _passed(table: sa.Table) -> sa.Select[tuple[int | None]]:
    """Return the statement of the last event that all have taken up that wait for one."""
    own = [table.c.event.is_not(None)] if "event" in table.c else []
    return (
        sa.select(sa.func.min(table.c.event_id))
        .outerjoin(schedules, schedules.c.id == table.c.schedule_id)
        .where(table.c.enabled, sa.or_(*own, schedules.c.event.is_not(None)))
    )
