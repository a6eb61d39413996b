"""Since when a policy counts: put to use, it hears events and looks at its schedule from now on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Protocol

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.policies.events import JOINED
from itmsctl.policies.rows import events, occurrences, seen
from itmsctl.policies.timetable import said_by
from itmsctl.targeting.service import picking

_INSTANT = timedelta(microseconds=1)


class DrivenNoun(Protocol):
    """The shelf of a noun that the tick drives."""

    table: sa.Table

    def schedule_of(self, reader: Reader, doc: Doc) -> Doc | None:
        """Return the schedule that triggers it."""


def put_to_use(unit: UnitOfWork, policies: DrivenNoun, doc: Doc) -> None:
    """Count from now: what was due before is nobody's."""
    own = sa.update(policies.table).where(policies.table.c.id == doc.id)
    unit.connection.execute(own.values(put_to_use=unit.now, handled=unit.now - _INSTANT))
    schedule = policies.schedule_of(unit, doc)
    unit.connection.execute(own.values(timing=None if schedule is None else said_by(schedule.fields)))
    ahead = sa.delete(occurrences).where(
        occurrences.c.policy_id == doc.id, occurrences.c.due > unit.now, occurrences.c.state == "missed"
    )
    unit.connection.execute(ahead)  # missed by a clock that was ahead


def listen(unit: UnitOfWork, policies: DrivenNoun, doc: Doc, *, known: bool = False) -> None:
    """Hear events from now on; who is inside the target now has not joined, where joining is the event.

    Who was seen inside it is forgotten, unless they stay `known`.
    """
    last = sa.select(sa.func.coalesce(sa.func.max(events.c.id), 0)).scalar_subquery()
    own = policies.table.c.id == doc.id
    unit.connection.execute(sa.update(policies.table).where(own).values(event_id=last))
    if known:
        return
    unit.connection.execute(sa.delete(seen).where(seen.c.policy_id == doc.id))
    if doc.fields.get("event") == JOINED:
        from itmsctl.targeting.service import update

        update.freshen(unit)
        remember(unit, doc.id, picking.resolve(unit, doc.fields["target"]), frozenset())


def remember(unit: UnitOfWork, policy: int, now: Collection[int], before: Collection[int]) -> None:
    """Store who is inside a policy's target."""
    gone, come = set(before) - set(now), set(now) - set(before)
    where = member_of(unit.connection, seen.c.resource_id, sorted(gone))
    if gone:
        unit.connection.execute(sa.delete(seen).where(seen.c.policy_id == policy, where))
    bulk.insert(unit.connection, "policy_seen", ("policy_id", "resource_id"), [(policy, i) for i in sorted(come)])


def drop_queued(unit: UnitOfWork, policy: int, why: str) -> None:
    """Skip what waits in its queue."""
    unit.connection.execute(
        sa.update(occurrences)
        .where(occurrences.c.policy_id == policy, occurrences.c.state == "queued")
        .values(state="skipped", why=why)
    )
