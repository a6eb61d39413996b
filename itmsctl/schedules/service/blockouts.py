"""Blockouts as whoever contacts computers outside of runs asks about them: all contact is forbidden, by any command."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader
from itmsctl.schedules.rows import windows
from itmsctl.schedules.service.windows import standings
from itmsctl.schedules.standing import BLOCKOUT


def forbidden(reader: Reader, ids: Collection[int]) -> Mapping[int, str]:
    """Return the computers that nobody may contact now, each with why and until when (hook `contact_forbidden`)."""
    some = sa.select(windows.c.id).where(windows.c.enabled, windows.c.type == BLOCKOUT).limit(1)
    if not ids or reader.scalar(some) is None:
        return {}
    found = standings(reader, ids, reader.now, ignore_windows=True)
    return {
        i: one.why + (f" until {one.until:%Y-%m-%d %H:%M} UTC" if one.until is not None else "")
        for i, one in found.items()
        if one.blocked
    }
