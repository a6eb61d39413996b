"""One occurrence of a policy meets the one before it on a computer, where each computer's own clock counts.

Such a run is queued hours before its computers begin, so nothing can be judged then. Each computer is judged when its
own turn comes. Where an earlier run of the same policy is not done with it, it skips, waits, or takes that run's place;
where that run only waits (absent, a closed window, an unknown outcome) the computer is left to it, as everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.schedules.policy import GRACE, QUEUE_ONE, REPLACE
from itmsctl.tasks.numbers import run_name
from itmsctl.tasks.rows import members, runs
from itmsctl.tasks.service.runs import INTERRUPTED, RUNNING, WAITING, RunRow
from itmsctl.tasks.service.waving import LONG
from itmsctl.tasks.states import OPEN, State

REASON = "OVERLAP"
LOOK_AGAIN = timedelta(minutes=1)  # at a computer that follows the run before


def settle(unit: UnitOfWork, run: RunRow, due: Sequence[int]) -> list[int]:
    """Return which of the computers that are due may begin; the others are skipped or put off."""
    if run.options.overlap is None or not due:
        return list(due)
    fresh = _fresh(unit, run, due)
    skipped = _outdated(unit, run, fresh)
    before = _before(unit, run, sorted(set(fresh) - {computer for computer, _ in skipped}))
    later: list[tuple[int, str]] = []
    replaced: list[Any] = []
    for computer, rows in before.items():
        verdict, why = _judge(run.options.overlap, rows)
        if verdict == "skip":
            skipped.append((computer, why))
        elif verdict == "wait":
            later.append((computer, why))
        else:
            replaced += rows
    _skip(unit, run, skipped)
    _put_off(unit, run, later)
    _replace(unit, run, replaced)
    held = {computer for computer, _ in (*skipped, *later)}
    return [computer for computer in due if computer not in held]


def _fresh(unit: UnitOfWork, run: RunRow, due: Sequence[int]) -> list[int]:
    """Return those that have not begun: what was judged once, or is tried again, is not judged a second time."""
    statement = sa.select(members.c.computer_id).where(
        members.c.run_id == run.id,
        member_of(unit.connection, members.c.computer_id, [id_ for id_ in due if id_ > 0]),
        members.c.attempt == 1,
        members.c.contacts == 0,
        sa.or_(members.c.reason.is_(None), members.c.reason == REASON),
    )
    return sorted(unit.connection.execute(statement).scalars())


def _outdated(unit: UnitOfWork, run: RunRow, ids: Sequence[int]) -> list[tuple[int, str]]:
    """Return those that are late and whose next turn has come too: to run twice in a row makes up for nothing."""
    next_one = members.alias()
    statement = (
        sa.select(members.c.computer_id, sa.func.max(runs.c.number).label("number"))
        .join(next_one, next_one.c.computer_id == members.c.computer_id)
        .join(runs, runs.c.id == next_one.c.run_id)
        .where(
            members.c.run_id == run.id,
            member_of(unit.connection, members.c.computer_id, ids),
            members.c.earliest < unit.now - GRACE,
            runs.c.policy_id == run.policy_id,
            runs.c.number > run.number,
            runs.c.state.in_([RUNNING, WAITING, INTERRUPTED]),
            next_one.c.state == str(State.QUEUED),
            next_one.c.reason.is_(None),
            next_one.c.not_before <= unit.now,
        )
        .group_by(members.c.computer_id)
    )
    rows = unit.connection.execute(statement) if ids else ()
    return [(row.computer_id, f"it was missed; {run_name(row.number)} is due there by now") for row in rows]


def _before(unit: UnitOfWork, run: RunRow, ids: Sequence[int]) -> dict[int, list[Any]]:
    """Return the open rows of these computers in earlier runs of the policy, the earliest run first."""
    columns = (members.c.run_id, members.c.computer_id, members.c.state, members.c.reason, members.c.contacts)
    to_come = sa.and_(members.c.reason.is_(None), members.c.earliest > unit.now)
    statement = (
        sa.select(*columns, runs.c.number)
        .join(runs, runs.c.id == members.c.run_id)
        .where(
            runs.c.policy_id == run.policy_id,
            runs.c.number < run.number,
            runs.c.state.in_([RUNNING, WAITING, INTERRUPTED]),
            member_of(unit.connection, members.c.computer_id, ids),
            members.c.state.in_([str(state) for state in OPEN]),
            sa.not_(sa.func.coalesce(to_come, sa.false())),
            sa.or_(members.c.state != str(State.UNKNOWN), members.c.not_before > unit.now),
        )
        .order_by(runs.c.number)
    )
    found: dict[int, list[Any]] = {}
    for row in unit.connection.execute(statement) if ids else ():
        found.setdefault(row.computer_id, []).append(row)
    return found


def _judge(overlap: str, rows: Sequence[Any]) -> tuple[str, str]:
    """Return what becomes of a computer that is due while these rows of it are open: skip, wait or replace; and why."""
    first = run_name(rows[0].number)
    queued = [row for row in rows if row.state == str(State.QUEUED)]
    if overlap == REPLACE:
        return ("replace", "") if len(queued) == len(rows) else ("skip", f"{first} still works on it")
    if any(_waits(row) for row in rows):
        return "skip", f"it is left to {first}, which still waits for it"
    if overlap == QUEUE_ONE and not any(row.reason == REASON for row in queued):
        return "wait", f"it begins when {first} is done with it"
    return "skip", f"{first} still goes on there"


def _waits(row: Any) -> bool:
    return row.state == str(State.UNKNOWN) or row.reason in LONG or (row.state == str(State.CLAIMED) and row.contacts)


def _skip(unit: UnitOfWork, run: RunRow, found: Sequence[tuple[int, str]]) -> None:
    _end(unit, [(run.id, computer, why) for computer, why in found])
    if found:
        unit.note("run_computer", overlapped=len(found))


def _replace(unit: UnitOfWork, run: RunRow, rows: Sequence[Any]) -> None:
    _end(unit, [(row.run_id, row.computer_id, f"{run.name} took its place") for row in rows])
    if rows:
        unit.note("run_computer", replaced=len(rows))


def _end(unit: UnitOfWork, found: Sequence[tuple[int, int, str]]) -> None:
    now = bulk.moment(unit.connection, unit.now)
    rows = [(str(State.CANCELLED), REASON, why, now, run, who, str(State.QUEUED)) for run, who, why in found]
    columns = ("state", "reason", "message", "ended_at")
    bulk.update(unit.connection, "run_computer", columns, ("run_id", "computer_id", "state"), rows)


def _put_off(unit: UnitOfWork, run: RunRow, found: Sequence[tuple[int, str]]) -> None:
    moment = bulk.moment(unit.connection, unit.now + LOOK_AGAIN)
    rows = [(moment, REASON, why, run.id, computer, str(State.QUEUED)) for computer, why in found]
    columns = ("not_before", "reason", "message")
    bulk.update(unit.connection, "run_computer", columns, ("run_id", "computer_id", "state"), rows)
    if rows:
        unit.note("run_computer", put_off=len(rows))
