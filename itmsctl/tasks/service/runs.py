"""Runs: begun, found, taken over, continued, cancelled, closed. Every change of a run's rows by hand is here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import NotFoundError, RunBusyError
from itmsctl.security.via import Via
from itmsctl.tasks import states
from itmsctl.tasks.numbers import run_name, run_number
from itmsctl.tasks.owner import LEASE_S, Owner, parse
from itmsctl.tasks.service.rows import attempts, counters, members, runs
from itmsctl.tasks.states import Event, State
from itmsctl.tasks.step import Step
from itmsctl.tasks.tally import Tally, tally_of
from itmsctl.values.names import is_guid, new_guid

RUNNING, INTERRUPTED, ENDED = "running", "interrupted", "ended"
_ATTEMPT = (
    "run_id", "computer_id", "attempt", "state", "token", "exit_status", "reason", "message", "started_at", "ended_at",
    "duration_s",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as it is stored."""

    id: int
    guid: str
    number: int
    task_name: str | None
    step: Step
    via: Via
    selector: str
    state: str
    owner: Owner | None
    token: int
    lease_until: datetime | None
    created_at: datetime
    ended_at: datetime | None

    @property
    def name(self) -> str:
        """Answer what people type: `R-12`."""
        return run_name(self.number)

    def as_dict(self) -> dict[str, Any]:
        """Answer the flat object of JSON output, without counts."""
        return {
            "id": self.guid,
            "name": self.name,
            "task": self.task_name or self.step.name,
            "selector": self.selector,
            "state": self.state,
            "created_at": self.created_at,
            "ended_at": self.ended_at,
        }


@dataclass(frozen=True, slots=True)
class Picked:
    """A computer that a run is to touch."""

    id: int
    guid: str
    name: str


def find_run(reader: Reader, text: str) -> RunRow:
    """Answer a run by its number (`R-12`, `12`) or GUID. Raises NotFoundError, InputError."""
    condition = runs.c.guid == text.lower() if is_guid(text) else runs.c.number == run_number(text)
    row = reader.connection.execute(sa.select(runs).where(condition)).first()
    if row is None:
        raise NotFoundError(f"no run `{text}`", hint="itmsctl run list", details={"kind": "run"})
    return run_of(row)


def run_of(row: Any) -> RunRow:
    """Answer a run from its row."""
    return RunRow(
        id=row.id,
        guid=row.guid,
        number=row.number,
        task_name=row.task_name,
        step=Step.from_dict(row.step),
        via=Via.from_dict(row.via),
        selector=row.selector,
        state=row.state,
        owner=parse(row.owner) if row.owner else None,
        token=row.token,
        lease_until=row.lease_until,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )


def begin(
    unit: UnitOfWork, step: Step, via: Via, selector: str, picked: Sequence[Picked], owner: Owner, task_id: int | None
) -> RunRow:
    """Store a run and its computers, queued; this process drives it."""
    number = unit.connection.execute(
        sa.update(counters).where(counters.c.name == "run").values(next=counters.c.next + 1).returning(counters.c.next)
    ).scalar_one()
    values: dict[str, Any] = {
        "id": unit.next_ids(1)[0],
        "guid": new_guid(),
        "number": int(number) - 1,
        "task_id": task_id,
        "task_name": step.name if task_id is not None else None,
        "step": step.as_dict(),
        "via": via.as_dict(),
        "selector": selector,
        "state": RUNNING,
        "owner": str(owner),
        "token": 1,
        "lease_until": unit.now + timedelta(seconds=LEASE_S),
        "changed_by": unit.change_set_id,
        "created_at": unit.now,
    }
    unit.connection.execute(sa.insert(runs).values(**values))
    run = find_run(unit, values["guid"])
    bulk.insert(
        unit.connection,
        "run_computer",
        ("run_id", "computer_id", "computer_guid", "computer_name", "state", "attempt", "token"),
        [(run.id, c.id, c.guid, c.name, "queued", 1, 0) for c in picked],
    )
    kept = {"step": values["step"], "via": values["via"], "selector": selector, "computers": len(picked)}
    unit.record("created", "run", run.guid, run.name, None, {"name": run.name, **kept})
    unit.note("run_computer", queued=len(picked))
    unit.digest("".join(c.guid for c in picked).encode())
    return run


def take_over(unit: UnitOfWork, run: RunRow, me: Owner, is_dead: Callable[[RunRow], bool]) -> tuple[RunRow, int]:
    """Become the driver of a run: answer it with a new token, and how many claims of a dead driver became unknown.

    Raises RunBusyError while another process drives it.
    """
    unit.connection.execute(sa.select(runs.c.id).where(runs.c.id == run.id).with_for_update())
    current = find_run(unit, run.guid)
    if current.owner is not None and current.owner != me and not is_dead(current):
        raise RunBusyError(
            f"{run.name} is being run by process {current.owner.pid} on {current.owner.host}",
            hint=f"wait for it, or see: itmsctl run show {run.name}",
        )
    token = current.token + 1
    lease = unit.now + timedelta(seconds=LEASE_S)
    values = {"owner": str(me), "token": token, "lease_until": lease, "state": RUNNING, "ended_at": None}
    unit.connection.execute(sa.update(runs).where(runs.c.id == run.id).values(**values, changed_by=unit.change_set_id))
    why = "the process that ran it died"
    lost = _lose(unit, members.c.run_id == run.id, (State.CLAIMED,), "DRIVER-DIED", why)
    unit.note("run", taken_over=1)
    return replace(current, owner=me, token=token, lease_until=lease, state=RUNNING, ended_at=None), lost


def _lose(
    unit: UnitOfWork, condition: sa.ColumnElement[bool], before: Sequence[State], reason: str, message: str
) -> int:
    result = unit.connection.execute(
        sa.update(members)
        .where(condition, members.c.state.in_([str(s) for s in before]))
        .values(state=str(State.UNKNOWN), reason=reason, message=message)
    )
    lost = int(result.rowcount)
    if lost:
        unit.note("run_computer", unknown=lost)
    return lost


def tally(reader: Reader, run: RunRow) -> Tally:
    """Answer how many computers of a run stand in which state, and why."""
    statement = (
        sa.select(members.c.state, members.c.reason, sa.func.count())
        .where(members.c.run_id == run.id)
        .group_by(members.c.state, members.c.reason)
    )
    return tally_of((State(state), reason, number) for state, reason, number in reader.connection.execute(statement))


def close(unit: UnitOfWork, run: RunRow) -> str:
    """Let go of a run that this process drives: `ended` where nothing is open, else `interrupted`."""
    left = _open_rows(unit, run)
    state = INTERRUPTED if left else ENDED
    unit.connection.execute(
        sa.update(runs)
        .where(runs.c.id == run.id, runs.c.token == run.token)
        .values(state=state, owner=None, lease_until=None, ended_at=None if left else unit.now)
    )
    unit.note("run", **{state: 1})
    return state


def _open_rows(reader: Reader, run: RunRow) -> int:
    still = [str(s) for s in states.OPEN]
    statement = sa.select(sa.func.count()).where(members.c.run_id == run.id, members.c.state.in_(still))
    return int(reader.connection.execute(statement).scalar_one())


def requeue(unit: UnitOfWork, run: RunRow, wanted: Collection[State]) -> int:
    """Queue computers of these states again, each as a new attempt; answer how many are queued now.

    What the attempt before came to is kept. Those still queued stay as they are: nothing was ever sent to them.
    """
    again = [s for s in wanted if s is not State.QUEUED]
    for state in again:
        states.check(state, Event.RETRY, State.QUEUED)
    condition = sa.and_(members.c.run_id == run.id, members.c.state.in_([str(s) for s in again]))
    moved = new_attempts(unit, condition)
    if moved:
        unit.note("run_computer", requeued=moved)
    statement = sa.select(sa.func.count()).where(members.c.run_id == run.id, members.c.state == str(State.QUEUED))
    return int(unit.connection.execute(statement).scalar_one())


def new_attempts(unit: UnitOfWork, condition: sa.ColumnElement[bool]) -> int:
    """Keep what attempts came to, and queue their computers under the next attempt; answer how many."""
    unit.connection.execute(
        sa.insert(attempts).from_select(_ATTEMPT, sa.select(*(members.c[name] for name in _ATTEMPT)).where(condition))
    )
    emptied = dict.fromkeys(("exit_status", "reason", "message", "started_at", "ended_at", "duration_s"))
    result = unit.connection.execute(
        sa.update(members)
        .where(condition)
        .values(state=str(State.QUEUED), attempt=members.c.attempt + 1, token=0, **emptied)
    )
    return int(result.rowcount)


def cancel(unit: UnitOfWork, run: RunRow) -> int:
    """Cancel the computers of a run that are still queued; answer how many. Those that run are left alone."""
    result = unit.connection.execute(
        sa.update(members)
        .where(members.c.run_id == run.id, members.c.state == str(State.QUEUED))
        .values(state=str(State.CANCELLED), reason="CANCELLED", ended_at=unit.now)
    )
    cancelled = int(result.rowcount)
    unit.note("run_computer", cancelled=cancelled)
    if not _open_rows(unit, run):
        unit.connection.execute(
            sa.update(runs)
            .where(runs.c.id == run.id, runs.c.owner.is_(None))
            .values(state=ENDED, ended_at=unit.now, changed_by=unit.change_set_id)
        )
    return cancelled


def database_restored(unit: UnitOfWork) -> None:
    """Say of every open computer of every run that nobody knows: the copy does not say what was done after it (F16)."""
    why = "the database was restored from a copy: what was done after it is not recorded"
    _lose(unit, sa.true(), (State.QUEUED, State.CLAIMED), "RESTORED", why)
    unit.connection.execute(
        sa.update(runs)
        .where(runs.c.state == RUNNING)
        .values(state=INTERRUPTED, owner=None, lease_until=None, token=runs.c.token + 1)
    )
