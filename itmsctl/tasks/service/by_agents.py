"""Computers of a run that their own agents carry it out on: nobody contacts them, and they tell what came of it.

They stay queued until then, whatever the deadline: an agent keeps that itself, and tells when it comes back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.tasks import states
from itmsctl.tasks.assignment import Ending, StepProgress
from itmsctl.tasks.brakes import BY_AGENT
from itmsctl.tasks.rows import members, runs
from itmsctl.tasks.service import results, sealed
from itmsctl.tasks.service.runs import ENDED, WAITING, RunRow, new_attempts, run_of
from itmsctl.tasks.service.ticking import end_finished
from itmsctl.tasks.service.waving import is_left
from itmsctl.tasks.states import Event, State
from itmsctl.tasks.waves import NEVER
from itmsctl.values.counts import counted
from itmsctl.values.times import to_text
from itmsctl.values.untrusted import storable

LEFT = "its agent carries it out"
_APART = "agent "
_ENDED_OTHERWISE = (State.EXPIRED, State.CANCELLED)


def leave(unit: UnitOfWork, run: RunRow, ids: Collection[int]) -> None:
    """Leave computers of a run that was just begun to their agents."""
    if not ids:
        return
    own = member_of(unit.connection, members.c.computer_id, sorted(ids))
    unit.connection.execute(
        sa.update(members)
        .where(members.c.run_id == run.id, own)
        .values(not_before=NEVER, reason=BY_AGENT, message=LEFT)
    )
    unit.note("run_computer", by_agent=len(ids))
    others = sa.exists().where(members.c.run_id == run.id, sa.not_(is_left()))
    why = f"{counted(len(ids), 'computer carries', 'computers carry')} it out by itself"
    unit.connection.execute(sa.update(runs).where(runs.c.id == run.id, sa.not_(others)).values(why=why))


def _waits() -> sa.ColumnElement[bool]:
    """Return the condition that a computer was left to its agent and did not come to an end."""
    return sa.and_(members.c.state == str(State.QUEUED), is_left())


class OpenWork(NamedTuple):
    """A computer that was to carry something out by itself and did not tell its end; `told` that it told anything."""

    computer: int
    name: str
    message: str
    since: datetime
    told: bool


def still_open(reader: Reader, policy: int) -> list[OpenWork]:
    """Return the computers that have not told yet what came of what a policy had them carry out, the oldest first."""
    statement = (
        sa.select(members.c.computer_id, members.c.computer_name, members.c.message, runs.c.created_at)
        .join(runs, runs.c.id == members.c.run_id)
        .where(runs.c.policy_id == policy, _waits())
        .order_by(runs.c.created_at, members.c.computer_name)
    )
    return [
        OpenWork(row.computer_id, row.computer_name, row.message or LEFT, row.created_at, row.message != LEFT)
        for row in reader.connection.execute(statement)
    ]


def apart(due: datetime) -> str:
    """Return the selector of the run of one computer that carried an occurrence out and is of no other run of it."""
    return f"{_APART}{to_text(due)}"


def told_apart(reader: Reader, policy: int, due: datetime) -> frozenset[int]:
    """Return the computers that have told of an occurrence already, in runs of their own: their clocks are ahead."""
    statement = (
        sa.select(members.c.computer_id)
        .join(runs, runs.c.id == members.c.run_id)
        .where(runs.c.policy_id == policy, runs.c.selector == apart(due))
    )
    return frozenset(reader.connection.execute(statement).scalars())


def run_apart(reader: Reader, policy: int, due: datetime, computer: int) -> RunRow | None:
    """Return the run of one computer that told of an occurrence; None where there is none."""
    statement = (
        sa.select(runs)
        .join(members, members.c.run_id == runs.c.id)
        .where(runs.c.policy_id == policy, runs.c.selector == apart(due), members.c.computer_id == computer)
    )
    row = reader.connection.execute(statement).first()
    return None if row is None else run_of(row)


def member(reader: Reader, run: RunRow, computer: int) -> Any:
    """Return the row of a computer of a run; None where it is not among them."""
    statement = sa.select(members).where(members.c.run_id == run.id, members.c.computer_id == computer)
    return reader.connection.execute(statement).first()


def say(unit: UnitOfWork, run: RunRow, row: Any, message: str, progress: StepProgress) -> None:
    """Note how far a computer has come, by the word of its agent; nothing once it has ended."""
    if row.state != str(State.QUEUED):
        return
    own = (members.c.run_id == run.id, members.c.computer_id == row.computer_id)
    values = {"reason": BY_AGENT, "message": storable(message, results.MESSAGE), "not_before": NEVER}
    unit.connection.execute(sa.update(members).where(*own).values(**values))
    results.store_steps(unit, run, [progress])
    unit.note("run_computer", told=1)


def take(unit: UnitOfWork, run: RunRow, row: Any, ending: Ending) -> bool:
    """Store what a computer came to by itself; return whether that was news.

    What was given up meanwhile, for its deadline passed or somebody cancelled it, is another attempt: an end is never
    overwritten (I3).
    """
    state = State(row.state)
    if state in _ENDED_OTHERWISE and ending.state not in _ENDED_OTHERWISE:
        states.check(state, Event.RETRY, State.QUEUED)
        if run.state == ENDED:
            sealed.unseal(unit, run.guid, run.name)
        open_again = {"state": WAITING, "ended_at": None, "changed_by": unit.change_set_id}
        unit.connection.execute(sa.update(runs).where(runs.c.id == run.id).values(**open_again))
        own = sa.and_(members.c.run_id == run.id, members.c.computer_id == row.computer_id)
        new_attempts(unit, own)
        row = member(unit, run, row.computer_id)
        state = State.QUEUED
        ending = replace(ending, assignment=replace(ending.assignment, attempt=row.attempt, token=row.token))
    if state is not State.QUEUED:
        return False
    states.check(state, Event.TOLD, ending.state)
    results.store_steps(unit, run, [ending])
    results.store(unit, run, [ending], State.QUEUED)
    unit.note("run_computer", **{str(ending.state): 1})
    unit.digest(f"{ending.assignment.marker} {ending.state} {ending.outcome.exit_status}\n".encode())
    return True


def give_up(unit: UnitOfWork, among: sa.Select[Any], computer: int, why: str) -> None:
    """End a computer in the runs, of those that a query names, in which it still waits for its agent."""
    waits = (members.c.computer_id == computer, _waits())
    ids = list(
        unit.connection.execute(sa.select(members.c.run_id).where(*waits, members.c.run_id.in_(among))).scalars()
    )
    if not ids:
        return
    values = {"state": str(State.EXPIRED), "reason": "EXPIRED", "message": why, "ended_at": unit.now}
    unit.connection.execute(sa.update(members).where(*waits, members.c.run_id.in_(ids)).values(**values))
    unit.note("run_computer", expired=len(ids))
    end_finished(unit, ids)


def settle(unit: UnitOfWork, ids: Sequence[int]) -> None:
    """End runs that have nothing left to do now."""
    end_finished(unit, ids)
