"""Old runs, removed for good: what was run where stays in the audit trail, what it printed does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from itmsctl.admin.retention import NOTHING, Purgeable, Removed
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ItmsError
from itmsctl.tasks.numbers import run_name
from itmsctl.tasks.rows import attempts, members, outputs, runs, steps, waves
from itmsctl.tasks.service import sealed
from itmsctl.tasks.service.runs import ENDED
from itmsctl.values.kind import house

_RUNS = 200  # runs of one batch
_COMPUTERS = 5000  # computers of one batch, unless a single run has more
_OF_A_RUN = (outputs, steps, attempts, members, waves)  # those that refer to others come first
_MARKERS = ("/var/lib/itms/runs", "~/.local/state/itms/runs")


def purgeable() -> tuple[Purgeable, ...]:
    """Return what this room can purge (hook)."""
    return Purgeable("outputs", _purge_outputs), Purgeable("runs", _purge_runs)


def audit_needed(reader: Reader) -> datetime | None:
    """Return since when the oldest run that has not ended was made (hook)."""
    found: datetime | None = reader.scalar(sa.select(sa.func.min(runs.c.created_at)).where(runs.c.state != ENDED))
    return found


def _purge_runs(unit: UnitOfWork, before: datetime, _cursor: Any) -> Removed:
    old = _next(unit, before)
    if not old:
        return NOTHING
    ids = [row.id for row in old]
    for listener in house().calls("runs_purged"):
        listener(unit, ids)
    rows = sum(_delete(unit, table, table.c.run_id, ids) for table in _OF_A_RUN)
    _delete(unit, runs, runs.c.id, ids)
    unit.note("run", purged=len(old))
    for row in old:
        sealed.unseal(unit, row.guid, run_name(row.number))
        unit.record("purged", sealed.KIND, row.guid, run_name(row.number), None, None)
    guids = frozenset(row.guid for row in old)
    return Removed({"runs": len(old), "rows": rows}, after=partial(_forget_markers, guids))


def _next(reader: Reader, before: datetime) -> list[Any]:
    """Return the next runs that ended before a moment. One that is open, or was interrupted, stays."""
    size = sa.select(sa.func.count()).where(members.c.run_id == runs.c.id).scalar_subquery()
    statement = sa.select(runs.c.id, runs.c.guid, runs.c.number, size.label("size")).where(*_old(before))
    found, total = reader.rows(statement.order_by(runs.c.id).limit(_RUNS)), 0
    for n, row in enumerate(found):
        total += row.size
        if total > _COMPUTERS:
            return found[: max(n, 1)]
    return found


def _old(before: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return runs.c.state == ENDED, runs.c.ended_at < before


def _purge_outputs(unit: UnitOfWork, before: datetime, _cursor: Any) -> Removed:
    printed = sa.exists().where(outputs.c.run_id == runs.c.id)
    wanted = sa.select(runs.c.id, runs.c.guid, runs.c.number).where(*_old(before), printed).limit(_RUNS // 10)
    old = unit.connection.execute(wanted).all()
    if not old:
        return NOTHING
    count = _delete(unit, outputs, outputs.c.run_id, [row.id for row in old])
    for row in old:
        sealed.seal(unit, row.id, row.guid, run_name(row.number))
    unit.note("run_output", purged=count)
    return Removed({"outputs": count})


def _delete(unit: UnitOfWork, table: sa.Table, column: sa.ColumnElement[Any], ids: Sequence[int]) -> int:
    return int(unit.connection.execute(sa.delete(table).where(member_of(unit.connection, column, ids))).rowcount)


def _forget_markers(guids: frozenset[str]) -> Mapping[str, int]:
    """Remove the markers that purged runs left on this very machine; those on computers stay."""
    from itmsctl.tasks.service.serving import here

    gone = 0
    with here() as transport:
        for folder in _MARKERS:
            try:
                entries = transport.list(str(Path(folder).expanduser())).entries
            except ItmsError:
                continue  # root's own, or none
            gone += int(transport.forget(e.name for e in entries if e.name.partition(".")[0] in guids))
    return {"markers": gone}
