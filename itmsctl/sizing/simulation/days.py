"""The day that is simulated: a date in a zone, 23 to 25 hours long, and which of the next weeks is the busiest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from itmsctl.errors import InputError
from itmsctl.schedules.due import due_between
from itmsctl.schedules.walltime import FIRST_YEAR, LAST_YEAR, instant_of, wall_of
from itmsctl.sizing.snapshot import DesignPolicy, DesignSchedule, Snapshot

_AHEAD_DAYS = 35
_MOST = 2000  # occurrences of one schedule that are looked at to find the busiest day


@dataclass(frozen=True, slots=True)
class Day:
    """A date in a zone, and when it begins and ends."""

    date: date
    zone: ZoneInfo
    start: datetime
    end: datetime

    @property
    def length_s(self) -> float:
        """Return how many seconds it has: 82,800 or 90,000 where clocks change."""
        return (self.end - self.start).total_seconds()

    def clock(self, seconds: float) -> str:
        """Say a moment of the day as its clock shows it: `18:00`; with the date where it is another day's."""
        wall = wall_of(self.start + timedelta(seconds=seconds), self.zone)
        return f"{wall:%H:%M}" if wall.date() == self.date else f"{wall:%m-%d %H:%M}"

    def moment(self, seconds: float) -> datetime:
        """Return a moment of the day."""
        return self.start + timedelta(seconds=seconds)


def day_of(text: str, zone: str) -> Day:
    """Return the day of a date such as `2026-12-07`. Raises InputError where it is none."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise InputError(f"`{text[:40]}` is not a day", hint="write it as 2026-12-07") from None
    return day_at(found, zone)


def day_at(day: date, zone: str) -> Day:
    """Return a date's day in a zone. Raises InputError outside the years that schedules know."""
    if not FIRST_YEAR < day.year < LAST_YEAR:
        raise InputError(f"the year {day.year} is not simulated", hint=f"{FIRST_YEAR + 1} to {LAST_YEAR - 1}")
    info = ZoneInfo(zone)
    start, end = (instant_of(datetime.combine(each, time()), info)[0] for each in (day, day + timedelta(days=1)))
    return Day(day, info, start, end)


def busiest_day(snapshot: Snapshot, kbit: Callable[[DesignPolicy], float]) -> Day:
    """Return the day, of the next five weeks, on which policies move the most; tomorrow where none moves anything.

    `kbit` is what one occurrence of a policy moves.
    """
    zone = ZoneInfo(snapshot.server_zone)
    today = wall_of(snapshot.now, zone).date()
    moved: dict[date, float] = defaultdict(float)
    first = day_at(today + timedelta(days=1), snapshot.server_zone)
    until = first.start + timedelta(days=_AHEAD_DAYS)
    for policy in snapshot.in_use():
        if policy.schedule is None:
            continue
        for number, due in enumerate(due_between(policy.schedule.timing, zone_of(policy.schedule), first.start, until)):
            if number == _MOST:
                break
            moved[wall_of(due.utc, zone).date()] += kbit(policy)
    best = min(moved, key=lambda day: (-moved[day], day), default=first.date)
    return day_at(best, snapshot.server_zone)


def zone_of(schedule: DesignSchedule, of_site: str | None = None) -> ZoneInfo:
    """Return the zone whose clock a schedule means: that of the computers' site where each computer's own counts."""
    return ZoneInfo(of_site if schedule.base == "computer" and of_site else schedule.zone)


def starts_of(schedule: DesignSchedule, zone: ZoneInfo, day: Day, before_s: float) -> tuple[float, ...]:
    """Return when a schedule is due, in seconds of the day, from `before_s` before it to its end."""
    after, until = day.start - timedelta(seconds=before_s, microseconds=1), day.end - timedelta(microseconds=1)
    return tuple((due.utc - day.start).total_seconds() for due in due_between(schedule.timing, zone, after, until))
