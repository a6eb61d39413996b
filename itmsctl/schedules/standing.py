"""Whether maintenance may run on a computer at a moment: maintenance windows wait, blockout periods forbid contact.

A computer that no maintenance window applies to is always open (SCHED-5); a blockout period wins over everything
(SCHED-6). A window lasts its time in UTC: two hours are two hours, whatever the clock does meanwhile. It holds the
moment at which it starts, and not the one at which it ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from itmsctl.schedules.due import HORIZON, next_due, previous_due
from itmsctl.schedules.timing import Timing

MAINTENANCE, BLOCKOUT = "maintenance", "blockout"
TYPES = (MAINTENANCE, BLOCKOUT)
MERGED = 64  # periods that follow each other without a gap, looked through at once
MOST_PERIODS = 800  # periods looked through for an opening; it bounds what windows that never open may cost
ALWAYS = "no maintenance window applies"


@dataclass(frozen=True, slots=True)
class Window:
    """A maintenance window or blockout period as it applies to a computer, whose clock is that of `zone`."""

    name: str
    type: str
    timing: Timing
    duration: timedelta
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether work may start. `until` is when this ends, none for never or for later than was looked.

    What is closed has a `next_open`, or none is known before `searched`. `blocked` tells that a blockout period forbids
    all contact; what is merely closed may be asked, not worked on.
    """

    open: bool
    until: datetime | None
    next_open: datetime | None
    why: str
    blocked: bool = False
    searched: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time through which a computer stands the same; it does not hold its end."""

    begin: datetime
    end: datetime | None
    open: bool
    why: str
    blocked: bool = False


def standing(windows: Sequence[Window], now: datetime, *, ignore_windows: bool = False) -> Standing:
    """Return how a computer stands at a moment. `ignore_windows` ignores windows, never blockout periods (SCHED-7)."""
    if ignore_windows:
        windows = [window for window in windows if window.type == BLOCKOUT]
    waits, blocks = _apart(windows)
    first = _stretch(waits, blocks, now)
    if first.open:
        return Standing(True, first.end, None, first.why)
    opening, searched = _opening(waits, blocks, now)
    return Standing(False, first.end, opening, first.why, first.blocked, None if opening else searched)


def stretches(windows: Sequence[Window], start: datetime) -> Iterator[Stretch]:
    """Yield how a computer stands from a moment on, stretch by stretch; the last one has no end."""
    waits, blocks = _apart(windows)
    begin: datetime | None = start
    while begin is not None:
        one = _stretch(waits, blocks, begin)
        yield one
        begin = one.end


def _apart(windows: Sequence[Window]) -> tuple[list[Window], list[Window]]:
    waits = [window for window in windows if window.type == MAINTENANCE]
    return waits, [window for window in windows if window.type == BLOCKOUT]


def _opening(waits: Sequence[Window], blocks: Sequence[Window], now: datetime) -> tuple[datetime | None, datetime]:
    """Return the next moment at which work may start, and how far was looked where there is none.

    Blockouts are asked inside maintenance windows alone: however many of them lie between two windows, they cost
    nothing.
    """
    at, last = now, now + HORIZON
    for _ in range(MOST_PERIODS):
        if waits and _longest(waits, at) is None:
            begin = _next_start(waits, at, last)
            if begin is None:
                return None, last
            at = begin
        blocked = _longest(blocks, at)
        if blocked is None:
            return at, at
        at = blocked[1]
        if at > last:
            break
    return None, min(at, last)


def _stretch(waits: Sequence[Window], blocks: Sequence[Window], begin: datetime) -> Stretch:
    blocked = _running(blocks, begin)
    if blocked is not None:
        return Stretch(begin, blocked[1], False, f"blockout {blocked[0]}", True)
    last = begin + HORIZON
    blockout = _next_start(blocks, begin, last)
    if not waits:
        return Stretch(begin, blockout, True, ALWAYS)
    inside = _running(waits, begin)
    if inside is not None:
        return Stretch(begin, _earlier(inside[1], blockout), True, f"window {inside[0]}")
    names = ", ".join(window.name for window in waits[:3]) + (" ..." if len(waits) > 3 else "")
    return Stretch(begin, _earlier(_next_start(waits, begin, last), blockout), False, f"outside of window {names}")


def _running(windows: Sequence[Window], moment: datetime) -> tuple[str, datetime] | None:
    """Return which window holds a moment, and when the windows that follow it without a gap are over."""
    found = _longest(windows, moment)
    if found is None:
        return None
    name, end = found
    for _ in range(MERGED):
        then = _longest(windows, end)
        if then is None:
            break
        end = then[1]
    return name, end


def _longest(windows: Sequence[Window], moment: datetime) -> tuple[str, datetime] | None:
    """Return the window that holds a moment, and its end; of several the one that ends last."""
    found: tuple[str, datetime] | None = None
    for window in windows:
        # all periods of a window last as long, so the last to start is the last to end
        begun = previous_due(window.timing, window.zone, moment, moment - window.duration)
        if begun is not None and (found is None or begun.utc + window.duration > found[1]):
            found = (window.name, begun.utc + window.duration)
    return found


def _next_start(windows: Iterable[Window], moment: datetime, last: datetime) -> datetime | None:
    """Return when the first of some windows starts that is later than a moment and not later than `last`."""
    first: datetime | None = None
    for window in windows:
        due = next_due(window.timing, window.zone, moment, (first or last) - moment)
        first = due.utc if due is not None else first
    return first


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)
