"""Results of computers, written in batches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.tasks.assignment import Ending, StepProgress
from itmsctl.tasks.rows import members
from itmsctl.tasks.service.runs import RunRow, may_run_until
from itmsctl.tasks.states import State
from itmsctl.transports.outcome import CommandOutcome
from itmsctl.values.untrusted import storable

MESSAGE = 2000
_COLUMNS = ("state", "exit_status", "reason", "message", "started_at", "ended_at", "duration_s", "position")
_STEP = (
    "run_id", "computer_id", "attempt", "position", "retry", "current", "state", "exit_status", "reason", "message",
    "started_at", "ended_at", "duration_s",
)  # fmt: skip
_KEY = ("run_id", "computer_id", "attempt", "token", "state")


def store(unit: UnitOfWork, run: RunRow, endings: Sequence[Ending], before: State, *, token: int | None = None) -> None:
    """Write endings: each only where the row still stands as its holder left it (I4).

    `token` is that of the rows; none means the assignment's own.
    """
    connection = unit.connection
    rows = []
    for ending in endings:
        outcome, assignment = ending.outcome, ending.assignment
        rows.append(
            (
                str(ending.state),
                outcome.exit_status,
                outcome.reason or None,
                storable(outcome.message, MESSAGE) or None,
                bulk.moment(connection, ending.started_at),
                bulk.moment(connection, ending.ended_at),
                outcome.duration_s,
                ending.position,
                run.id,
                assignment.computer_id,
                assignment.attempt,
                assignment.token if token is None else token,
                str(before),
            )
        )
    bulk.update(connection, "run_computer", _COLUMNS, _KEY, rows)


def hold(unit: UnitOfWork, run: RunRow, endings: Sequence[Ending]) -> None:
    """Note until when commands whose outcome is unknown may run: so long no other occurrence begins there."""
    if endings:
        ids = [ending.assignment.computer_id for ending in endings]
        unit.connection.execute(
            sa.update(members)
            .where(
                members.c.run_id == run.id,
                member_of(unit.connection, members.c.computer_id, ids),
                members.c.state == str(State.UNKNOWN),
            )
            .values(not_before=may_run_until(unit, run))
        )


def store_steps(unit: UnitOfWork, run: RunRow, ended: Sequence[Ending | StepProgress]) -> None:
    """Write what became of steps, and what they printed. A try that is stored already stays as it is (I3)."""
    connection = unit.connection
    rows = [
        (
            run.id, part.assignment.computer_id, part.assignment.attempt, step.position, step.retry, True,
            str(step.state), step.outcome.exit_status, step.outcome.reason or None,
            storable(step.outcome.message, MESSAGE) or None, bulk.moment(connection, step.started_at),
            bulk.moment(connection, step.ended_at), step.outcome.duration_s,
        )
        for part in ended
        for step in part.steps
    ]  # fmt: skip
    bulk.insert(connection, "run_step", _STEP, rows, ignore=True)
    for row in rows:
        unit.digest(f"{row[1]}.{row[2]}.{row[3]}.{row[4]} {row[6]} {row[7]}\n".encode())
    _store_output(unit, run, ended)


def _store_output(unit: UnitOfWork, run: RunRow, ended: Sequence[Ending | StepProgress]) -> None:
    """Write what steps printed; equal output is one blob. A stream that said nothing has no row."""
    data: dict[bytes, bytes] = {}
    rows = []
    for part in ended:
        who = (run.id, part.assignment.computer_id, part.assignment.attempt)
        for step, outcome in _printed(part):
            for name, stream in (("stdout", outcome.stdout), ("stderr", outcome.stderr)):
                if not stream.total and not stream.head:
                    continue
                head = _digest(stream.head, data)
                tail = _digest(stream.tail, data) if stream.tail else None
                rows.append((*who, *step, name, head, tail, stream.total))
    blob_rows = [(digest, len(content), content) for digest, content in data.items()]
    bulk.insert(unit.connection, "blob", ("sha256", "size", "data"), blob_rows, ignore=True)
    columns = ("run_id", "computer_id", "attempt", "position", "retry", "stream", "head", "tail", "total")
    bulk.insert(unit.connection, "run_output", columns, rows, ignore=True)
    for row in rows:
        unit.digest(row[6])


def _printed(part: Ending | StepProgress) -> Iterator[tuple[tuple[int, int], CommandOutcome]]:
    """Yield the outcomes of a part by (position, retry): of its steps, and of one whose end nobody knows."""
    for step in part.steps:
        yield (step.position, step.retry), step.outcome
    if isinstance(part, Ending) and part.state is State.UNKNOWN and part.position is not None:
        done = part.assignment.done.get(part.position)
        yield (part.position, done.retry + 1 if done else 0), part.outcome


def _digest(content: bytes, data: dict[bytes, bytes]) -> bytes:
    digest = hashlib.sha256(content).digest()
    data[digest] = content
    return digest
