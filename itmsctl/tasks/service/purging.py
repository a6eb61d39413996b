"""Old runs, removed for good: what was run where stays in the audit trail, what it printed does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import upkeep
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.tasks.service.rows import outputs, runs

_ENDED = "ended"
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Purged:
    """What went, or with a dry run would go. `guids` are those of the runs."""

    guids: tuple[str, ...]
    rows: int
    streams: int
    blobs: int
    bytes: int

    def sentence(self) -> str:
        """Say it in one line."""
        return (
            f"{len(self.guids)} runs with {self.rows} rows, {self.streams} outputs of other runs, "
            f"{self.blobs} blobs of {self.bytes} bytes"
        )


def purge(unit: UnitOfWork, keep_s: float, keep_output_s: float | None = None) -> Purged:
    """Remove runs that ended longer than `keep_s` ago, and output of those that ended longer than `keep_output_s` ago.

    A run that is open, or was interrupted, stays. Every table with a column `run_id` that refers to runs is looked at.
    """
    old = unit.connection.execute(
        sa.select(runs.c.id, runs.c.guid)
        .where(runs.c.state == _ENDED, runs.c.ended_at < unit.now - timedelta(seconds=keep_s))
        .order_by(runs.c.id)
    ).all()
    rows = sum(_remove(unit, [row.id for row in old[n : n + _BATCH]]) for n in range(0, len(old), _BATCH))
    streams = 0 if keep_output_s is None else _remove_output(unit, keep_output_s)
    blobs, size = upkeep.sweep(unit)
    if old or streams:
        unit.note("run", removed=len(old))
        unit.note("run_output", removed=streams)
        for row in old:
            unit.digest(row.guid.encode())
    return Purged(tuple(row.guid for row in old), rows, streams, blobs, size)


def _remove(unit: UnitOfWork, ids: Sequence[int]) -> int:
    removed = 0
    for table in _dependants(unit):
        statement = sa.delete(table).where(member_of(unit.connection, table.c.run_id, ids))
        removed += int(unit.connection.execute(statement).rowcount)
    unit.connection.execute(sa.delete(runs).where(member_of(unit.connection, runs.c.id, ids)))
    return removed


def _dependants(reader: Reader) -> list[sa.TableClause]:
    """Answer the tables whose rows belong to a run: `run_...` with a column `run_id`; those that refer come first."""
    found: list[sa.TableClause] = []
    inspector = sa.inspect(reader.connection)
    for name, _ in reversed(inspector.get_sorted_table_and_fkc_names()):
        if name is not None and name.startswith("run_"):
            columns: list[Any] = [c["name"] for c in inspector.get_columns(name)]
            if "run_id" in columns:
                found.append(sa.table(name, sa.column("run_id")))
    return found


def _remove_output(unit: UnitOfWork, keep_s: float) -> int:
    old = sa.select(runs.c.id).where(runs.c.state == _ENDED, runs.c.ended_at < unit.now - timedelta(seconds=keep_s))
    return int(unit.connection.execute(sa.delete(outputs).where(outputs.c.run_id.in_(old))).rowcount)
