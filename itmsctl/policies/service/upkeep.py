"""Keep membership up to date by ticks: each of the three updates when it is due, by whichever tick comes first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.rows import meta
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.policies import cadence, checkpoints
from itmsctl.policies.cadence import Cadence
from itmsctl.schedules.kinds import SERVER
from itmsctl.schedules.service.zones import zone_of
from itmsctl.targeting.rows import runs
from itmsctl.targeting.service import ledger, update
from itmsctl.targeting.service.ledger import MembershipPass
from itmsctl.values.times import Clock

_PREFIX = "membership:"
# A complete update does what the others would have done.
_COVERED_BY = {"delta": ("delta", "complete"), "policy": ("policy", "complete"), "complete": ("complete",)}
_WORK = {"delta": update.delta, "policy": update.policy, "complete": update.complete}
_WANTED = {"delta": update.wanted, "policy": update.wanted_by_policies, "complete": update.anything}


def cadence_of(reader: Reader, kind: str) -> Cadence:
    """Return when an update is made, as it was set or by default."""
    stored = reader.scalar(sa.select(meta.c.value).where(meta.c.key == _PREFIX + kind))
    return cadence.read(stored or cadence.DEFAULTS[kind])


def put(unit: UnitOfWork, kind: str, text: str) -> bool:
    """Set when an update is made; `default` goes back. Return whether that changed anything. Raises UsageError."""
    wanted = cadence.read(cadence.DEFAULTS[kind] if text.strip().lower() == cadence.DEFAULT else text)
    if wanted == cadence_of(unit, kind):
        return False
    unit.connection.execute(sa.delete(meta).where(meta.c.key == _PREFIX + kind))
    if wanted != cadence.read(cadence.DEFAULTS[kind]):
        unit.connection.execute(sa.insert(meta).values(key=_PREFIX + kind, value=wanted.said))
    unit.note("membership_schedule", **{kind: 1})
    return True


def rows(reader: Reader) -> Iterator[dict[str, Any]]:
    """Yield the three updates: when each is made, when it was made last, and when it is due.

    One that was never made has no moment at which it became due: the next tick makes it.
    """
    for kind in cadence.DEFAULTS:
        when, last = cadence_of(reader, kind), _last(reader, kind)
        yield {
            "name": kind,
            "when": when.said,
            "default": cadence.DEFAULTS[kind],
            "last": last,
            "due": None if last is None else _due(reader, kind, when),
            "waits": _WANTED[kind](reader),
        }


def due(reader: Reader) -> list[str]:
    """Return the updates that are due now and have something to do, in the order in which they are made."""
    return [kind for kind in cadence.DEFAULTS if _is_due(reader, kind)]


def keep(unit: UnitOfWork, kind: str, clock: Clock) -> MembershipPass | None:
    """Make an update where it is still due once membership is ours alone; None where another tick has made it."""
    ledger.lock(unit)
    if not _is_due(unit, kind):
        return None
    if kind == "complete":
        update.delta(unit, clock)  # so that a difference that is found then is one that deltas have missed
    run = _WORK[kind](unit, clock)
    checkpoints.reached("in_membership")
    return run


def _is_due(reader: Reader, kind: str) -> bool:
    moment = _due(reader, kind, cadence_of(reader, kind))
    return moment is not None and moment <= reader.now and _WANTED[kind](reader)


def _due(reader: Reader, kind: str, when: Cadence) -> datetime | None:
    return when.due(_last(reader, kind), reader.now, zone_of(SERVER, reader.server_zone))


def _last(reader: Reader, kind: str) -> datetime | None:
    made = sa.select(runs.c.started_at).where(runs.c.kind.in_(_COVERED_BY[kind]))
    found: datetime | None = reader.scalar(made.order_by(runs.c.ended_at.desc()).limit(1))
    return found
