"""What a tick asks of runs: which have something to do now, when the next one has, and what has expired.

Only runs that nobody drives and that may go on by themselves count: those that wait, and those queued for ticks whose
driver died. A run that a person interrupted or that was halted is a person's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.tasks.rows import members, runs, waves
from itmsctl.tasks.service import waving
from itmsctl.tasks.service.living import is_driven
from itmsctl.tasks.service.runs import ENDED, HALTED, INTERRUPTED, RUNNING, WAITING, RunRow, run_of, tell_ended
from itmsctl.tasks.states import OPEN, State
from itmsctl.tasks.waves import NEVER

ASK_AGAIN = timedelta(seconds=10)  # after it a computer that could not tell what became of its attempt is asked again
_QUEUED = sa.literal_column("run_computer.state").op("=")(sa.literal_column("'queued'"))  # as the index says it


def due_runs(reader: Reader) -> list[RunRow]:
    """Return the runs that something can be done for now, the oldest first."""
    due = sa.select(members.c.run_id).distinct().where(_QUEUED, members.c.not_before <= reader.now)
    ids = set(reader.connection.execute(due).scalars())
    open_ones = list(_undriven(reader))
    ready = {run.id for run in open_ones if run.id in ids}
    ready |= {run.id for run in open_ones if run.owner is not None}  # its driver died
    ready |= _to_ask(reader, [run for run in open_ones if run.id not in ready])
    ready |= {run.id for run in open_ones if run.has_waves and (_passes(reader, run) or NEVER) <= reader.now}
    return [run for run in open_ones if run.id in ready]


def next_due(reader: Reader) -> datetime | None:
    """Return the first moment after now at which something may be done for a run."""
    later = sa.select(sa.func.min(members.c.not_before)).where(_QUEUED, members.c.not_before > reader.now)
    first = reader.scalar(later)
    found = [] if first is None or first >= NEVER else [first]
    for run in _undriven(reader):
        moment = _passes(reader, run) if run.has_waves else None
        if moment is not None and moment > reader.now:
            found.append(moment)
    return min(found, default=None)


def unknown(reader: Reader, run: RunRow) -> bool:
    """Return whether computers of a run are worth being asked what became of their attempt."""
    claimed = sa.select(sa.literal(1)).where(members.c.run_id == run.id, members.c.state == str(State.CLAIMED)).limit(1)
    return bool(_to_ask(reader, [run])) or reader.scalar(claimed) is not None


def _undriven(reader: Reader) -> Iterator[RunRow]:
    """Yield the runs that may go on by themselves and that no living process drives."""
    statement = sa.select(runs).where(runs.c.state.in_([WAITING, INTERRUPTED, RUNNING])).order_by(runs.c.number)
    for row in reader.connection.execute(statement):
        run = run_of(row)
        if (run.state == WAITING or run.options.background) and not is_driven(reader, run):
            yield run


def _to_ask(reader: Reader, found: list[RunRow]) -> set[int]:
    statement = (
        sa.select(members.c.run_id)
        .distinct()
        .where(
            member_of(reader.connection, members.c.run_id, [run.id for run in found]),
            members.c.state == str(State.UNKNOWN),
            sa.or_(members.c.ended_at.is_(None), members.c.ended_at <= reader.now - ASK_AGAIN),
        )
    )
    return set(reader.connection.execute(statement).scalars()) if found else set()


def _passes(reader: Reader, run: RunRow) -> datetime | None:
    """Return when the last open wave of a run may be judged; none while computers of it have their turn to come."""
    rows: list[Any] = reader.rows(sa.select(waves).where(waves.c.run_id == run.id).order_by(waves.c.wave))
    last = next((row for row in reversed(rows) if row.state != "waiting"), None)
    if last is None or last is rows[-1] or waving.still_open(reader, run, last.wave):
        return None
    if last.done_at is None:
        return reader.now
    return last.done_at + timedelta(seconds=run.options.soak_s)  # type: ignore[no-any-return]  # a moment


# --- what has expired -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expired:
    """A computer whose turn never came."""

    run: str
    computer: str
    message: str
    succeeded: bool  # others of its run did

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        said = {"message": self.message, "why": self.message}  # `why` is the column that all that a tick tells has
        return {"type": "expired", "run": self.run, "computer": self.computer, **said}


def overdue(reader: Reader) -> bool:
    """Return whether a deadline has passed, or a run has nothing left to do, and nobody has taken note of it yet."""
    late = sa.select(runs.c.id).where(runs.c.deadline_at <= reader.now, runs.c.state != ENDED)
    some = late.where(sa.exists().where(members.c.run_id == runs.c.id, waving.is_ours()))
    return reader.scalar(some.limit(1)) is not None or reader.scalar(_finished().limit(1)) is not None


def expire(unit: UnitOfWork) -> list[Expired]:
    """End what is queued beyond its run's deadline, and runs that have nothing left to do; answer whom that met."""
    late = sa.select(runs.c.id).where(runs.c.deadline_at <= unit.now, runs.c.state != ENDED)
    ids = list(unit.connection.execute(late).scalars())
    before = {
        (row.run_id, row.computer_id)
        for row in unit.connection.execute(
            sa.select(members.c.run_id, members.c.computer_id).where(members.c.run_id.in_(ids), waving.is_ours())
        )
    }
    waving.expire(unit)
    found = _told(unit, ids, before)
    end_finished(unit)
    return found


def end_finished(unit: UnitOfWork, ids: Sequence[int] | None = None) -> None:
    """End the runs that nobody drives and that have nothing left to do: all, or those among these."""
    only = sa.true() if ids is None else runs.c.id.in_(list(ids))
    for row in unit.rows(sa.select(runs).where(runs.c.id.in_(_finished()), only)):
        unit.connection.execute(
            sa.update(runs)
            .where(runs.c.id == row.id)
            .values(state=ENDED, why=None, ended_at=unit.now, changed_by=unit.change_set_id)
        )
        unit.note("run", ended=1)
        tell_ended(unit, run_of(row))


def _told(reader: Reader, ids: list[int], before: set[tuple[int, int]]) -> list[Expired]:
    statement = (
        sa.select(members, runs.c.number)
        .join(runs, runs.c.id == members.c.run_id)
        .where(members.c.run_id.in_(ids), members.c.state == str(State.EXPIRED))
        .order_by(runs.c.number, members.c.computer_name)
    )
    good = set(
        reader.connection.execute(
            sa.select(members.c.run_id)
            .distinct()
            .where(members.c.run_id.in_(ids), members.c.state == str(State.SUCCEEDED))
        ).scalars()
    )
    return [
        Expired(f"R-{row.number}", row.computer_name, row.message or "", row.run_id in good)
        for row in reader.connection.execute(statement)
        if (row.run_id, row.computer_id) in before
    ]


def _finished() -> sa.Select[Any]:
    still = [str(s) for s in OPEN]
    return sa.select(runs.c.id).where(
        runs.c.state.in_([WAITING, INTERRUPTED, HALTED]),
        runs.c.owner.is_(None),
        ~sa.exists().where(members.c.run_id == runs.c.id, members.c.state.in_(still)),
    )
