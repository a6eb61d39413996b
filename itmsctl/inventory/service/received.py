"""The record of files that came in: each content once, how often it came again, and what became of it (NS-4, NS-16)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.inventory.inbox import FileOutcome, FileState
from itmsctl.inventory.rows import inventory_files

_LONGEST = 1000


class Arrival(NamedTuple):
    """A content that came in, and what became of it this time."""

    digest: str
    size: int
    outcome: FileOutcome


class EarlierArrival(NamedTuple):
    """What became of a content when it came before, and how often that was."""

    state: FileState
    computer: str | None
    computers: int
    times: int


def arrived_before(reader: Reader, digests: Collection[str]) -> dict[str, EarlierArrival]:
    """Return what is known of these contents."""
    if not digests:
        return {}
    own = inventory_files.c
    statement = sa.select(own.digest, own.state, own.computer, own.computers, own.times).where(
        member_of(reader.connection, own.digest, sorted(digests))
    )
    return {
        row.digest: EarlierArrival(FileState(row.state), row.computer, row.computers, row.times)
        for row in reader.connection.execute(statement)
    }


def note_arrivals(unit: UnitOfWork, arrivals: Sequence[Arrival], before: Collection[str]) -> None:
    """Record what became of files; `before` are the digests of contents that came before.

    A content that was loaded stays so: one that comes again is counted.
    """
    known = set(before)
    for one in arrivals:
        double = int(one.outcome.state is FileState.DUPLICATE)
        told = {} if double and one.digest in known else _told(one)
        if one.digest in known:
            own = inventory_files.c
            values = {"times": own.times + 1, "duplicates": own.duplicates + double, "last_at": unit.now, **told}
            unit.connection.execute(sa.update(inventory_files).where(own.digest == one.digest).values(**values))
            continue
        known.add(one.digest)
        first = {"digest": one.digest, "name": one.outcome.file[-_LONGEST:], "bytes": one.size, "times": 1}
        moments = {"first_at": unit.now, "last_at": unit.now}
        unit.connection.execute(sa.insert(inventory_files).values(**first, duplicates=double, **moments, **told))


def arrival_counts(reader: Reader) -> Mapping[str, int]:
    """Return how many contents are in each state, and how often one came that was there already."""
    own = inventory_files.c
    rows = reader.connection.execute(sa.select(own.state, sa.func.count()).group_by(own.state))
    found = {state.value: 0 for state in FileState} | {row[0]: row[1] for row in rows}
    repeated = reader.scalar(sa.select(sa.func.coalesce(sa.func.sum(own.duplicates), 0)))
    return found | {"repeated": int(repeated)}


def _told(one: Arrival) -> dict[str, Any]:
    outcome = one.outcome
    return {
        "state": outcome.state.value,
        "why": outcome.why[:_LONGEST] or None,
        "computer": outcome.computer,
        "computers": outcome.computers,
    }
