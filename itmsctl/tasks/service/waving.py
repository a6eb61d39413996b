"""How a run goes on when nothing of it is due: waves pass gates and open, deadlines pass, pauses are told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.tasks.brakes import BY_AGENT, PUT_OFF, STOPPED, WINDOW
from itmsctl.tasks.options import ABSENT
from itmsctl.tasks.rows import members, runs, waves
from itmsctl.tasks.service import stopping
from itmsctl.tasks.service.runs import RunRow, open_rows
from itmsctl.tasks.service.session import RETRY
from itmsctl.tasks.states import OPEN, State
from itmsctl.tasks.waves import FIRST_WAVE, LAST_WAVE, NEVER, Gate, Shown, halted_by, splayed
from itmsctl.values.counts import counted

# Reasons of a queued computer that are no matter of minutes.
LONG = ABSENT | {WINDOW, PUT_OFF, BY_AGENT}


@dataclass(frozen=True, slots=True)
class Next:
    """What follows: at once, at a moment (`why` it is waited for), never more of itself, or not at all."""

    now: bool = False
    at: datetime | None = None
    why: str = ""
    absent: int = 0  # computers that do not answer
    closed: int = 0  # computers whose maintenance window is closed
    put_off: int = 0  # computers whose users put it off
    halted: str = ""

    @property
    def long(self) -> bool:
        """Return whether it is no matter of minutes: nobody waits for it at a terminal."""
        return bool(self.absent or self.closed or self.put_off)


def advance(unit: UnitOfWork, run: RunRow, *, past_gate: bool = False) -> Next:
    """Expire what is overdue, open the next wave where the last one has passed, and return what follows."""
    expire(unit, run)
    stopping.settle(unit, run)
    if run.has_waves and not stopping.last_is_due(unit, run):
        gate = _gate(unit, run, past_gate=past_gate)
        if gate is not None:
            return gate
    return _due(unit, run)


def expire(unit: UnitOfWork, run: RunRow | None = None) -> int:
    """End what is queued beyond its run's deadline; return how many. Of one run, or of all."""
    overdue = sa.select(runs.c.id).where(runs.c.deadline_at <= unit.now, runs.c.state != "ended")
    if run is not None:
        overdue = overdue.where(runs.c.id == run.id)
    ids = list(unit.connection.execute(overdue).scalars())
    if not ids:
        return 0
    last = sa.func.coalesce(members.c.message, members.c.reason, "it was never its turn")
    result = unit.connection.execute(
        sa.update(members)
        .where(members.c.run_id.in_(ids), is_ours())
        .values(
            state=str(State.EXPIRED),
            reason="EXPIRED",
            message=sa.literal("the deadline passed; last: ").concat(last),
            ended_at=unit.now,
        )
    )
    expired = int(result.rowcount)
    if expired:
        unit.note("run_computer", expired=expired)
    return expired


def is_ours() -> sa.ColumnElement[bool]:
    """Return the condition that a computer is queued, and not left to its agent, which keeps the deadline itself."""
    return sa.and_(members.c.state == str(State.QUEUED), sa.not_(is_left()))


def is_left() -> sa.ColumnElement[bool]:
    """Return the condition that a computer is left to its agent, which tells what came of it."""
    return sa.func.coalesce(members.c.reason, "") == BY_AGENT


# --- waves ------------------------------------------------------------------------------------------------------------


def _gate(unit: UnitOfWork, run: RunRow, *, past_gate: bool) -> Next | None:
    """Judge the last open wave; None where the run goes on with what is due."""
    rows = unit.rows(sa.select(waves).where(waves.c.run_id == run.id).order_by(waves.c.wave))
    last = next((row for row in reversed(rows) if row.state != "waiting"), None)
    following = next((row for row in rows if row.state == "waiting"), None)
    if last is None or still_open(unit, run, last.wave):
        return None
    if last.done_at is None:
        _set(unit, run, last, state="soaking", done_at=unit.now)
    if following is None:
        _set(unit, run, last, state="passed")
        return None
    if not open_rows(unit, run):
        return None  # whoever was to come was stopped
    gate, done_at = run.options.gate, last.done_at or unit.now
    if last.wave == FIRST_WAVE:
        gate = Gate()
    if not past_gate and following.wave != LAST_WAVE:
        ready = done_at + timedelta(seconds=gate.soak_s)
        if gate.soak_s and unit.now < ready and not halted_by(gate, _shown(unit, run, last, healthy=True)):
            return Next(at=ready, why=f"{last.name} soaks until {ready:%H:%M:%S} UTC")
        why = halted_by(gate, _shown(unit, run, last, healthy=False))
        if why:
            _set(unit, run, last, state="halted", why=why)
            unit.note("run_wave", halted=1)
            return Next(halted=why)
    _set(unit, run, last, state="passed", why=None)
    _open(unit, run, following)
    return Next(now=True)


def still_open(reader: Reader, run: RunRow, wave: int) -> bool:
    """Return whether computers of a wave still have their turn to come. One that is absent is not waited for."""
    statement = sa.select(sa.func.count()).where(
        members.c.run_id == run.id,
        members.c.wave <= wave,
        members.c.state.in_([str(s) for s in OPEN]),
        sa.or_(members.c.state != str(State.QUEUED), members.c.contacts == 0),
    )
    return bool(reader.scalar(statement))


def _shown(reader: Reader, run: RunRow, wave: Any, *, healthy: bool) -> Shown:
    statement = (
        sa.select(members.c.state, sa.func.count())
        .where(members.c.run_id == run.id, members.c.wave == wave.wave)
        .group_by(members.c.state)
    )
    counts = {State(state): number for state, number in reader.connection.execute(statement)}
    bad = sum(counts.get(s, 0) for s in (State.FAILED, State.TIMED_OUT, State.UNKNOWN, State.EXPIRED))
    sick = () if healthy or run.options.health is None else _sick(reader, run, wave.wave)
    return Shown(wave.name, counts.get(State.SUCCEEDED, 0), bad, sick)


def _sick(reader: Reader, run: RunRow, wave: int) -> Sequence[str]:
    """Return the computers of a wave that succeeded and do not pass the health query, by name."""
    from itmsctl.resources.service.selection import ComputerSelection, ordered_ids

    well = set(ordered_ids(reader, ComputerSelection(where=run.options.health)))
    statement = sa.select(members.c.computer_id, members.c.computer_name).where(
        members.c.run_id == run.id, members.c.wave == wave, members.c.state == str(State.SUCCEEDED)
    )
    return sorted(row.computer_name for row in reader.connection.execute(statement) if row.computer_id not in well)


def _set(unit: UnitOfWork, run: RunRow, wave: Any, **values: Any) -> None:
    unit.connection.execute(
        sa.update(waves).where(waves.c.run_id == run.id, waves.c.wave == wave.wave).values(**values)
    )


def _open(unit: UnitOfWork, run: RunRow, wave: Any) -> None:
    """Let the computers of a wave be due, each not before its own earliest moment."""
    _set(unit, run, wave, state="open", opened_at=unit.now)
    statement = sa.select(members.c.computer_id, members.c.computer_guid, members.c.earliest).where(
        members.c.run_id == run.id, members.c.wave == wave.wave, members.c.state == str(State.QUEUED)
    )
    options, connection = run.options, unit.connection
    rows = [
        (
            bulk.moment(
                connection,
                splayed(max(unit.now, row.earliest or unit.now), options.splay_s, options.seed, row.computer_guid),
            ),
            run.id,
            row.computer_id,
        )
        for row in connection.execute(statement)
    ]
    bulk.update(connection, "run_computer", ("not_before",), ("run_id", "computer_id"), rows)
    unit.note("run_wave", opened=1)


# --- what is due ------------------------------------------------------------------------------------------------------


def _due(reader: Reader, run: RunRow) -> Next:
    """Return when the next queued computer is due, and whether that is worth waiting for."""
    queued = sa.select(sa.func.min(members.c.not_before)).where(
        members.c.run_id == run.id, members.c.state == str(State.QUEUED), members.c.not_before < NEVER
    )
    long = members.c.reason.in_(sorted(LONG))
    soon = reader.scalar(queued.where(sa.or_(members.c.reason.is_(None), sa.not_(long))))
    if soon is not None:
        why = "a pause before the next try" if reader.scalar(_count(run, {RETRY, STOPPED})) else "its turn"
        return Next(now=soon <= reader.now, at=soon, why=why)
    later = reader.scalar(queued)
    if later is None:
        acting = int(reader.scalar(_count(run, {BY_AGENT})))
        return Next(why=f"{counted(acting, 'computer carries', 'computers carry')} it out by itself" if acting else "")
    absent, closed, put_off = (int(reader.scalar(_count(run, of))) for of in (ABSENT, {WINDOW}, {PUT_OFF}))
    parts = [
        f"{counted(absent, 'computer does', 'computers do')} not answer" if absent else "",
        f"{closed} wait for their maintenance window" if closed else "",
        f"{put_off} wait for their users" if put_off else "",
    ]
    why = ", ".join(filter(None, parts))
    return Next(now=later <= reader.now, at=later, why=why, absent=absent, closed=closed, put_off=put_off)


def queue(reader: Reader, run: RunRow) -> tuple[Any, ...]:
    """Return how many computers of a run are queued, and when the first of them is due: what changes when it is cut."""
    statement = sa.select(sa.func.count(), sa.func.min(members.c.not_before)).where(
        members.c.run_id == run.id, members.c.state == str(State.QUEUED)
    )
    return tuple(reader.connection.execute(statement).one())


def _count(run: RunRow, reasons: Sequence[str] | frozenset[str] | set[str]) -> sa.Select[Any]:
    return sa.select(sa.func.count()).where(
        members.c.run_id == run.id, members.c.state == str(State.QUEUED), members.c.reason.in_(sorted(reasons))
    )
