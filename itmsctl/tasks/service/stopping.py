"""The brakes on runs that anybody can pull: computers are marked as stopped, and their driver, if one lives, sees it.

What stands in the queue is `cancelled` at once, unless steps that are always run are owed there: then those are due
now. What is being worked on goes no further than the step it is in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.tasks.brakes import CANCELLED, CUT_SHORT, KILLED, KILLED_AGAIN, STOPPED
from itmsctl.tasks.rows import members, runs, steps, waves
from itmsctl.tasks.service import switch
from itmsctl.tasks.service.recorded import done_of
from itmsctl.tasks.service.runs import ENDED, HALTED, RunRow, open_rows, run_of, tell_ended
from itmsctl.tasks.states import OPEN, State
from itmsctl.tasks.walk import AFTER, StepDone, party_of, walkers
from itmsctl.tasks.waves import LAST_WAVE


@dataclass(frozen=True, slots=True)
class Stopped:
    """How the computers stand that a brake was pulled for: those cancelled by it, owed steps, at work, and unknown."""

    cancelled: int = 0
    owed: int = 0
    working: int = 0
    unknown: int = 0


def stop(unit: UnitOfWork, run: RunRow, verb: str, only: Collection[int] | None = None) -> Stopped:
    """Stop a run, or only these computers of it, by CANCELLED or KILLED. A later kill goes over an earlier cancel."""
    scope = _scope(unit, run, only)
    still = members.c.state.in_([str(s) for s in OPEN])
    named = sa.true() if verb == KILLED else members.c.stopped.is_(None)
    again = sa.case((members.c.stopped.in_([KILLED, KILLED_AGAIN]), KILLED_AGAIN), else_=verb)
    marked = unit.connection.execute(sa.update(members).where(scope, still, named).values(stopped=again))
    if marked.rowcount:
        unit.note("run_computer", stopped=int(marked.rowcount))
    cancelled, owed = settle(unit, run)
    _end(unit, run)
    return Stopped(cancelled, owed, _count(unit, scope, State.CLAIMED), _count(unit, scope, State.UNKNOWN))


def stop_all(unit: UnitOfWork, runs: Sequence[RunRow], verb: str) -> list[Stopped]:
    """Stop runs, in one change-set."""
    return [stop(unit, run, verb) for run in runs]


def settle(unit: UnitOfWork, run: RunRow) -> tuple[int, int]:
    """Cancel what was stopped, stands in the queue and owes nothing; the rest is due now: return how many of each."""
    queued = sa.and_(members.c.run_id == run.id, members.c.state == str(State.QUEUED), members.c.stopped.is_not(None))
    found = unit.rows(
        sa.select(members.c.computer_id).where(
            queued,
            sa.exists().where(
                steps.c.run_id == run.id, steps.c.computer_id == members.c.computer_id, steps.c.current.is_(True)
            ),
        )
    )
    begun = [row.computer_id for row in found]
    # One that has begun may owe the steps that always run: it is not cancelled, but due now, to do just those.
    done, parties = done_of(unit, run, begun), walkers(run.program)
    owed = [id_ for id_ in begun if parties[party_of(id_)].owed(done.get(id_, {}))]
    owing = member_of(unit.connection, members.c.computer_id, owed)
    last = sa.and_(members.c.computer_id == AFTER, sa.true() if _ends_always(run) else sa.false())
    unit.connection.execute(sa.update(members).where(queued, owing).values(not_before=unit.now))
    whether_begun = member_of(unit.connection, members.c.computer_id, begun)
    gone = unit.connection.execute(
        sa.update(members)
        .where(queued, sa.not_(owing), sa.not_(last), members.c.stopped != STOPPED)
        .values(
            state=str(State.CANCELLED),
            reason=sa.case((whether_begun, CUT_SHORT), else_=CANCELLED),
            ended_at=unit.now,
        )
    )
    cancelled = int(gone.rowcount)
    if _ends_always(run):
        gone_last, owed_last = _settle_last(unit, run)
        cancelled, owed = cancelled + gone_last, owed + [AFTER] * owed_last
    if cancelled:
        unit.note("run_computer", cancelled=cancelled)
    return cancelled, len(owed)


def _ends_always(run: RunRow) -> bool:
    """Return whether the server always runs a step of its own after all computers."""
    return any(run.program.steps[n].role == "always" for n in run.program.after)


def _settle_last(unit: UnitOfWork, run: RunRow) -> tuple[int, int]:
    """Let what the server always does at the end be due once no computer is open; it is cancelled if none was begun.

    Return how many are cancelled, and how many are due.
    """
    own = sa.and_(
        members.c.run_id == run.id,
        members.c.computer_id == AFTER,
        members.c.state == str(State.QUEUED),
        members.c.stopped.is_not(None),
    )
    if _is_open(unit, run):
        return 0, 0
    if unit.scalar(sa.select(sa.func.count()).where(steps.c.run_id == run.id)):
        due = unit.connection.execute(sa.update(members).where(own).values(not_before=unit.now)).rowcount
        waiting = sa.and_(waves.c.run_id == run.id, waves.c.wave == LAST_WAVE, waves.c.state == "waiting")
        if due:
            unit.connection.execute(sa.update(waves).where(waiting).values(state="open", opened_at=unit.now))
        return 0, int(due)
    values = {"state": str(State.CANCELLED), "reason": CANCELLED, "ended_at": unit.now}
    return int(unit.connection.execute(sa.update(members).where(own).values(**values)).rowcount), 0


def last_is_due(reader: Reader, run: RunRow) -> bool:
    """Return whether only what the server always does at the end is left of a run that was stopped."""
    due = sa.and_(members.c.not_before <= reader.now, members.c.stopped.is_not(None))
    return bool(_count(reader, sa.and_(members.c.run_id == run.id, members.c.computer_id == AFTER, due), State.QUEUED))


def last_follows(reader: Reader, run: RunRow) -> bool:
    """Return whether what the server always does at the end of a run that was stopped is next, and not begun yet."""
    if not _ends_always(run) or _is_open(reader, run):
        return False
    own = sa.and_(members.c.run_id == run.id, members.c.computer_id == AFTER, members.c.stopped.is_not(None))
    return bool(_count(reader, own, State.QUEUED))


def _is_open(reader: Reader, run: RunRow) -> bool:
    """Return whether any computer of a run is open; the server's own steps at its end are none."""
    others = sa.select(sa.func.count()).where(
        members.c.run_id == run.id, members.c.computer_id != AFTER, members.c.state.in_([str(s) for s in OPEN])
    )
    return bool(reader.scalar(others))


def owing(reader: Reader) -> list[RunRow]:
    """Return the runs that the STOP switch halted while computers stood between two steps and owe steps always run."""
    statement = sa.select(runs).where(runs.c.state == HALTED, runs.c.why == switch.WHY, runs.c.owner.is_(None))
    halted = [run_of(row) for row in reader.connection.execute(statement.order_by(runs.c.number))]
    return [run for run in halted if run.program.is_job and _owed(reader, run)]


def let_owe(unit: UnitOfWork, run: RunRow) -> int:
    """Mark the computers that owe steps always run, so that winding up runs those alone; return how many."""
    ids = _owed(unit, run)
    unit.connection.execute(
        sa.update(members)
        .where(members.c.run_id == run.id, member_of(unit.connection, members.c.computer_id, ids))
        .values(stopped=STOPPED, not_before=unit.now)
    )
    return len(ids)


def between(reader: Reader, run: RunRow) -> tuple[int, str]:
    """Return how many queued computers of a run stand between two steps, and how the first of them by name stands."""
    halfway = sa.or_(members.c.reason == STOPPED, members.c.stopped.is_not(None))
    own = sa.and_(members.c.run_id == run.id, members.c.state == str(State.QUEUED), halfway)
    first = sa.select(members.c.message).where(own).order_by(members.c.computer_name).limit(1)
    return _count(reader, own, State.QUEUED), reader.scalar(first) or "stopped; steps that are always run are owed"


def _owed(reader: Reader, run: RunRow) -> list[int]:
    queued = sa.select(members.c.computer_id).where(
        members.c.run_id == run.id, members.c.state == str(State.QUEUED), members.c.stopped.is_(None)
    )
    ids = list(reader.connection.execute(queued).scalars())
    parties = walkers(run.program)
    return [id_ for id_, done in done_of(reader, run, ids).items() if parties[party_of(id_)].owed(done)]


def working(reader: Reader, run: RunRow, only: Collection[int] | None) -> int:
    """Return how many of these computers a driver still works on."""
    return _count(reader, _scope(reader, run, only), State.CLAIMED)


def unsettled(reader: Reader, run: RunRow, only: Collection[int] | None) -> list[int]:
    """Return which of these computers are worked on, or have an unknown outcome."""
    return [row.computer_id for row in _unsettled(reader, run, only)]


def to_stop(reader: Reader, run: RunRow, only: Collection[int] | None) -> list[int]:
    """Return which of these computers are to be stopped yet: not settled, and not only in steps always run."""
    rows = _unsettled(reader, run, only)
    done = done_of(reader, run, [row.computer_id for row in rows]) if run.program.is_job else {}
    return [row.computer_id for row in rows if not _is_finishing(row, done.get(row.computer_id, {}))]


def _is_finishing(row: Any, done: Mapping[int, StepDone]) -> bool:
    """Return whether a driver works on a computer whose step was killed: it runs what is always run there."""
    stopped = any(one.state is State.CANCELLED for one in done.values())
    return stopped and row.state == str(State.CLAIMED) and row.stopped != KILLED_AGAIN


def _unsettled(reader: Reader, run: RunRow, only: Collection[int] | None) -> list[Any]:
    states = [str(State.CLAIMED), str(State.UNKNOWN)]
    return reader.rows(
        sa.select(members.c.computer_id, members.c.state, members.c.stopped)
        .where(_scope(reader, run, only), members.c.state.in_(states))
        .order_by(members.c.computer_id)
    )


def _scope(reader: Reader, run: RunRow, only: Collection[int] | None) -> sa.ColumnElement[bool]:
    own = members.c.run_id == run.id
    return own if only is None else sa.and_(own, member_of(reader.connection, members.c.computer_id, sorted(only)))


def _count(reader: Reader, scope: sa.ColumnElement[bool], state: State) -> int:
    statement = sa.select(sa.func.count()).select_from(members).where(scope, members.c.state == str(state))
    return int(reader.connection.execute(statement).scalar_one())


def _end(unit: UnitOfWork, run: RunRow) -> None:
    """End a run that nobody drives and that has nothing left."""
    if open_rows(unit, run):
        return
    unit.connection.execute(
        sa.update(runs)
        .where(runs.c.id == run.id, runs.c.owner.is_(None), runs.c.state != ENDED)
        .values(state=ENDED, why=None, ended_at=unit.now, changed_by=unit.change_set_id)
    )
    if run.owner is None and run.state != ENDED:
        tell_ended(unit, run)
