"""The lease of the tick: who decides occurrences now. Its token grows with each take-over, and fences decisions.

The owner fences them as well: in a database that was restored meanwhile another tick may hold the same token.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb.rows import leases
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import TickBusyError
from itmsctl.tasks.owner import is_dead, parse
from itmsctl.tasks.service.processes import start_of, this_process

NAME = "tick"
LASTS = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class LeaseHeld:
    """Somebody else decides now."""

    pid: int
    host: str
    since: datetime


def take(unit: UnitOfWork) -> int | LeaseHeld:
    """Return the token of the lease, which is ours now, or who holds it."""
    me = this_process()
    row = unit.connection.execute(sa.select(leases).where(leases.c.name == NAME).with_for_update()).first()
    values = {"owner": str(me), "taken_at": unit.now, "expires_at": unit.now + LASTS}
    if row is None:
        unit.connection.execute(sa.insert(leases).values(name=NAME, token=1, **values))
        return 1
    owner = parse(row.owner)
    # A lease that lasts longer than any does was taken by a clock that was ahead.
    lasts = unit.now < row.expires_at <= unit.now + 2 * LASTS
    start = start_of(owner.pid) if owner is not None else None
    if (
        owner is not None
        and lasts
        and not is_dead(owner, me, start_of_pid=start, lease_until=row.expires_at, now=unit.now)
    ):
        return LeaseHeld(owner.pid, owner.host, row.taken_at)
    token = int(row.token) + 1
    unit.connection.execute(sa.update(leases).where(leases.c.name == NAME).values(token=token, **values))
    return token


def last_taken(connection: Connection) -> datetime | None:
    """Return when a tick last began to decide; None where there never was one."""
    moment: datetime | None = connection.execute(sa.select(leases.c.taken_at).where(leases.c.name == NAME)).scalar()
    return moment


def check(unit: UnitOfWork, token: int) -> None:
    """Renew the lease inside a unit of work that decides. Raises TickBusyError where another has taken it over."""
    renewed = unit.connection.execute(sa.update(leases).where(_is_ours(token)).values(expires_at=unit.now + LASTS))
    if not renewed.rowcount:
        raise TickBusyError("another tick has taken over; it decides what is due")


def release(unit: UnitOfWork, token: int) -> None:
    """Release the lease, where it is still ours."""
    unit.connection.execute(sa.update(leases).where(_is_ours(token)).values(owner="", expires_at=unit.now))


def _is_ours(token: int) -> sa.ColumnElement[bool]:
    return sa.and_(leases.c.name == NAME, leases.c.token == token, leases.c.owner == str(this_process()))
