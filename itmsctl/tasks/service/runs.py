"""Runs: begun, found, taken over, continued, cancelled, closed. Every change of a run's rows by hand is here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.rows import counters
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import NotFoundError, RunBusyError
from itmsctl.resources.service.picked import Picked as Picked
from itmsctl.security.via import Via
from itmsctl.tasks import states
from itmsctl.tasks.numbers import run_number
from itmsctl.tasks.options import RunOptions
from itmsctl.tasks.owner import LEASE_S, RunOwner
from itmsctl.tasks.program import Program
from itmsctl.tasks.rows import attempts, members, runs, steps, waves
from itmsctl.tasks.service import sealed
from itmsctl.tasks.service.heads import INTERRUPTED as INTERRUPTED
from itmsctl.tasks.service.heads import RunHead, head_values, tally_of
from itmsctl.tasks.states import Event, State
from itmsctl.tasks.tally import Tally
from itmsctl.tasks.walk import AFTER, BEFORE
from itmsctl.tasks.waves import FIRST_WAVE, LAST_WAVE, NEVER, splayed
from itmsctl.values.counts import listed
from itmsctl.values.kind import house
from itmsctl.values.lean import dataclass
from itmsctl.values.names import is_guid, new_guid

RUNNING, WAITING, HALTED, ENDED = "running", "waiting", "halted", "ended"
KEEPER = timedelta(minutes=1)  # what a keeper takes to end a command that passed its time limit, at most
SERVER = "server"  # the name under which the machine of the CMDB is a member of a run
_QUEUE = (
    "run_id", "computer_id", "computer_guid", "computer_name", "state", "attempt", "token", "wave", "not_before",
    "earliest", "contacts",
)  # fmt: skip
_ATTEMPT = (
    "run_id", "computer_id", "attempt", "state", "token", "position", "exit_status", "reason", "message", "started_at",
    "ended_at", "duration_s",
)  # fmt: skip


@dataclass(frozen=True)
class RunRow(RunHead):
    """One run as it is stored."""

    task_name: str | None
    program: Program
    options: RunOptions
    via: Via
    policy_id: int | None
    token: int

    @property
    def has_waves(self) -> bool:
        """Return whether its members come in several waves, of which one opens after the other."""
        return self.options.is_cut or bool(self.program.before or self.program.after)


def find_run(reader: Reader, text: str) -> RunRow:
    """Return a run by its number (`R-12`, `12`) or GUID. Raises NotFoundError, InputError."""
    condition = runs.c.guid == text.lower() if is_guid(text) else runs.c.number == run_number(text)
    row = reader.connection.execute(sa.select(runs).where(condition)).first()
    if row is None:
        raise NotFoundError(f"no run `{text}`", hint="itmsctl run list", details={"kind": "run"})
    return run_of(row)


def find_runs(reader: Reader, texts: Sequence[str]) -> list[RunRow]:
    """Return runs by their numbers or GUIDs, each once. Raises NotFoundError that lists those not there, InputError."""
    found: dict[int, RunRow] = {}
    missing = []
    for text in texts:
        try:
            row = find_run(reader, text)
            found[row.id] = row
        except NotFoundError:
            missing.append(text)
    if len(missing) == 1:
        find_run(reader, missing[0])  # says it
    if missing:
        raise NotFoundError(f"no runs {listed(missing)}", hint="itmsctl run list", details={"kind": "run"})
    return list(found.values())


def is_same(run: RunRow) -> sa.ColumnElement[bool]:
    """Return the condition that the run of this id is this one: a database that was restored may hold another."""
    return sa.exists().where(runs.c.id == run.id, runs.c.guid == run.guid)


def stands(reader: Reader, run: RunRow) -> bool:
    """Return whether a run is in the database; none that was begun after the backup is in one that was restored."""
    return bool(reader.scalar(sa.select(is_same(run))))


def run_of(row: Any) -> RunRow:
    """Return a run from its row."""
    return RunRow(
        **head_values(row),
        task_name=row.task_name,
        program=Program.from_dict(row.program),
        options=RunOptions.from_dict(row.options),
        via=Via.from_dict(row.via),
        policy_id=row.policy_id,
        token=row.token,
    )


@dataclass(frozen=True)
class RunPlan:
    """A run that is to begin: what to do, how to reach computers, and which; `earliest` is when each may begin."""

    program: Program
    via: Via
    selector: str
    picked: Sequence[Picked]
    options: RunOptions = field(default_factory=RunOptions)
    task_id: int | None = None
    job_id: int | None = None
    policy_id: int | None = None
    earliest: Mapping[int, datetime] | None = None
    confirm: str | None = None  # of the guard: NAME:COUNT
    guard_max: int = 1000


def begin(unit: UnitOfWork, plan: RunPlan, owner: RunOwner | None) -> RunRow:
    """Store a run and its computers, queued; the owner drives it. Without one it waits for whoever drives it first."""
    # Numbers are for people, so they have no gaps: the row of the counter is held until the run is committed.
    number = unit.connection.execute(
        sa.update(counters).where(counters.c.name == "run").values(next=counters.c.next + 1).returning(counters.c.next)
    ).scalar_one()
    options, stored = plan.options, plan.task_id is not None or plan.job_id is not None
    values: dict[str, Any] = {
        "id": unit.next_ids(1)[0],
        "guid": new_guid(),
        "number": int(number) - 1,
        "task_id": plan.task_id,
        "job_id": plan.job_id,
        "policy_id": plan.policy_id,
        "task_name": plan.program.name if stored else None,
        "program": plan.program.as_dict(),
        "options": options.as_dict(),
        "via": plan.via.as_dict(),
        "selector": plan.selector,
        "state": RUNNING if owner is not None else WAITING,
        "owner": None if owner is None else str(owner),
        "token": 1,
        "lease_until": None if owner is None else unit.now + timedelta(seconds=LEASE_S),
        "deadline_at": _deadline(plan, unit.now),
        "changed_by": unit.change_set_id,
        "created_at": unit.now,
    }
    unit.connection.execute(sa.insert(runs).values(**values))
    run = find_run(unit, values["guid"])
    _enqueue(unit, run, plan)
    # The audit keeps what was to be done and how many were picked; a digest says which, without a row for each.
    kept = {name: values[name] for name in sealed.WHAT}
    unit.record("created", "run", run.guid, run.name, None, {"name": run.name, **kept, "computers": len(plan.picked)})
    unit.note("run_computer", queued=len(plan.picked))
    unit.digest("".join(c.guid for c in plan.picked).encode())
    return run


def _enqueue(unit: UnitOfWork, run: RunRow, plan: RunPlan) -> None:
    """Store the computers of a run and its waves; the first wave is open."""
    picked, connection = plan.picked, unit.connection
    cut = plan.options.cut([c.guid for c in picked])
    before, after = bool(plan.program.before), bool(plan.program.after)
    first = FIRST_WAVE if before else min((wave for wave, _ in cut), default=0)
    now, never = bulk.moment(connection, unit.now), bulk.moment(connection, NEVER)
    plain = not plan.earliest and not plan.options.splay_s
    rows = [
        (
            run.id, c.id, c.guid, c.name, "queued", 1, 0, wave,
            never if wave != first else now if plain else bulk.moment(connection, _start(plan, c, unit.now)),
            plan.earliest and bulk.moment(connection, plan.earliest.get(c.id)), 0,
        )
        for c, (wave, _) in zip(picked, cut, strict=True)
    ]  # fmt: skip
    for wanted, party, wave in ((before, BEFORE, FIRST_WAVE), (after, AFTER, LAST_WAVE)):
        if wanted:
            due = now if wave == first or not picked else never
            rows.append((run.id, party, unit.server_guid, SERVER, "queued", 1, 0, wave, due, None, 0))
    bulk.insert(connection, "run_computer", _QUEUE, rows)
    if plan.options.is_cut or before or after:
        sides = [(FIRST_WAVE, "the server, before")] * before + [(LAST_WAVE, "the server, after")] * after
        names, sizes = dict(cut) | dict(sides), Counter(wave for wave, _ in [*cut, *sides])
        opened = {"state": "open", "opened_at": unit.now}
        for wave, size in sorted(sizes.items()):
            kept = {"run_id": run.id, "wave": wave, "name": names[wave], "computers": size, "state": "waiting"}
            unit.connection.execute(sa.insert(waves).values(**kept | (opened if wave == first else {})))


def _deadline(plan: RunPlan, now: datetime) -> datetime | None:
    """Return when what is still queued expires: so long after the last computer's turn has come."""
    if plan.options.deadline_s is None:
        return None
    last = max((plan.earliest or {}).values(), default=now)
    return max(now, last) + timedelta(seconds=plan.options.deadline_s)


def _start(plan: RunPlan, computer: Picked, now: datetime) -> datetime:
    earliest = (plan.earliest or {}).get(computer.id)
    return splayed(max(now, earliest or now), plan.options.splay_s, plan.options.seed, computer.guid)


def take_over(unit: UnitOfWork, run: RunRow, me: RunOwner, is_dead: Callable[[RunRow], bool]) -> tuple[RunRow, int]:
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
    values = {"owner": str(me), "token": token, "lease_until": lease, "state": RUNNING, "why": None}
    unit.connection.execute(sa.update(runs).where(runs.c.id == run.id).values(**values, changed_by=unit.change_set_id))
    why = "the process that ran it died"
    until = may_run_until(unit, run)
    lost = _lose(unit, members.c.run_id == run.id, (State.CLAIMED,), "DRIVER-DIED", why, until)
    unit.note("run", taken_over=1)
    if current.state == ENDED:
        sealed.unseal(unit, run.guid, run.name)
    return replace(current, owner=me, token=token, lease_until=lease, state=RUNNING), lost


def may_run_until(unit: UnitOfWork, run: RunRow) -> datetime:
    """Return until when a command may run whose outcome became unknown now: its keeper ends it by then.

    It is the `not_before` of what is unknown; until then no other occurrence begins there.
    """
    return unit.now + timedelta(seconds=run.program.longest_s) + KEEPER


def _lose(
    unit: UnitOfWork,
    condition: sa.ColumnElement[bool],
    before: Sequence[State],
    reason: str,
    message: str,
    until: datetime,
) -> int:
    result = unit.connection.execute(
        sa.update(members)
        .where(condition, members.c.state.in_([str(s) for s in before]))
        .values(state=str(State.UNKNOWN), reason=reason, message=message, not_before=until)
    )
    lost = int(result.rowcount)
    if lost:
        unit.note("run_computer", unknown=lost)
    return lost


def tally(reader: Reader, run: RunRow) -> Tally:
    """Return how many computers of a run stand in which state, and why."""
    statement = (
        sa.select(members.c.state, members.c.reason, sa.func.count())
        .where(members.c.run_id == run.id)
        .group_by(members.c.state, members.c.reason)
    )
    rows = reader.connection.execute(statement)
    return tally_of(reader, run, [(State(state), reason, number) for state, reason, number in rows])


def close(unit: UnitOfWork, run: RunRow, *, waiting: str = "", halted: str = "") -> str:
    """Release a run that this process drives: `ended` where nothing is open; return its state.

    What is left open is `halted`, `waiting` for a reason, or `interrupted`. A run that had ended before, and was found
    to have nothing left, ended then.
    """
    left = open_rows(unit, run)
    ended_at = sa.func.coalesce(runs.c.ended_at, sa.literal(unit.now, runs.c.ended_at.type))
    state = HALTED if halted else ENDED if not left else WAITING if waiting else INTERRUPTED
    closed = unit.connection.execute(
        sa.update(runs)
        .where(runs.c.id == run.id, runs.c.guid == run.guid, runs.c.token == run.token)
        .values(
            state=state,
            why=halted or (waiting if state == WAITING else "") or None,
            owner=None,
            lease_until=None,
            ended_at=ended_at if state == ENDED else None,
        )
    )
    unit.note("run", **{state: 1})
    if state == ENDED and closed.rowcount:
        tell_ended(unit, run)
    return state


def tell_ended(unit: UnitOfWork, run: RunRow) -> None:
    """Seal the results of a run that has ended, and tell later rooms in the same unit of work (hook `run_ended`)."""
    sealed.seal(unit, run.id, run.guid, run.name)
    for listener in house().calls("run_ended"):
        listener(unit, run)


def open_rows(reader: Reader, run: RunRow) -> int:
    """Return how many computers of a run have something left to be done or learned."""
    still = [str(s) for s in states.OPEN]
    statement = sa.select(sa.func.count()).where(members.c.run_id == run.id, members.c.state.in_(still))
    return int(reader.connection.execute(statement).scalar_one())


def requeue(unit: UnitOfWork, run: RunRow, wanted: Collection[State]) -> int:
    """Queue computers of these states again, each as a new attempt; return how many are due now.

    What the attempt before came to is kept, and so are the results of steps that a retry does not repeat. Those still
    queued stay as they are: nothing was ever sent to them.
    """
    again = [s for s in wanted if s is not State.QUEUED]
    for state in again:
        states.check(state, Event.RETRY, State.QUEUED)
    condition = sa.and_(members.c.run_id == run.id, members.c.state.in_([str(s) for s in again]))
    _forget_steps(unit, run, condition)
    moved = new_attempts(unit, condition)
    if moved:
        unit.note("run_computer", requeued=moved)
        unit.connection.execute(sa.update(runs).where(runs.c.id == run.id).values(ended_at=None))
    closed = sa.select(waves.c.wave).where(waves.c.run_id == run.id, waves.c.state == "waiting")
    unit.connection.execute(
        sa.update(members)
        .where(members.c.run_id == run.id, members.c.state == str(State.QUEUED), members.c.wave.in_(closed))
        .values(not_before=NEVER)
    )
    due = sa.select(sa.func.count()).where(
        members.c.run_id == run.id, members.c.state == str(State.QUEUED), members.c.not_before <= unit.now
    )
    return int(unit.connection.execute(due).scalar_one())


def _forget_steps(unit: UnitOfWork, run: RunRow, condition: sa.ColumnElement[bool]) -> None:
    """Let results of steps that are to be repeated no longer count, on computers whose program came to a bad end."""
    always, good = run.program.kept_on_retry()
    ended = sa.select(members.c.computer_id).where(
        condition, members.c.state.in_([str(State.FAILED), str(State.TIMED_OUT), str(State.CANCELLED)])
    )
    unit.connection.execute(
        sa.update(steps)
        .where(
            steps.c.run_id == run.id,
            steps.c.computer_id.in_(ended),
            steps.c.position.not_in(sorted(always)),
            sa.or_(steps.c.position.not_in(sorted(good)), steps.c.state != str(State.SUCCEEDED)),
        )
        .values(current=False)
    )


def make_due(unit: UnitOfWork, run: RunRow) -> int:
    """Let every queued computer of the open waves be due now, whatever it waits for; return how many."""
    result = unit.connection.execute(
        sa.update(members)
        .where(
            members.c.run_id == run.id,
            members.c.state == str(State.QUEUED),
            members.c.not_before > unit.now,
            members.c.not_before < NEVER,
        )
        .values(not_before=unit.now)
    )
    return int(result.rowcount)


def new_attempts(unit: UnitOfWork, condition: sa.ColumnElement[bool], *, stays_stopped: bool = False) -> int:
    """Keep what attempts came to, and queue their computers under the next attempt; return how many.

    Computers that somebody stopped go on in full, unless they stay stopped.
    """
    unit.connection.execute(
        sa.insert(attempts).from_select(_ATTEMPT, sa.select(*(members.c[name] for name in _ATTEMPT)).where(condition))
    )
    emptied = dict.fromkeys(("exit_status", "reason", "message", "started_at", "ended_at", "duration_s", "position"))
    result = unit.connection.execute(
        sa.update(members)
        .where(condition)
        .values(
            state=str(State.QUEUED),
            attempt=members.c.attempt + 1,
            token=0,
            not_before=unit.now,
            contacts=0,
            **emptied,
            **({} if stays_stopped else {"stopped": None}),
        )
    )
    return int(result.rowcount)


def database_restored(unit: UnitOfWork) -> None:
    """Say of every open computer of every run that nobody knows: the copy does not say what was done after it (F16)."""
    why = "the database was restored from a copy: what was done after it is not recorded"
    until = unit.now + timedelta(days=1)
    _lose(unit, sa.true(), (State.QUEUED, State.CLAIMED), "RESTORED", why, until)
    unit.connection.execute(
        sa.update(runs)
        .where(runs.c.state.in_([RUNNING, WAITING, HALTED]))
        .values(state=INTERRUPTED, owner=None, lease_until=None, token=runs.c.token + 1)
    )
