"""Software that is judged on all computers, since its rules are new or read the clock: how far each came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.rows import meta
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import InputError
from itmsctl.resources.rows import computers
from itmsctl.software.rows import judgings
from itmsctl.software.service import waiting
from itmsctl.software.service.ruled import JudgedSoftware
from itmsctl.values.counts import counted
from itmsctl.values.times import from_text, to_text

AT_ONCE = 50  # software that is judged together
_LAST = "software_judged"
_AGAIN = "again"  # no digest: what is held was told by other rules


def first(under_way: Sequence[JudgedSoftware]) -> list[JudgedSoftware]:
    """Return the software that goes on next: of that which is the furthest back, all alike."""
    after = min(one.after or 0 for one in under_way)
    return [one for one in under_way if one.after == after][:AT_ONCE]


def advance(unit: UnitOfWork, group: Sequence[JudgedSoftware], most: int) -> tuple[list[int], bool]:
    """Return the next computers of software that is equally far, and whether they are the last; it is past them now."""
    behind = sa.select(computers.c.id).where(computers.c.id > (group[0].after or 0)).order_by(computers.c.id)
    ids = list(unit.connection.execute(behind.limit(most)).scalars())
    ended = len(ids) < most
    for one in group:
        now = {"judged_by": one.digest, "judged_at": unit.now, "coming": None, "after_id": None}
        _put(unit, one, now if ended else {"coming": one.digest, "after_id": ids[-1]})
    if ended:
        unit.note("software", judged=len(group))
    return ids, ended


def begin_again(unit: UnitOfWork, ruled: Sequence[JudgedSoftware]) -> None:
    """Have software judged on all computers, by the rules as they are: nothing that was told before counts more."""
    for one in ruled:
        others = {} if one.judged_by is None else {"judged_by": _AGAIN}
        _put(unit, one, {"coming": one.digest, "after_id": 0, **others})


def ended(unit: UnitOfWork) -> None:
    """Keep that nothing is left to be judged."""
    unit.connection.execute(sa.delete(meta).where(meta.c.key == _LAST))
    unit.connection.execute(sa.insert(meta).values(key=_LAST, value=to_text(unit.now)))


def last(reader: Reader) -> datetime | None:
    """Return when nothing was left to be judged, at the latest; None where that never was."""
    said = reader.scalar(sa.select(meta.c.value).where(meta.c.key == _LAST))
    try:
        return from_text(said) if said else None
    except InputError:
        return None


def _put(unit: UnitOfWork, one: JudgedSoftware, values: dict[str, Any]) -> None:
    mine = judgings.c.software_id == one.id
    if unit.connection.execute(sa.update(judgings).where(mine).values(values)).rowcount == 0:
        unit.connection.execute(sa.insert(judgings).values(software_id=one.id, **values))


def judged_said(reader: Reader) -> str:
    """Return when software was judged, and how many computers wait for it since their inventory changed."""
    moment, number = last(reader), waiting.count(reader)
    said = f"judged last at {moment:%Y-%m-%d %H:%M} UTC" if moment else "not judged yet"
    if not waiting.is_due(reader):
        return f"{said}; nobody waits for it"
    waits = f"{counted(number, 'computer waits', 'computers wait')} for it" if number else "its rules are new"
    return f"{said}; {waits}: the next tick judges, or itmsctl software judge"
