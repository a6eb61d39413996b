"""A rule of recurrence (RFC 5545) as data: read by `rule_text`, worked out by `rules` and `steps`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY, MINUTELY = range(6)
Day = tuple[int, int]  # a weekday from Monday = 0, and which one of its month or year; 0 for every one


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule of recurrence. Where it says no day or time of day, its start says them."""

    freq: int
    interval: int = 1
    count: int | None = None
    until: datetime | None = None  # a moment in UTC, or wall time; it counts itself
    wkst: int = 0
    bymonth: tuple[int, ...] = ()
    bymonthday: tuple[int, ...] = ()
    byyearday: tuple[int, ...] = ()
    byweekno: tuple[int, ...] = ()
    byweekday: tuple[Day, ...] = ()
    byhour: tuple[int, ...] = ()
    byminute: tuple[int, ...] = ()
    bysecond: tuple[int, ...] = ()
    bysetpos: tuple[int, ...] = ()
    shift: timedelta = timedelta()  # how much later than all of this says; nothing of RFC 5545
