"""When schedules of a design come: starts, gaps and hours, over the five weeks that a month fits into."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from itmsctl.schedules.due import Due, due_between
from itmsctl.sizing.snapshot import DesignPolicy, DesignSchedule, Snapshot

HORIZON = timedelta(days=35)
MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86400.0
_MOST = 2000  # occurrences looked at: more of a schedule say nothing new
_WORKDAYS = range(5)
_FIRST_HOUR, _LAST_HOUR = 8, 18  # a convention: the shipped schedules begin at 18:00, outside production hours


@lru_cache(maxsize=512)  # every rule about policies asks the same
def starts(schedule: DesignSchedule, now: datetime, horizon: timedelta = HORIZON) -> tuple[Due, ...]:
    """Return when a schedule is due from now on, in order; an event and ASAP never are."""
    return tuple(islice(_coming(schedule, now, now + horizon), _MOST))


def _coming(schedule: DesignSchedule, after: datetime, until: datetime) -> Iterator[Due]:
    return due_between(schedule.timing, ZoneInfo(schedule.zone), after, until)


@lru_cache(maxsize=512)
def shortest_gap_s(schedule: DesignSchedule, now: datetime) -> float | None:
    """Return the seconds between the two nearest starts; None where it comes once at most in five weeks."""
    gaps = ((later.utc - earlier.utc).total_seconds() for earlier, later in pairwise(starts(schedule, now)))
    return min(gaps, default=None)


def in_production(schedule: DesignSchedule, now: datetime) -> Due | None:
    """Return the first start on Monday to Friday from 08:00 until before 18:00 of its clock; None where none is."""
    return next((due for due in starts(schedule, now) if is_production(due.local)), None)


def is_production(local: datetime) -> bool:
    """Return whether a wall time lies in production hours."""
    return local.weekday() in _WORKDAYS and _FIRST_HOUR <= local.hour < _LAST_HOUR


def too_often(snapshot: Snapshot, least_s: float, *workloads: str) -> Iterator[tuple[DesignPolicy, float]]:
    """Yield the policies in use of some workloads that come again sooner than `least_s`, an hour of clock change apart.

    With each the seconds between its two nearest starts.
    """
    for policy in snapshot.in_use(*workloads):
        gap = None if policy.schedule is None else shortest_gap_s(policy.schedule, snapshot.now)
        if gap is not None and gap < least_s - (HOUR_S if least_s >= DAY_S else 0):
            yield policy, gap


def said(seconds: float) -> str:
    """Say a span in its largest whole unit: `2h`, `7d`, `90s`."""
    for unit, size in (("d", DAY_S), ("h", HOUR_S), ("m", MINUTE_S)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"
