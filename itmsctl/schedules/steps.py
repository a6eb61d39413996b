"""Rules that come daily or more often, stepped through in wall time, each look bounded by the time that it asks about.

dateutil looks at such a rule until the year 9999 where it never comes, which takes minutes.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import datetime, time, timedelta

from itmsctl.schedules.rule import Recurrence

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def by_days(rule: Recurrence, begin: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the wall times of a daily rule that says its times of day."""
    times = [time(h, m, s) for h in rule.byhour for m in rule.byminute for s in rule.bysecond]
    day = begin.date()
    while day <= until.date():
        at = datetime.combine(day, times[0])
        if day_fits(rule, at):
            yield from (datetime.combine(day, one) for one in times)
        day += rule.interval * DAY


def by_hours(rule: Recurrence, begin: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the wall times of an hourly rule that says its minutes."""
    (second,) = rule.bysecond
    at = begin.replace(minute=0, second=0)
    while at <= until:
        if not day_fits(rule, at):
            at = _jump(at, at.replace(hour=0) + DAY, rule.interval * HOUR)
            continue
        if not rule.byhour or at.hour in rule.byhour:
            yield from (at.replace(minute=minute, second=second) for minute in rule.byminute)
        at += rule.interval * HOUR


def by_minutes(rule: Recurrence, begin: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the wall times of a rule that comes every few minutes."""
    (second,) = rule.bysecond
    step = rule.interval * MINUTE
    at = begin.replace(second=0)
    while at <= until:
        if not day_fits(rule, at):
            at = _jump(at, at.replace(hour=0, minute=0) + DAY, step)
        elif rule.byhour and at.hour not in rule.byhour:
            at = _jump(at, at.replace(minute=0) + HOUR, step)
        else:
            if not rule.byminute or at.minute in rule.byminute:
                yield at.replace(second=second)
            at += step


def day_fits(rule: Recurrence, day: datetime) -> bool:
    """Return whether a day is one of the months, days and weekdays of a rule; which one of them is not looked at."""
    if rule.bymonth and day.month not in rule.bymonth:
        return False
    if rule.byweekday and all(day.weekday() != weekday for weekday, _ in rule.byweekday):
        return False
    if not rule.bymonthday:
        return True
    from_end = day.day - calendar.monthrange(day.year, day.month)[1] - 1
    return day.day in rule.bymonthday or from_end in rule.bymonthday


def _jump(at: datetime, to: datetime, step: timedelta) -> datetime:
    """Return the first step that is not before `to`."""
    return at - ((at - to) // step) * step
