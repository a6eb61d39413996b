"""Starting an occurrence: who is picked, what is queued, and the row that says so, all in one unit of work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.policies.kinds import AGENT
from itmsctl.policies.rows import occurrences
from itmsctl.policies.service import before
from itmsctl.policies.service.policies import Policies
from itmsctl.policies.timetable import begins
from itmsctl.schedules.policy import GRACE, SKIP
from itmsctl.schedules.service.schedules import timing
from itmsctl.schedules.service.zones import zone_of, zones_of
from itmsctl.tasks import guard
from itmsctl.tasks.service import by_agents, guarding, runs
from itmsctl.tasks.service.runs import Picked, RunPlan
from itmsctl.values.kind import house

SCHEDULE = "schedule"
"""The source of an occurrence that a schedule made."""


@dataclass(frozen=True, slots=True)
class DueOccurrence:
    """An occurrence: when, from where, and its wall time where each computer's own clock counts."""

    utc: datetime
    source: str
    local: datetime | None = None
    again: bool = False  # it was queued before


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of an occurrence."""

    policy: str
    due: datetime
    source: str
    state: str
    run: str = ""
    computers: int = 0
    why: str = ""

    @classmethod
    def known(cls, policy: str, due: DueOccurrence) -> Decided:
        """Return an occurrence that was decided before: nothing is done."""
        return cls(policy, due.utc, due.source, "known", why="it was decided before")

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {
            "type": "occurrence",
            "policy": self.policy,
            "due": self.due,
            "trigger": self.source,
            "state": self.state,
            "run": self.run,
            "computers": self.computers,
            "why": self.why,
        }


def is_known(reader: Reader, doc: Doc, due: DueOccurrence) -> bool:
    """Return whether an occurrence was decided before."""
    key = (
        occurrences.c.policy_id == doc.id, occurrences.c.due == due.utc, occurrences.c.source == due.source
    )  # fmt: skip
    return reader.scalar(sa.select(occurrences.c.state).where(*key)) is not None


def note(
    unit: UnitOfWork,
    doc: Doc,
    schedule: Doc | None,
    due: DueOccurrence,
    state: str,
    why: str,
    run: runs.RunRow | None = None,
    computers: int = 0,
) -> Decided:
    """Store what becomes of an occurrence, and return it."""
    values = {
        "local": None if due.local is None else due.local.isoformat(),
        "schedule_revision": None if schedule is None else schedule.revision,
        "state": state,
        "run_id": None if run is None else run.id,
        "why": why or None,
        "decided_at": unit.now,
        "change": unit.change_set_id,
    }
    key = {"policy_id": doc.id, "due": due.utc, "source": due.source}
    if due.again:
        row = [occurrences.c[name] == value for name, value in key.items()]
        unit.connection.execute(sa.update(occurrences).where(*row).values(**values))
    elif is_known(unit, doc, due):
        return Decided.known(doc.name, due)
    else:
        unit.connection.execute(sa.insert(occurrences).values(**key, **values))
    unit.note("occurrence", **{state: 1})
    return Decided(doc.name, due.utc, due.source, state, run.name if run else "", computers, why)


def by_turns(reader: Reader, shelf: Policies, doc: Doc, due: DueOccurrence) -> bool:
    """Return whether each computer is judged when its own turn comes: by its own clock, not all at once."""
    return due.local is not None and bool(shelf.work_of(reader, doc)[0].inside)


def start(
    unit: UnitOfWork,
    shelf: Policies,
    doc: Doc,
    schedule: Doc | None,
    due: DueOccurrence,
    guard_max: int,
    *,
    only: Collection[int] | None = None,
) -> Decided:
    """Queue a run for an occurrence, on the computers of the target as it is now.

    Those that still wait in a run before are left to it. Raises SizeGuardError, PlanChangedError, NotFoundError.
    """
    program, task_id, job_id = shelf.work_of(unit, doc)
    ids = shelf.members(unit, doc) if only is None else only
    picked = guarding.picked(unit, sorted(ids)) if program.inside else []
    turns = _turns(unit, schedule, due, picked)
    waiting = before.standing(unit, doc.id).waiting if turns is None else {}  # else judged when the turn comes
    ids = [computer.id for computer in picked if turns is None or computer.id in turns]
    acting = acts_by_itself(unit, shelf, doc, due, ids)
    told = by_agents.told_apart(unit, doc.id, due.utc) if acting else frozenset()
    alone = doc.fields.get("transport") == AGENT
    mine = {id_ for id_ in ids if id_ not in waiting and not alone} | set(acting)
    free = [computer for computer in picked if computer.id in mine - told]
    waiting = {id_: run for id_, run in waiting.items() if id_ not in acting}
    left = Counter(waiting[computer.id] for computer in picked if computer.id in waiting)
    said = "; ".join(f"{number} still wait in {name}" for name, number in sorted(left.items()))
    if program.inside and not free:
        nobody = _nobody(doc, picked, alone=alone)
        return note(unit, doc, schedule, due, "skipped", said or nobody)
    via = shelf.via_of(doc) if program.inside else replace(shelf.via_of(doc), transport="local")
    options = shelf.options_of(doc)
    if turns is not None and schedule is not None:
        options = replace(options, overlap=str(schedule.fields["overlap"]))
    plan = RunPlan(
        program, via, f"--target {doc.fields['target']}", picked, options, task_id, job_id, doc.id,
        turns, confirmed(doc, program.name, len(picked)), guard_max,
    )  # fmt: skip
    guarding.check_plan(unit, plan)  # of all that are picked: who waits in a run before is touched too
    run = guarding.begin(unit, replace(plan, picked=free), None)
    by_agents.leave(unit, run, acting)
    return note(unit, doc, schedule, due, "started", said, run, len(free))


def acts_by_itself(
    reader: Reader, shelf: Policies, doc: Doc, due: DueOccurrence, ids: Collection[int]
) -> frozenset[int]:
    """Return which computers carry an occurrence out by themselves: a later room knows (hook `acts_by_itself`).

    They know only what comes by schedule: for all else they are reached as others are.
    """
    if due.source != SCHEDULE:
        return frozenset()
    return frozenset().union(*(call(reader, shelf, doc, ids) for call in house().calls("acts_by_itself")))


def _nobody(doc: Doc, picked: Collection[Picked], *, alone: bool) -> str:
    if not picked:
        return f"`{doc.fields['target']}` holds no computer"
    return "no computer has an agent that carries it out" if alone else "nobody has a turn by its own clock"


def confirmed(doc: Doc, name: str, count: int) -> str | None:
    """Return the confirmation of so many computers, where the policy confirms as many or more."""
    given = doc.fields.get("confirm")
    whose, _, most = (given or "").rpartition(":")
    fits = whose == name and most.isdigit() and count <= int(most)
    return guard.confirmation(name, count) if fits else given


def _turns(
    reader: Reader, schedule: Doc | None, due: DueOccurrence, picked: list[Picked]
) -> Mapping[int, datetime] | None:
    """Return when each computer may begin, where its own clock counts; who has no turn is left out.

    That is who has it together with another occurrence, and who is late where missed ones are not made up.
    """
    if due.local is None or schedule is None:
        return None
    when = timing(schedule)
    zones = zones_of(reader, [computer.id for computer in picked])
    known = {name: zone_of(name, reader.server_zone) for name in set(zones.values())}
    moments = {name: begins(when, due.local, due.utc, zone) for name, zone in known.items()}
    oldest = reader.now - GRACE if schedule.fields["missed"] == SKIP else None
    turns = {}
    for computer in picked:
        moment = moments[zones[computer.id]]
        if moment is not None and (oldest is None or moment >= oldest):
            turns[computer.id] = moment
    return turns
