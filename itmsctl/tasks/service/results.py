"""Results of computers: written in batches, read back as they were."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.tasks.assignment import Ending
from itmsctl.tasks.results import Result
from itmsctl.tasks.service.rows import attempts, blobs, members, outputs
from itmsctl.tasks.service.runs import RunRow
from itmsctl.tasks.states import State
from itmsctl.tasks.streams import Streams
from itmsctl.transports.outcome import Captured
from itmsctl.values.untrusted import storable

_PAGE = 500
MESSAGE = 2000
_COLUMNS = ("state", "exit_status", "reason", "message", "started_at", "ended_at", "duration_s")
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
                run.id,
                assignment.computer_id,
                assignment.attempt,
                assignment.token if token is None else token,
                str(before),
            )
        )
    bulk.update(connection, "run_computer", _COLUMNS, _KEY, rows)
    _store_output(unit, run, endings)


def _store_output(unit: UnitOfWork, run: RunRow, endings: Sequence[Ending]) -> None:
    """Write what attempts printed; equal output is one blob. A stream that said nothing has no row."""
    data: dict[bytes, bytes] = {}
    rows = []
    for ending in endings:
        for name, stream in (("stdout", ending.outcome.stdout), ("stderr", ending.outcome.stderr)):
            if not stream.total and not stream.head:
                continue
            head = _digest(stream.head, data)
            tail = _digest(stream.tail, data) if stream.tail else None
            assignment = ending.assignment
            rows.append((run.id, assignment.computer_id, assignment.attempt, name, head, tail, stream.total))
    blob_rows = [(digest, len(content), content) for digest, content in data.items()]
    bulk.insert(unit.connection, "blob", ("sha256", "size", "data"), blob_rows, ignore=True)
    columns = ("run_id", "computer_id", "attempt", "stream", "head", "tail", "total")
    bulk.insert(unit.connection, "run_output", columns, rows, ignore=True)
    for row in rows:
        unit.digest(row[4])


def _digest(content: bytes, data: dict[bytes, bytes]) -> bytes:
    digest = hashlib.sha256(content).digest()
    data[digest] = content
    return digest


# --- reading ----------------------------------------------------------------------------------------------------------


def read(
    reader: Reader,
    run: RunRow,
    *,
    computers: Collection[int] | None = None,
    with_output: bool = True,
    attempt: int | None = None,
) -> Iterator[Result]:
    """Give the results of a run in the order of names, page by page; `attempt` gives that one instead of the last."""
    source = members
    if attempt is not None:
        return (yield from _of_attempt(reader, run, computers, with_output, attempt))
    statement = sa.select(source).where(source.c.run_id == run.id).order_by(source.c.computer_name)
    if computers is not None:
        statement = statement.where(member_of(reader.connection, source.c.computer_id, list(computers)))
    yield from _pages(reader, run, statement, with_output)


def _of_attempt(
    reader: Reader, run: RunRow, computers: Collection[int] | None, with_output: bool, attempt: int
) -> Iterator[Result]:
    past = sa.select(attempts, members.c.computer_guid, members.c.computer_name).join(
        members, sa.and_(members.c.run_id == attempts.c.run_id, members.c.computer_id == attempts.c.computer_id)
    )
    past = past.where(attempts.c.run_id == run.id, attempts.c.attempt == attempt)
    last = sa.select(members).where(members.c.run_id == run.id, members.c.attempt == attempt)
    if computers is not None:
        past = past.where(member_of(reader.connection, attempts.c.computer_id, list(computers)))
        last = last.where(member_of(reader.connection, members.c.computer_id, list(computers)))
    yield from _pages(reader, run, past.order_by(members.c.computer_name), with_output)
    yield from _pages(reader, run, last.order_by(members.c.computer_name), with_output)


def _pages(reader: Reader, run: RunRow, statement: sa.Select[Any], with_output: bool) -> Iterator[Result]:
    found = reader.connection.execute(statement)
    while page := found.fetchmany(_PAGE):
        streams = _streams(reader, run, [(row.computer_id, row.attempt) for row in page]) if with_output else {}
        for row in page:
            yield Result(
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
                streams=streams.get((row.computer_id, row.attempt), Streams()),
            )


def _streams(reader: Reader, run: RunRow, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Streams]:
    first, last = blobs.alias("first"), blobs.alias("last")
    statement = (
        sa.select(outputs, first.c.data.label("head_data"), last.c.data.label("tail_data"))
        .select_from(
            outputs.join(first, first.c.sha256 == outputs.c.head).outerjoin(last, last.c.sha256 == outputs.c.tail)
        )
        .where(
            outputs.c.run_id == run.id,
            member_of(reader.connection, outputs.c.computer_id, [computer for computer, _ in wanted]),
        )
    )
    found: dict[tuple[int, int], dict[str, Captured]] = {}
    for row in reader.connection.execute(statement):
        captured = Captured(bytes(row.head_data), bytes(row.tail_data or b""), row.total)
        found.setdefault((row.computer_id, row.attempt), {})[row.stream] = captured
    return {key: Streams(**both) for key, both in found.items()}
