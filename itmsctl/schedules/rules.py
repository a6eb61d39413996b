"""Rules of recurrence (RFC 5545) in wall time, worked out near the moment that is asked about.

dateutil does the weeks, months and years. What it would do at any price is refused by the reader or bounded: every
SECOND, a COUNT that makes all of the past be counted again, a rule that never comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from math import gcd
from typing import Any

from itmsctl.schedules.rule import DAILY, HOURLY, MINUTELY, MONTHLY, WEEKLY, YEARLY, Recurrence
from itmsctl.schedules.steps import by_days, by_hours, by_minutes, day_fits

_STEP = {DAILY: timedelta(days=1), HOURLY: timedelta(hours=1), MINUTELY: timedelta(minutes=1)}
_STEP[WEEKLY] = timedelta(days=7)

_STEPPED = {DAILY: by_days, HOURLY: by_hours, MINUTELY: by_minutes}

_SETS = (
    "bymonth", "bymonthday", "byyearday", "byweekno", "byweekday", "byhour", "byminute", "bysecond", "bysetpos",
)  # fmt: skip


def at_time(rule: Recurrence, hour: int, minute: int) -> Recurrence:
    """Return a rule that comes at one time of the day."""
    return replace(rule, byhour=(hour,), byminute=(minute,), bysecond=(0,))


# --- working it out ---------------------------------------------------------------------------------------------------


def walls(rule: Recurrence, start: datetime, after: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the wall times of a rule that begins at `start`: later than `after`, not later than `until`."""
    if rule.shift:
        yield from _shifted(rule, start, after, until)
        return
    whole = _with_start(rule, start)
    begin = start if rule.count else _near(rule, start, after)
    found = _STEPPED[rule.freq](whole, begin, until) if rule.freq in _STEPPED else _by_library(whole, begin, until)
    from_start = (wall for wall in found if wall >= start)
    for wall in islice(from_start, rule.count):
        if wall > until:
            return
        if wall > after:
            yield wall


def _shifted(rule: Recurrence, start: datetime, after: datetime, until: datetime) -> Iterator[datetime]:
    """Yield the wall times of a rule so many days later; what it begins with may lie before its start."""
    shift, plain = rule.shift, replace(rule, shift=timedelta())
    for wall in walls(plain, start - abs(shift), after - shift, until - shift):
        if wall + shift >= start:
            yield wall + shift


def comes(rule: Recurrence, start: datetime) -> bool:
    """Return whether a rule comes at all, its UNTIL aside."""
    if rule.freq <= MONTHLY and not any(day_fits(rule, day) for day in _days_of_28_years()):
        return False
    if rule.freq == WEEKLY and rule.bysetpos:
        whole = _with_start(rule, start)
        most = len(whole.byweekday) * len(whole.byhour) * len(whole.byminute)
        if all(abs(position) > most for position in rule.bysetpos):
            return False
    if not _in_phase(rule, start):
        return False
    years = max(40, 8 * rule.interval) if rule.freq == YEARLY else 40
    horizon = start.replace(year=min(9000, start.year + years), day=1)
    return next(walls(rule, start, start - timedelta(seconds=1), horizon), None) is not None


def _in_phase(rule: Recurrence, start: datetime) -> bool:
    """Return whether an interval of hours or minutes ever meets the hours or minutes that are asked for."""
    if rule.freq == HOURLY:
        return not rule.byhour or any((hour - start.hour) % gcd(rule.interval, 24) == 0 for hour in rule.byhour)
    if rule.freq == MINUTELY and rule.byminute:
        return any((minute - start.minute) % gcd(rule.interval, 60) == 0 for minute in rule.byminute)
    return True


def _by_library(rule: Recurrence, begin: datetime, until: datetime) -> Iterator[datetime]:
    from dateutil import rrule as library

    sets: dict[str, Any] = {name: values for name in _SETS if (values := getattr(rule, name))}
    if rule.byweekday:
        sets["byweekday"] = [library.weekday(day, n or None) for day, n in rule.byweekday]
    freq: Any = rule.freq
    return iter(library.rrule(freq, begin, rule.interval, rule.wkst, until=until, **sets))


def _days_of_28_years() -> Iterator[datetime]:
    """Yield every pair of a date and a weekday that there is."""
    return (datetime(2000, 1, 1) + timedelta(days=n) for n in range(28 * 366))  # noqa: DTZ001 - wall time


def _with_start(rule: Recurrence, start: datetime) -> Recurrence:
    """Return the rule with what it takes from its start: it can then be begun near the moment asked about."""
    given: dict[str, Any] = {}
    if not (rule.byweekno or rule.byyearday or rule.bymonthday or rule.byweekday):
        if rule.freq == YEARLY:
            given = {"bymonth": rule.bymonth or (start.month,), "bymonthday": (start.day,)}
        elif rule.freq == MONTHLY:
            given["bymonthday"] = (start.day,)
        elif rule.freq == WEEKLY:
            given["byweekday"] = ((start.weekday(), 0),)
    if rule.freq < HOURLY and not rule.byhour:
        given["byhour"] = (start.hour,)
    if rule.freq < MINUTELY and not rule.byminute:
        given["byminute"] = (start.minute,)
    if not rule.bysecond:
        given["bysecond"] = (start.second,)
    return replace(rule, **given) if given else rule


def _near(rule: Recurrence, start: datetime, after: datetime) -> datetime:
    """Return a beginning in step with the start, at least one whole period before `after`."""
    if rule.freq in _STEP:
        step = _STEP[rule.freq]
        periods = _in_step(rule, (after - start) // step - 1)
        return start + periods * step if periods else start
    if rule.freq == MONTHLY:
        months = _in_step(rule, (after.year - start.year) * 12 + after.month - start.month - 1)
        year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
        return start.replace(year=year, month=month + 1, day=1) if months else start
    years = _in_step(rule, after.year - start.year - 1)
    return start.replace(year=start.year + years, month=1, day=1) if years else start


def _in_step(rule: Recurrence, periods: int) -> int:
    return max(0, periods // rule.interval * rule.interval)
