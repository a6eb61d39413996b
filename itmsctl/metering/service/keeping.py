"""How long use is kept, and what of the dictionary of programs nothing points at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.admin.retention import NOTHING, Purgeable, Removed
from itmsctl.cmdb import derived
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.metering.rows import metered_parts, metered_programs, usage_days, usage_events, usages
from itmsctl.values.leftover import Leftover

_ROWS = 5000


def purgeable() -> tuple[Purgeable, ...]:
    """Return what this room can purge (hook)."""
    return (Purgeable("metering", _purge),)


def leftovers() -> tuple[Leftover, ...]:
    """Return what this room leaves behind (hook)."""
    return (Leftover("metered programs", "that no use points at", _sweep),)


def _purge(unit: UnitOfWork, before: datetime, _cursor: Any) -> Removed:
    """Remove events and days before a moment, and programs that were last used or denied before it."""
    last = sa.func.coalesce(usages.c.last_used, usages.c.last_denied)
    denied = sa.or_(usages.c.last_denied.is_(None), usages.c.last_denied < before)
    old = sa.select(usages.c.computer_id).where(last < before, denied)
    counts = {
        "usage_events": _gone(unit, usage_events, usage_events.c.at < before),
        "usage_days": _gone(unit, usage_days, usage_days.c.day < before.astimezone(UTC).date().isoformat()),
    }
    _gone(unit, metered_parts, metered_parts.c.stored_at < before)
    whose = set(unit.connection.execute(old.limit(_ROWS)).scalars())
    counts["usages"] = _gone(unit, usages, sa.and_(last < before, denied))
    if not any(counts.values()):
        return NOTHING
    derived.rows_changed(unit, usages.name, sorted(whose))
    unit.note("metering", purged=sum(counts.values()))
    return Removed(counts)


def _gone(unit: UnitOfWork, table: sa.Table, where: sa.ColumnElement[bool]) -> int:
    """Remove some thousand rows of a table; return how many."""
    key = tuple(table.primary_key.columns)
    some = sa.select(*key).where(where).order_by(*key).limit(_ROWS)
    return int(unit.connection.execute(sa.delete(table).where(sa.tuple_(*key).in_(some))).rowcount)


def _sweep(unit: UnitOfWork, cursor: int | None) -> tuple[int, int | None]:
    """Remove what nothing points at among the next programs; the cursor is the last one that was looked at.

    Whoever adds a program points at it in the same transaction; on PostgreSQL the table is locked meanwhile.
    """
    own = metered_programs.c.program_id
    if unit.connection.dialect.name == "postgresql":
        unit.connection.exec_driver_sql("LOCK TABLE metering_program IN SHARE ROW EXCLUSIVE MODE")
    page = sa.select(own).order_by(own).limit(_ROWS)
    ids = list(unit.connection.execute(page if cursor is None else page.where(own > cursor)).scalars())
    if not ids:
        return 0, None
    unused = [~sa.exists().where(table.c.program_id == own) for table in (usages, usage_days, usage_events)]
    gone = sa.delete(metered_programs).where(own.between(ids[0], ids[-1]), *unused)
    count = int(unit.connection.execute(gone).rowcount)
    if count:
        unit.note("metering", programs_removed=count)
    return count, ids[-1]
