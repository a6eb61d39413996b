"""What a person should hear of a schedule or window that is saved: it is past, it never comes, or it never ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from itmsctl.schedules.due import HORIZON, due_between, next_due, previous_due
from itmsctl.schedules.timing import ASAP, EVENT, Timing, span
from itmsctl.schedules.walltime import moment_of

LAST_CLOCK = ZoneInfo("Etc/GMT+12")  # what is past there is past everywhere
LOOKED_AT = 12  # periods from which it is judged whether a window ever ends
_INSTANT = timedelta(microseconds=1)


def never(timing: Timing, zone: ZoneInfo, now: datetime) -> str:
    """Return why something is never due from a moment on; an empty text where it is, or where no clock decides."""
    first, last = timing.bounds(zone)
    stated = [moment_of(time, zone) for time in (timing.at, timing.start, timing.not_before) if time is not None]
    if timing.way in {ASAP, EVENT} or next_due(timing, zone, max(now, *stated, now) - _INSTANT) is not None:
        return ""
    once = timing.at is not None and moment_of(timing.at, zone) < now  # perhaps longer ago than is looked back
    if once or (last is not None and last < now) or previous_due(timing, zone, now) is not None:
        return "is past: it is never due again"
    within = " within its bounds" if first is not None or last is not None else ""
    return f"never comes{within}"


def of_schedule(name: str, timing: Timing, zone: ZoneInfo, now: datetime) -> list[str]:
    """Return what should be said of a schedule."""
    why = never(timing, zone, now)
    return [f"schedule `{name}` ({timing.said}) {why}"] if why else []


def of_window(name: str, kind: str, timing: Timing, zone: ZoneInfo, length: timedelta, now: datetime) -> list[str]:
    """Return what should be said of a maintenance window or blockout period that lasts so long."""
    why = never(timing, zone, now - length)
    if why:
        left = "; what waits for it alone waits in vain" if kind == "maintenance" else ""
        return [f"window `{name}` ({timing.said}) {why}{left}"]
    starts = [due.utc for due in islice(due_between(timing, zone, now, now + HORIZON), LOOKED_AT)]
    if len(starts) == LOOKED_AT and all(other - one <= length for one, other in pairwise(starts)):
        result = "is always open" if kind == "maintenance" else "never ends: nobody is ever contacted"
        lasts = span(length.total_seconds())
        return [f"window `{name}` lasts {lasts} and begins again before that is over: it {result}"]
    return []
