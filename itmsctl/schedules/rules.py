"""Rules of recurrence (RFC 5545) in wall time: read strictly, and worked out near the moment that is asked about.

dateutil does the weeks, months and years. What it would do at any price is refused here or bounded: every SECOND, a
COUNT that makes all of the past be counted again, a rule that never comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from math import gcd
from typing import Any

from itmsctl.errors import InputError
from itmsctl.schedules.steps import by_days, by_hours, by_minutes, day_fits
from itmsctl.schedules.walltime import read_time
from itmsctl.values.names import did_you_mean

YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY, MINUTELY = range(6)
FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MAX_COUNT = 10_000
MAX_INTERVAL = 1_000
MAX_LENGTH = 500
_STEP = {DAILY: timedelta(days=1), HOURLY: timedelta(hours=1), MINUTELY: timedelta(minutes=1)}
_STEP[WEEKLY] = timedelta(days=7)
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_TIME = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")
_HINT = "such as FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=18;BYMINUTE=0"

_STEPPED = {DAILY: by_days, HOURLY: by_hours, MINUTELY: by_minutes}

Day = tuple[int, int]  # a weekday from Monday = 0, and which one of its month or year; 0 for every one


@dataclass(frozen=True, slots=True)
class Rule:
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


_SETS = (
    "bymonth", "bymonthday", "byyearday", "byweekno", "byweekday", "byhour", "byminute", "bysecond", "bysetpos",
)  # fmt: skip


def at_time(rule: Rule, hour: int, minute: int) -> Rule:
    """Answer a rule that comes at one time of the day."""
    return replace(rule, byhour=(hour,), byminute=(minute,), bysecond=(0,))


# --- working it out ---------------------------------------------------------------------------------------------------


def walls(rule: Rule, start: datetime, after: datetime, until: datetime) -> Iterator[datetime]:
    """Give the wall times of a rule that begins at `start`: later than `after`, not later than `until`."""
    whole = _with_start(rule, start)
    begin = start if rule.count else _near(rule, start, after)
    found = _STEPPED[rule.freq](whole, begin, until) if rule.freq in _STEPPED else _by_library(whole, begin, until)
    from_start = (wall for wall in found if wall >= start)
    for wall in islice(from_start, rule.count):
        if wall > until:
            return
        if wall > after:
            yield wall


def comes(rule: Rule, start: datetime) -> bool:
    """Tell whether a rule comes at all, its UNTIL aside."""
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


def _in_phase(rule: Rule, start: datetime) -> bool:
    """Tell whether an interval of hours or minutes ever meets the hours or minutes that are asked for."""
    if rule.freq == HOURLY:
        return not rule.byhour or any((hour - start.hour) % gcd(rule.interval, 24) == 0 for hour in rule.byhour)
    if rule.freq == MINUTELY and rule.byminute:
        return any((minute - start.minute) % gcd(rule.interval, 60) == 0 for minute in rule.byminute)
    return True


def _by_library(rule: Rule, begin: datetime, until: datetime) -> Iterator[datetime]:
    from dateutil import rrule as library

    sets: dict[str, Any] = {name: values for name in _SETS if (values := getattr(rule, name))}
    if rule.byweekday:
        sets["byweekday"] = [library.weekday(day, n or None) for day, n in rule.byweekday]
    freq: Any = rule.freq
    return iter(library.rrule(freq, begin, rule.interval, rule.wkst, until=until, **sets))


def _days_of_28_years() -> Iterator[datetime]:
    """Give every pair of a date and a weekday that there is."""
    return (datetime(2000, 1, 1) + timedelta(days=n) for n in range(28 * 366))  # noqa: DTZ001 - wall time


def _with_start(rule: Rule, start: datetime) -> Rule:
    """Answer the rule with what it takes from its start: it can then be begun near the moment asked about."""
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


def _near(rule: Rule, start: datetime, after: datetime) -> datetime:
    """Answer a beginning in step with the start, at least one whole period before `after`."""
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


def _in_step(rule: Rule, periods: int) -> int:
    return max(0, periods // rule.interval * rule.interval)


# --- reading ----------------------------------------------------------------------------------------------------------


def read_rule(text: str) -> tuple[Rule, datetime | None]:
    """Read a rule, and its DTSTART where it says one: `DTSTART:20260105T180000 RRULE:FREQ=DAILY`.

    Raises InputError that says which part is wrong.
    """
    if len(text) > MAX_LENGTH:
        raise InputError(f"the rule has {len(text)} characters; {MAX_LENGTH} are allowed")
    start: datetime | None = None
    parts: dict[str, str] = {}
    for line in text.upper().split():
        name, colon, rest = line.partition(":")
        if colon and name == "DTSTART":
            start = _time("DTSTART", rest)
        elif colon and name != "RRULE":
            raise InputError(f"`{name[:40]}` cannot stand in a rule", hint="DTSTART:... and RRULE:... can")
        else:
            for part in (rest if colon else line).strip(";").split(";"):
                key, _, value = part.partition("=")
                if key in parts:
                    raise InputError(f"the rule says `{key}` twice", hint=_HINT)
                parts[key] = value
    if "DTSTART" in parts:
        start = _time("DTSTART", parts.pop("DTSTART"))
    return _rule(parts), start


def write_rule(text: str) -> str:
    """Answer the one text of a rule: capitals, its parts in the order in which they were written."""
    return " ".join(line.strip(";") for line in text.upper().split())


def _rule(parts: Mapping[str, str]) -> Rule:
    unknown = next((key for key in parts if key not in _PARTS), None)
    if unknown is not None:
        raise InputError(
            f"`{unknown[:40]}` is no part of a rule", hint=did_you_mean(unknown, _PARTS) or f"a rule is {_HINT}"
        )
    if "FREQ" not in parts:
        raise InputError("the rule says no FREQ", hint=_HINT)
    if "COUNT" in parts and "UNTIL" in parts:
        raise InputError("COUNT and UNTIL contradict each other", hint="leave one of them out")
    rule = Rule(**{_PARTS[key][0]: _PARTS[key][1](key, value) for key, value in parts.items()})
    if rule.bysetpos and rule.freq > WEEKLY:
        raise InputError("BYSETPOS goes with FREQ=WEEKLY, MONTHLY and YEARLY", hint=_HINT)
    if (rule.byweekno or rule.byyearday) and rule.freq != YEARLY:
        raise InputError("BYWEEKNO and BYYEARDAY go with FREQ=YEARLY", hint=_HINT)
    if rule.bymonthday and rule.freq == WEEKLY:
        raise InputError("BYMONTHDAY does not go with FREQ=WEEKLY", hint="FREQ=MONTHLY")
    numbers = [abs(n) for _, n in rule.byweekday if n]
    if numbers and rule.freq > MONTHLY:
        raise InputError("a numbered BYDAY goes with FREQ=MONTHLY or YEARLY", hint="BYDAY=MO without a number")
    if numbers and max(numbers) > 5 and (rule.freq == MONTHLY or rule.bymonth):
        raise InputError(
            "a month has five of a weekday at most", hint="BYDAY=1MO for the first, BYDAY=-1MO for the last"
        )
    return rule


def _freq(_: str, value: str) -> int:
    if value == "SECONDLY":
        raise InputError("a rule comes once a minute at most", hint="FREQ=MINUTELY")
    if value not in FREQUENCIES:
        raise InputError(
            f"`{value[:40]}` is no FREQ", hint=did_you_mean(value, FREQUENCIES) or "one of " + ", ".join(FREQUENCIES)
        )
    return FREQUENCIES.index(value)


def _number(least: int, most: int, *, signed: bool = False) -> Callable[[str, str], int]:
    def read(key: str, value: str) -> int:
        number = int(value) if re.fullmatch(r"[+-]?[0-9]{1,12}", value) else None
        if number is None or not least <= (abs(number) if signed else number) <= most:
            sign = ", counted from the end with a minus" if signed else ""
            raise InputError(f"{key} does not take `{value[:40]}`", hint=f"a number from {least} to {most}{sign}")
        return number

    return read


def _numbers(least: int, most: int, *, signed: bool = False) -> Callable[[str, str], tuple[int, ...]]:
    one = _number(least, most, signed=signed)
    return lambda key, value: tuple(sorted({one(key, part) for part in value.split(",")}))


def _only_second(key: str, value: str) -> tuple[int, ...]:
    if "," in value:
        raise InputError("a rule comes once a minute at most", hint="BYSECOND with one number")
    return (_number(0, 59)(key, value),)


def _weekday(key: str, value: str) -> int:
    if value not in DAYS:
        raise InputError(f"{key} does not take `{value[:40]}`", hint="one of " + ", ".join(DAYS))
    return DAYS.index(value)


def _weekdays(key: str, value: str) -> tuple[Day, ...]:
    found = []
    for part in value.split(","):
        match = _DAY.fullmatch(part)
        number = int(match[1] or 0) if match else 0
        if match is None or (match[1] and not 1 <= abs(number) <= 53):
            raise InputError(f"{key} does not take `{part[:40]}`", hint="MO, or 1MO for the first, -1FR for the last")
        found.append((DAYS.index(match[2]), number))
    return tuple(dict.fromkeys(found))


def _time(key: str, value: str) -> datetime:
    if not _TIME.fullmatch(value):
        raise InputError(f"{key} does not take `{value[:40]}`", hint=f"{key}=20260105T180000, with a Z for UTC")
    return read_time(value)


def _until(key: str, value: str) -> datetime:
    """Read the end of a rule; a date alone is the end of that day."""
    time = _time(key, value)
    return time if "T" in value else time.replace(hour=23, minute=59, second=59)


_PARTS: Mapping[str, tuple[str, Callable[[str, str], Any]]] = {
    "FREQ": ("freq", _freq),
    "INTERVAL": ("interval", _number(1, MAX_INTERVAL)),
    "COUNT": ("count", _number(1, MAX_COUNT)),
    "UNTIL": ("until", _until),
    "WKST": ("wkst", _weekday),
    "BYMONTH": ("bymonth", _numbers(1, 12)),
    "BYMONTHDAY": ("bymonthday", _numbers(1, 31, signed=True)),
    "BYYEARDAY": ("byyearday", _numbers(1, 366, signed=True)),
    "BYWEEKNO": ("byweekno", _numbers(1, 53, signed=True)),
    "BYDAY": ("byweekday", _weekdays),
    "BYHOUR": ("byhour", _numbers(0, 23)),
    "BYMINUTE": ("byminute", _numbers(0, 59)),
    "BYSECOND": ("bysecond", _only_second),
    "BYSETPOS": ("bysetpos", _numbers(1, 366, signed=True)),
}
