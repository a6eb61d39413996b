"""The outbox of events: written in the unit of work of what happened, read by ticks.

Every run that ends comes by here, so nothing is imported that a run without policies does not need.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.policies.events import event_key, of_run
from itmsctl.policies.rows import driven_tables, events, policies
from itmsctl.schedules.rows import schedules

KEPT = timedelta(days=90)  # how long an event is kept, and its key remembered


def wanted(reader: Reader) -> set[str]:
    """Return the events that enabled policies wait for, by key."""
    own = sa.select(policies.c.event).where(policies.c.enabled, policies.c.event.is_not(None))
    if reader.scalar(sa.select(schedules.c.id).where(schedules.c.event.is_not(None)).limit(1)) is None:
        return {event_key(name) for name in reader.connection.execute(own).scalars()}
    # Only now are the tables of all rooms made whose nouns the tick drives: most runs end where nobody listens.
    shared = (
        sa.select(schedules.c.event)
        .join(table, table.c.schedule_id == schedules.c.id)
        .where(table.c.enabled, schedules.c.event.is_not(None))
        for table in driven_tables()
    )
    return {event_key(name) for name in reader.connection.execute(own.union(*shared)).scalars()}


def put(unit: UnitOfWork, event: str, key: str | None = None) -> bool:
    """Put an event into the outbox; answer false where one of this name and key was there already."""
    name = event_key(event)
    unit.connection.execute(sa.delete(events).where(events.c.raised_at < unit.now - KEPT))
    if key is not None:
        there = sa.select(events.c.id).where(events.c.name == name, events.c.key == key)
        if unit.scalar(there) is not None:
            return False
    values: dict[str, Any] = {"id": unit.next_ids(1)[0], "name": name, "key": key, "raised_at": unit.now}
    unit.connection.execute(sa.insert(events).values(**values))
    unit.note("policy_event", raised=1)
    return True


def run_ended(unit: UnitOfWork, run: Any) -> None:
    """Say that a run of a stored task or job has ended, where a policy waits for it (hook of `tasks`)."""
    if run.task_name is None:
        return
    heard = wanted(unit)
    possible = {ok: of_run(run.task_name, ok=ok) for ok in (True, False)}
    if not heard.intersection(map(event_key, possible.values())):
        return
    from itmsctl.tasks.service.runs import tally

    counts = tally(unit, run)
    event = possible[counts.exit_status == 0]
    nothing_done = counts.exit_status == 0 and not counts.counts["ok"]
    if event_key(event) in heard and not nothing_done:
        put(unit, event)
