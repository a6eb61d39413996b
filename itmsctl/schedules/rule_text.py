"""Rules of recurrence as text (RFC 5545), read strictly: which part is wrong, and what may stand there."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from itmsctl.errors import InputError
from itmsctl.schedules.rule import MONTHLY, WEEKLY, YEARLY, Day, Recurrence
from itmsctl.schedules.walltime import read_time
from itmsctl.values.names import did_you_mean, near_or_all

FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MAX_COUNT = 10_000
MAX_INTERVAL = 1_000
MAX_LENGTH = 500
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_TIME = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")
_HINT = "such as FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=18;BYMINUTE=0"


def read_rule(text: str) -> tuple[Recurrence, datetime | None]:
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
    """Return the one text of a rule: capitals, its parts in the order in which they were written."""
    return " ".join(line.strip(";") for line in text.upper().split())


def _rule(parts: Mapping[str, str]) -> Recurrence:
    unknown = next((key for key in parts if key not in _PARTS), None)
    if unknown is not None:
        raise InputError(
            f"`{unknown[:40]}` is no part of a rule", hint=did_you_mean(unknown, _PARTS) or f"a rule is {_HINT}"
        )
    if "FREQ" not in parts:
        raise InputError("the rule says no FREQ", hint=_HINT)
    if "COUNT" in parts and "UNTIL" in parts:
        raise InputError("COUNT and UNTIL contradict each other", hint="leave one of them out")
    rule = Recurrence(**{_PARTS[key][0]: _PARTS[key][1](key, value) for key, value in parts.items()})
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
        raise InputError(f"`{value[:40]}` is no FREQ", hint=near_or_all(value, FREQUENCIES))
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
