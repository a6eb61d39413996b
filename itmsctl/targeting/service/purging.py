"""The log of membership, cut off at its old end: what is left still says who was inside at every later moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.admin.retention import Purgeable, Removed
from itmsctl.cmdb.facts import MEMBERS_HORIZON, fact, note_fact
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import PurgedError
from itmsctl.targeting.rows import former_members, member_log, runs
from itmsctl.values.times import from_text, to_text

_ROWS = 5000


def purgeable() -> tuple[Purgeable, ...]:
    """Return what this room can purge (hook)."""
    return (Purgeable("memberships", _purge),)


def refuse_before_horizon(reader: Reader, moment: datetime) -> None:
    """Raise PurgedError where the log of membership does not reach back to a moment."""
    text = fact(reader, MEMBERS_HORIZON)
    if text is not None and moment < from_text(text):
        raise PurgedError(
            f"the log of membership was purged up to {text[:19]}Z",
            hint=f"the earliest moment is {text}",
            details={"horizon": text},
        )


def _purge(unit: UnitOfWork, before: datetime, cursor: Any) -> Removed:
    """Cut the log of the next collections. Of each, who was inside at the end of what is cut keeps its one row."""
    last = _last(unit, before)
    collection, removed = cursor or 0, 0
    while removed < _ROWS:
        following = sa.select(sa.func.min(member_log.c.collection_id)).where(member_log.c.collection_id > collection)
        found = unit.scalar(following)
        if found is None:
            return _end(unit, before, removed)
        collection = int(found)
        removed += _cut(unit, collection, last)
    _note(unit, before, removed)
    return Removed({"members": removed}, cursor=collection)


def _last(reader: Reader, before: datetime) -> int:
    """Return the last row of the log that is older than every row of an update that ended at a moment, or later."""
    rows = member_log.join(runs, runs.c.id == member_log.c.run_id)
    kept = reader.scalar(sa.select(sa.func.min(member_log.c.seq)).select_from(rows).where(runs.c.ended_at >= before))
    end = reader.scalar(sa.select(sa.func.coalesce(sa.func.max(member_log.c.seq), 0)))
    return int(end if kept is None else kept - 1)


def _cut(unit: UnitOfWork, collection: int, last: int) -> int:
    back = sa.func.row_number().over(partition_by=member_log.c.resource_id, order_by=member_log.c.seq.desc())
    old = (
        sa.select(member_log.c.seq, member_log.c.added, back.label("back"))
        .where(member_log.c.collection_id == collection, member_log.c.seq <= last)
        .subquery()
    )
    going = sa.select(old.c.seq).where(sa.or_(old.c.back > 1, sa.not_(old.c.added)))
    return int(unit.connection.execute(sa.delete(member_log).where(member_log.c.seq.in_(going))).rowcount)


def _end(unit: UnitOfWork, before: datetime, removed: int) -> Removed:
    """Take away what the log no longer names: updates, and the names of who is gone."""
    connection = unit.connection
    silent = ~sa.exists().where(member_log.c.run_id == runs.c.id)
    gone = connection.execute(sa.delete(runs).where(runs.c.ended_at < before, silent)).rowcount
    unnamed = ~sa.exists().where(member_log.c.resource_id == former_members.c.resource_id)
    names = connection.execute(sa.delete(former_members).where(unnamed)).rowcount
    counts = {"members": removed, "updates": int(gone), "former-members": int(names)}
    if removed:
        _note(unit, before, removed)
    elif gone or names:
        unit.note("membership_run", purged=int(gone))
    return Removed({what: number for what, number in counts.items() if number}, done=True)


def _note(unit: UnitOfWork, before: datetime, removed: int) -> None:
    unit.note("member_log", purged=removed)
    known = fact(unit, MEMBERS_HORIZON)
    if known is None or known < to_text(before):
        note_fact(unit, MEMBERS_HORIZON, to_text(before))
