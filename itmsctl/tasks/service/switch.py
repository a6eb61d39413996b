"""The STOP switch of the CMDB: while it is on, nobody starts anything anywhere (OP8). What runs is left alone."""

from __future__ import annotations

import sqlalchemy as sa

from itmsctl.cmdb.rows import meta
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import StoppedError

WHY = "the STOP switch is on: itmsctl run stop-all --lift"
_KEY = "stop"


def is_on(reader: Reader) -> bool:
    """Return whether nothing may be started."""
    return reader.scalar(sa.select(meta.c.value).where(meta.c.key == _KEY)) is not None


def turn(unit: UnitOfWork, *, on: bool, reason: str) -> bool:
    """Turn the switch; return whether that changed it."""
    if is_on(unit) is on:
        return False
    if on:
        unit.connection.execute(sa.insert(meta).values(key=_KEY, value=reason or "no reason was given"))
    else:
        unit.connection.execute(sa.delete(meta).where(meta.c.key == _KEY))
    unit.note("stop_switch", **{"on" if on else "off": 1})
    return True


def refuse(reader: Reader, *, by_file: bool) -> None:
    """Raise StoppedError where a STOP file is there or the STOP switch is on: what is due waits until it is lifted."""
    if by_file:
        raise StoppedError("a STOP file forbids new runs; nothing was started", hint="itmsctl doctor names the file")
    if is_on(reader):
        raise StoppedError("the STOP switch is on; nothing was started", hint="itmsctl run stop-all --lift")
