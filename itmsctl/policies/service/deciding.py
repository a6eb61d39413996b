"""Deciding what is due: each occurrence once, in the unit of work that queues its run (F20, POL-1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.policies.events import JOINED, event_key
from itmsctl.policies.rows import driven, driven_tables, events, occurrences, seen
from itmsctl.policies.service import before, starting
from itmsctl.policies.service.counting import remember
from itmsctl.policies.service.policies import Policies
from itmsctl.policies.service.starting import Decided
from itmsctl.policies.timetable import due_since, said_by, zone_is_each_computers
from itmsctl.schedules.due import Due
from itmsctl.schedules.policy import DROP, QUEUE, QUEUE_ONE, REPLACE, DueLook, overlapping
from itmsctl.schedules.rows import schedules
from itmsctl.schedules.service import schedules as shelf
from itmsctl.schedules.service.zones import zone_of
from itmsctl.targeting.service import picking, update
from itmsctl.tasks.brakes import CANCELLED
from itmsctl.tasks.service.runs import find_run
from itmsctl.tasks.service.stopping import stop as stop_run

AHEAD = timedelta(minutes=10)  # how far the clock may go back before it is said


@dataclass(frozen=True, slots=True)
class Pending:
    """What a look at a policy found to be decided."""

    shelf: Policies
    doc: Doc
    row: Any
    schedule: Doc | None
    look: DueLook = DueLook()  # noqa: RUF009 - frozen, and empty
    edited: str = ""  # what the schedule says now, where that is new
    events: tuple[Any, ...] = ()
    queued: tuple[Any, ...] = ()
    joined: bool = False  # somebody may have joined

    @property
    def anything(self) -> bool:
        """Return whether there is something to decide."""
        found = self.look
        return bool(found.run or found.missed or self.edited or self.events or self.queued or self.joined)

    @property
    def by_computer(self) -> bool:
        """Return whether each computer's own clock counts."""
        return self.schedule is not None and zone_is_each_computers(self.schedule.fields["time_zone"])

    @property
    def overlap(self) -> str:
        """Return what is done about an occurrence while the one before still runs."""
        return QUEUE_ONE if self.schedule is None else str(self.schedule.fields["overlap"])


def names(reader: Reader) -> list[tuple[Policies, str]]:
    """Return the policies that are in use, each with the shelf that it stands on."""
    shelves = [kind.load_shelf() for kind in driven()]
    return [(shelf, name) for shelf in shelves for name in shelf.in_use(reader.connection)]


def ahead(reader: Reader) -> list[tuple[str, datetime]]:
    """Return the policies that were looked at by a clock that was ahead, and until when nothing of theirs is due."""
    late = [
        sa.select(table.c.name, table.c.handled)
        .where(table.c.enabled, table.c.handled > reader.now + AHEAD)
        .order_by(table.c.name)
        for table in driven_tables()
    ]
    return [(row.name, row.handled) for statement in late for row in reader.connection.execute(statement)]


def look_at(reader: Reader, policies: Policies, doc: Doc) -> Pending:
    """Look at one policy: what its schedule, its events and its target say."""
    row = reader.connection.execute(sa.select(policies.table).where(policies.table.c.id == doc.id)).one()
    schedule = policies.schedule_of(reader, doc)
    found = Pending(policies, doc, row, schedule)
    waiting = sa.select(occurrences).where(occurrences.c.policy_id == doc.id, occurrences.c.state == "queued")
    found = replace(found, queued=tuple(reader.rows(waiting)), events=tuple(_events(reader, found)))
    if policies.hears_joining(doc):
        found = replace(found, joined=_may_have_joined(reader, policies, doc))
    if schedule is None or row.handled is None:
        return found
    said = said_by(schedule.fields)
    changed_at = reader.scalar(sa.select(schedules.c.changed_at).where(schedules.c.id == schedule.id))
    edited = said if said != row.timing else ""
    since = max(row.handled, changed_at or row.handled) if edited else row.handled
    timing = shelf.timing(schedule).put_to_use(row.put_to_use)
    zone = None if found.by_computer else zone_of(schedule.fields["time_zone"], reader.server_zone)
    return replace(found, edited=edited, look=due_since(timing, zone, since, reader.now, schedule.fields["missed"]))


def _events(reader: Reader, found: Pending) -> list[Any]:
    names = {found.doc.fields.get("event")} | ({found.schedule.fields["event"]} if found.schedule else set())
    keys = [event_key(name) for name in names if name and name != JOINED]
    statement = sa.select(events).where(events.c.name.in_(keys), events.c.id > found.row.event_id)
    return reader.rows(statement.order_by(events.c.id)) if keys else []


def _may_have_joined(reader: Reader, policies: Policies, doc: Doc) -> bool:
    if picking.uses_membership(doc.fields["target"]) and update.wanted(reader):
        return True
    return policies.members(reader, doc) != seen_by(reader, doc.id)


def seen_by(reader: Reader, policy: int) -> frozenset[int]:
    """Return who was inside a policy's target when it last looked."""
    statement = sa.select(seen.c.resource_id).where(seen.c.policy_id == policy)
    return frozenset(reader.connection.execute(statement).scalars())


# --- deciding ---------------------------------------------------------------------------------------------------------


def anything(reader: Reader, policies: Policies, name: str) -> bool:
    """Return whether a policy has something to be decided. Raises NotFoundError where it, or its target, is gone."""
    return look_at(reader, policies, policies.get(reader, name)).anything


def decide(unit: UnitOfWork, policies: Policies, name: str, guard_max: int) -> list[Decided]:
    """Decide all that is due for a policy; return what became of it.

    Raises what the guard raises, and NotFoundError for a target that is not there: nothing is written then.
    """
    found = look_at(unit, policies, policies.get(unit, name))
    if not found.anything:
        return []
    if picking.uses_membership(found.doc.fields["target"]):
        update.freshen(unit)
    decided = [*_again(unit, found, guard_max), *_scheduled(unit, found, guard_max)]
    decided += _on_events(unit, found, guard_max)
    decided += _on_joined(unit, found, guard_max, all_started=any(one.state == "started" for one in decided))
    return decided


def _keep(unit: UnitOfWork, found: Pending, **values: Any) -> None:
    """Write columns of the tick's own."""
    table = found.shelf.table
    unit.connection.execute(sa.update(table).where(table.c.id == found.doc.id).values(**values))


def _again(unit: UnitOfWork, found: Pending, guard_max: int) -> Iterator[Decided]:
    """Start the occurrence that is queued, where the one before it has ended."""
    for row in found.queued:
        if before.standing(unit, found.doc.id).active:
            return
        local = None if row.local is None else datetime.fromisoformat(row.local)
        due = starting.DueOccurrence(row.due, row.source, local, again=True)
        yield starting.start(unit, found.shelf, found.doc, found.schedule, due, guard_max)


def _scheduled(unit: UnitOfWork, found: Pending, guard_max: int) -> Iterator[Decided]:
    if found.schedule is None:
        return
    if found.edited:
        _keep(unit, found, timing=found.edited, handled=unit.now)
    if not (found.look.run or found.look.missed):
        return
    why = "nobody looked when it was due"
    for due in found.look.missed:
        yield starting.note(unit, found.doc, found.schedule, _due(found, due), "missed", why)
    for due in found.look.run:
        yield _meet(unit, found, _due(found, due), guard_max)
    _keep(unit, found, handled=unit.now)


def _due(found: Pending, due: Due) -> starting.DueOccurrence:
    return starting.DueOccurrence(due.utc, starting.SCHEDULE, due.local if found.by_computer else None)


def _on_events(unit: UnitOfWork, found: Pending, guard_max: int) -> Iterator[Decided]:
    for event in found.events:
        yield _meet(unit, found, starting.DueOccurrence(event.raised_at, f"event:{event.id}"), guard_max)
    if found.events:
        _keep(unit, found, event_id=found.events[-1].id)


def _on_joined(unit: UnitOfWork, found: Pending, guard_max: int, *, all_started: bool) -> Iterator[Decided]:
    """Run on those who have joined the target since the last look, and on nobody else.

    Where all were started just now those who are new are among them: what only makes up for a first run is done.
    """
    if not found.joined:
        return
    now, known = found.shelf.members(unit, found.doc), seen_by(unit, found.doc.id)
    if now - known and not (found.shelf.at_once and all_started):
        due = starting.DueOccurrence(unit.now, f"{JOINED}:{unit.next_ids(1)[0]}")
        yield starting.start(unit, found.shelf, found.doc, None, due, guard_max, only=now - known)
    remember(unit, found.doc.id, now, known)


def _meet(unit: UnitOfWork, found: Pending, due: starting.DueOccurrence, guard_max: int) -> Decided:
    """Start an occurrence, or skip it, or queue it, or let it take the place of the one before."""
    if starting.is_known(unit, found.doc, due):
        return Decided.known(found.doc.name, due)
    if starting.by_turns(unit, found.shelf, found.doc, due):
        return starting.start(unit, found.shelf, found.doc, found.schedule, due, guard_max)
    standing = before.standing(unit, found.doc.id)
    queued = unit.scalar(
        sa.select(sa.func.count())
        .select_from(occurrences)
        .where(occurrences.c.policy_id == found.doc.id, occurrences.c.state == "queued")
    )
    what = overlapping(found.overlap, len(standing.active), int(queued))
    those = ", ".join(standing.active) or "the one queued before"
    if what == DROP:
        return starting.note(unit, found.doc, found.schedule, due, "skipped", f"{those} still runs")
    if what == QUEUE:
        return starting.note(unit, found.doc, found.schedule, due, "queued", f"after {those}")
    if found.overlap == REPLACE:
        return _replace(unit, found, due, guard_max)
    return starting.start(unit, found.shelf, found.doc, found.schedule, due, guard_max)


def _replace(unit: UnitOfWork, found: Pending, due: starting.DueOccurrence, guard_max: int) -> Decided:
    """Cancel what is queued of the runs before, then start."""
    standing = before.standing(unit, found.doc.id)
    for name in standing.runs:
        stop_run(unit, find_run(unit, name), CANCELLED)
    decided = starting.start(unit, found.shelf, found.doc, found.schedule, due, guard_max)
    if standing.runs:
        decided = replace(decided, why=f"in place of what was left of {', '.join(standing.runs)}")
    return decided
