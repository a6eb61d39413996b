"""When a timing is due in a zone: one moment in UTC for each, in order, never twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from itmsctl.schedules.timing import ASAP, EVENT, INTERVAL, ONCE, Timing
from itmsctl.schedules.walltime import GAP, OVERLAP, clock, instant_of, moment_of, wall_of

HORIZON = timedelta(days=3660)  # how far ahead or back one occurrence is looked for
_INSTANT = timedelta(microseconds=1)
# A zone skips or repeats a day at most; what is so much later on the wall is later in UTC too.
_SLACK = timedelta(days=2)
_FIRST_LOOK = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Due:
    """A moment at which something is due: what the clock shows there, the same in UTC, and why."""

    local: datetime
    utc: datetime
    why: str


def due_between(timing: Timing, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Due]:
    """Yield what is due later than `after` and not later than `until`, one by one, as far as it is asked for."""
    first, last = timing.bounds(zone)
    if first is not None and first > after:
        after = first - _INSTANT
    if last is not None and last < until:
        until = last
    if timing.way == EVENT or after >= until:
        return iter(())
    if timing.way in {ONCE, ASAP}:
        return _single(timing, zone, after, until)
    return (_steady if timing.way == INTERVAL else _recurring)(timing, zone, after, until)


def next_due(timing: Timing, zone: ZoneInfo, after: datetime, horizon: timedelta = HORIZON) -> Due | None:
    """Return the first that is due later than `after`, within a horizon; None where there is none."""
    return next(due_between(timing, zone, after, after + horizon), None)


def previous_due(timing: Timing, zone: ZoneInfo, until: datetime, after: datetime | None = None) -> Due | None:
    """Return the last that was due not later than `until` and later than `after` (else within a horizon)."""
    limit = until - HORIZON if after is None else after
    look, end = _FIRST_LOOK, until
    while end > limit:
        begin = max(limit, until - look)
        found = None
        for found in due_between(timing, zone, begin, end):  # noqa: B007 - the last one is needed
            pass
        if found is not None:
            return found
        look, end = look * 4, begin
    return None


def _single(timing: Timing, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Due]:
    stated = timing.start if timing.way == ASAP else timing.at
    if stated is None:  # ASAP that nothing has been put to use with
        return
    moment = moment_of(stated, zone)
    if after < moment <= until:
        local = wall_of(moment, zone)
        how = "" if stated.tzinfo else instant_of(stated, zone)[1]
        yield Due(local, moment, _why(timing, zone, stated.replace(tzinfo=None), local, how))


def _steady(timing: Timing, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Due]:
    assert timing.every is not None
    assert timing.start is not None, "an interval has a start"
    start = moment_of(timing.start, zone)
    for number in count(max(0, (after - start) // timing.every + 1)):
        moment = start + number * timing.every
        if moment > until:
            return
        yield Due(wall_of(moment, zone), moment, timing.said)


def _recurring(timing: Timing, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[Due]:
    """Yield each wall time as the instant that it means. Instants never go back, so equal ones are neighbours."""
    held: Due | None = None  # of a gap: perhaps the end of the gap is due in its own right
    for wall in timing.walls(zone, wall_of(after, zone), wall_of(until, zone) + _SLACK):
        utc, how = instant_of(wall, zone)
        if utc > until:
            break
        if utc <= after:
            continue
        if held is not None and held.utc == utc:
            held = held if how == GAP else _due(timing, zone, wall, utc, how)
            continue
        if held is not None:
            yield held
        held = _due(timing, zone, wall, utc, how) if how == GAP else None
        if held is None:
            yield _due(timing, zone, wall, utc, how)
    if held is not None:
        yield held


def _due(timing: Timing, zone: ZoneInfo, wall: datetime, utc: datetime, how: str) -> Due:
    local = wall_of(utc, zone) if how == GAP else wall
    return Due(local, utc, _why(timing, zone, wall, local, how))


def _why(timing: Timing, zone: ZoneInfo, wall: datetime, local: datetime, how: str) -> str:
    if how == GAP:
        shown = clock(local) if local.date() == wall.date() else f"{local:%Y-%m-%d} {clock(local)}"
        return f"{clock(wall)} does not exist in {zone.key} on {wall:%Y-%m-%d}: fires at {shown}"
    if how == OVERLAP:
        return f"{clock(wall)} comes twice in {zone.key} on {wall:%Y-%m-%d}: fires the first time"
    return timing.said
