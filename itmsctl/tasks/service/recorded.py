"""Results of computers, read back as they were: the last attempt or an earlier one, whole or step by step."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.rows import blobs
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.tasks.results import ComputerResult, StepResult
from itmsctl.tasks.rows import attempts, members, outputs, steps
from itmsctl.tasks.service.runs import RunRow
from itmsctl.tasks.states import State
from itmsctl.tasks.streams import Streams
from itmsctl.tasks.walk import StepDone, Walker, party_of, walkers
from itmsctl.transports.outcome import Captured

_PAGE = 500
_Key = tuple[int, int, int, int]  # computer, attempt, position, retry


def read(
    reader: Reader,
    run: RunRow,
    *,
    computers: Collection[int] | None = None,
    with_output: bool = True,
    attempt: int | None = None,
) -> Iterator[ComputerResult]:
    """Yield the results of a run in the order of names, page by page; `attempt` gives that one instead of the last."""
    if attempt is not None:
        return (yield from _of_attempt(reader, run, computers, with_output, attempt))
    statement = sa.select(members).where(members.c.run_id == run.id).order_by(members.c.computer_name)
    if computers is not None:
        statement = statement.where(member_of(reader.connection, members.c.computer_id, list(computers)))
    yield from _pages(reader, run, statement, with_output, None)


def _of_attempt(
    reader: Reader, run: RunRow, computers: Collection[int] | None, with_output: bool, attempt: int
) -> Iterator[ComputerResult]:
    past = sa.select(attempts, members.c.computer_guid, members.c.computer_name).join(
        members, sa.and_(members.c.run_id == attempts.c.run_id, members.c.computer_id == attempts.c.computer_id)
    )
    past = past.where(attempts.c.run_id == run.id, attempts.c.attempt == attempt)
    last = sa.select(members).where(members.c.run_id == run.id, members.c.attempt == attempt)
    if computers is not None:
        past = past.where(member_of(reader.connection, attempts.c.computer_id, list(computers)))
        last = last.where(member_of(reader.connection, members.c.computer_id, list(computers)))
    yield from _pages(reader, run, past.order_by(members.c.computer_name), with_output, attempt)
    yield from _pages(reader, run, last.order_by(members.c.computer_name), with_output, attempt)


def _pages(
    reader: Reader, run: RunRow, statement: sa.Select[Any], with_output: bool, attempt: int | None
) -> Iterator[ComputerResult]:
    parties = walkers(run.program) if run.program.is_job else {}
    found = reader.connection.execute(statement)
    while page := found.fetchmany(_PAGE):
        ids = [row.computer_id for row in page]
        known = step_rows(reader, run, ids, attempt=attempt)
        streams = _streams(reader, run, ids) if with_output else {}
        for row in page:
            own = known.get(row.computer_id, {})
            result = ComputerResult(
                computer=row.computer_name,
                guid=row.computer_guid,
                state=State(row.state),
                attempt=row.attempt,
                exit_status=row.exit_status,
                reason=row.reason,
                message=row.message,
                started_at=row.started_at,
                ended_at=row.ended_at,
                duration_s=row.duration_s,
                streams=_decisive(streams, row, own),
            )
            walker = parties.get(party_of(row.computer_id))
            yield result if walker is None else replace(result, steps=_steps(walker, row, own, streams))


def _decisive(streams: Mapping[_Key, Streams], member: Any, own: Mapping[int, Any]) -> Streams:
    """Return what the step printed that decided, or whose end nobody knows."""
    computer, position = member.computer_id, member.position or 0
    step = own.get(position)
    keys = [(computer, member.attempt, position, 0 if step is None else step.retry + 1)]
    if step is not None:
        keys.append((computer, step.attempt, position, step.retry))
    return next((streams[key] for key in keys if key in streams), Streams())


def _steps(
    walker: Walker, member: Any, own: Mapping[int, Any], streams: Mapping[_Key, Streams]
) -> tuple[StepResult, ...]:
    cancelled = member.state == State.CANCELLED
    done = {n: _done(row, fresh=not cancelled) for n, row in own.items()}
    found = []
    for seen in walker.trace(done, cut=cancelled):
        row = own.get(seen.position)
        if row is None:
            found.append(StepResult(seen.label, seen.state, why=seen.why))
            continue
        printed = streams.get((member.computer_id, row.attempt, seen.position, row.retry), Streams())
        found.append(
            StepResult(
                seen.label,
                seen.state,
                row.exit_status,
                row.attempt,
                row.retry + 1,
                row.reason or "",
                row.message or "",
                row.duration_s,
                seen.why,
                printed,
            )
        )
    return tuple(found)


def step_rows(
    reader: Reader, run: RunRow, ids: Sequence[int], *, attempt: int | None = None
) -> dict[int, dict[int, Any]]:
    """Return the rows that count of steps by computer and position: the last try of each; or those of an attempt."""
    which = steps.c.current.is_(True) if attempt is None else steps.c.attempt == attempt
    statement = (
        sa.select(steps)
        .where(steps.c.run_id == run.id, member_of(reader.connection, steps.c.computer_id, list(ids)), which)
        .order_by(steps.c.attempt, steps.c.retry)
    )
    found: dict[int, dict[int, Any]] = {}
    for row in reader.connection.execute(statement) if ids else ():
        found.setdefault(row.computer_id, {})[row.position] = row
    return found


def done_of(reader: Reader, run: RunRow, ids: Sequence[int]) -> dict[int, dict[int, StepDone]]:
    """Return what is recorded of steps, as a program's walk needs it."""
    found = step_rows(reader, run, ids)
    covered = _covered(reader, run, list(found))
    return {
        computer: {n: _done(row, fresh=row.attempt > covered.get(computer, 0)) for n, row in own.items()}
        for computer, own in found.items()
    }


def _done(row: Any, *, fresh: bool) -> StepDone:
    return StepDone(State(row.state), row.exit_status, row.reason, row.retry, fresh)


def _covered(reader: Reader, run: RunRow, ids: Sequence[int]) -> dict[int, int]:
    """Return the last attempt of computers in which steps that are always run were run, and so are owed no more."""
    always = [n for n, part in enumerate(run.program.steps) if part.role == "always"]
    if not (always and ids):
        return {}
    statement = (
        sa.select(steps.c.computer_id, sa.func.max(steps.c.attempt).label("attempt"))
        .where(
            steps.c.run_id == run.id,
            member_of(reader.connection, steps.c.computer_id, list(ids)),
            steps.c.position.in_(always),
        )
        .group_by(steps.c.computer_id)
    )
    return {row.computer_id: row.attempt for row in reader.connection.execute(statement)}


def _streams(reader: Reader, run: RunRow, ids: Sequence[int]) -> dict[_Key, Streams]:
    first, last = blobs.alias("first"), blobs.alias("last")
    statement = (
        sa.select(outputs, first.c.data.label("head_data"), last.c.data.label("tail_data"))
        .select_from(
            outputs.join(first, first.c.sha256 == outputs.c.head).outerjoin(last, last.c.sha256 == outputs.c.tail)
        )
        .where(outputs.c.run_id == run.id, member_of(reader.connection, outputs.c.computer_id, list(ids)))
    )
    found: dict[_Key, dict[str, Captured]] = {}
    for row in reader.connection.execute(statement):
        captured = Captured(bytes(row.head_data), bytes(row.tail_data or b""), row.total)
        key = (row.computer_id, row.attempt, row.position, row.retry)
        found.setdefault(key, {})[row.stream] = captured
    return {key: Streams(**both) for key, both in found.items()}
