"""Schedules as people say them, `monday,thursday 18:00` or `last friday 22:00`, as rules of recurrence."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from itmsctl.errors import InputError
from itmsctl.schedules.rule import DAILY, MONTHLY, WEEKLY, Recurrence
from itmsctl.schedules.rules import at_time
from itmsctl.values.names import did_you_mean

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_DATE = re.compile(r"[0-9]{1,2}")
_SHIFT = re.compile(r"(.*\S)\s*([+-])\s*([0-9]{1,2})\s*d(?:ays?)?")
MOST_DAYS = 27  # a shift is less than a month: each month has its own

Spoken = tuple[Recurrence, str]  # the rule, and the one text of what was said


def daily(text: str) -> Spoken:
    """Read `18:00`. Raises InputError."""
    hour, minute = _clock(text.strip(), "--daily 18:00")
    return at_time(Recurrence(DAILY), hour, minute), f"{hour:02}:{minute:02}"


def weekly(text: str) -> Spoken:
    """Read `monday,thursday 18:00`, also `mon-fri 18:00`. Raises InputError."""
    hint = "--weekly 'monday,thursday 18:00'"
    said, time = _apart(text, hint)
    hour, minute = _clock(time, hint)
    days: set[int] = set()
    for part in said.split(","):
        first, dash, last = part.strip().partition("-")
        begin = _weekday(first.strip(), hint)
        end = _weekday(last.strip(), hint) if dash else begin
        days |= {(begin + n) % 7 for n in range((end - begin) % 7 + 1)}
    names = ",".join(WEEKDAYS[day] for day in sorted(days))
    rule = Recurrence(WEEKLY, byweekday=tuple((day, 0) for day in sorted(days)))
    return at_time(rule, hour, minute), f"{names} {hour:02}:{minute:02}"


def monthly(text: str) -> Spoken:
    """Read `first monday 18:00`, `second tuesday +3d 18:00`, `last weekday 22:00`, `15 03:00` or `last day 23:00`.

    Raises InputError.
    """
    hint = (
        "--monthly 'first monday 18:00', 'second tuesday +3d 18:00', 'last weekday 18:00', '15 03:00' or "
        "'last day 23:00'; anything else is an --rrule"
    )
    said, time = _apart(text, hint)
    hour, minute = _clock(time, hint)
    said, days = _shift(said, hint)
    words = said.split()
    if len(words) == 2:
        rule, said = _which(_ordinal(words[0], hint), words[1], hint)
        said = f"{words[0]} {said}"
    elif days:
        raise InputError(f"`{said[:40]}` takes no days more or less", hint=hint)
    else:
        dates = sorted({_date(part.strip(), hint) for part in said.split(",")})
        rule, said = Recurrence(MONTHLY, bymonthday=tuple(dates)), ",".join(map(str, dates))
    shifted = f" {days:+}d" if days else ""
    rule = replace(at_time(rule, hour, minute), shift=timedelta(days=days))
    return rule, f"{said}{shifted} {hour:02}:{minute:02}"


def _which(number: int, what: str, hint: str) -> tuple[Recurrence, str]:
    """Return the rule of a numbered day of the month, and what it is called: a day, a weekday, or one of Mon-Fri."""
    if what == "day":
        return Recurrence(MONTHLY, bymonthday=(number,)), what
    if what == "weekday":
        return Recurrence(MONTHLY, byweekday=tuple((day, 0) for day in range(5)), bysetpos=(number,)), what
    day = _weekday(what, hint)
    return Recurrence(MONTHLY, byweekday=((day, number),)), WEEKDAYS[day]


def _shift(said: str, hint: str) -> tuple[str, int]:
    """Return what was said without its days more or less, and those."""
    match = _SHIFT.fullmatch(said)
    if match is None:
        return said, 0
    days = int(match[2] + match[3])
    if abs(days) > MOST_DAYS:
        raise InputError(f"{days:+} days are more than a month has", why=f"{MOST_DAYS} at most", hint=hint)
    return match[1], days


def _apart(text: str, hint: str) -> tuple[str, str]:
    said, space, time = text.strip().casefold().rpartition(" ")
    if not space:
        raise InputError(f"`{text[:80]}` says no day and time", hint=hint)
    return said.strip(), time


def _clock(text: str, hint: str) -> tuple[int, int]:
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise InputError(f"`{text[:40]}` is not a time of day, from 00:00 to 23:59", hint=hint)
    return int(match[1]), int(match[2])


def _weekday(text: str, hint: str) -> int:
    near = [n for n, name in enumerate(WEEKDAYS) if len(text) >= 3 and name.startswith(text)]
    if not near:
        raise InputError(f"`{text[:40]}` is not a weekday", hint=did_you_mean(text, WEEKDAYS) or hint)
    return near[0]


def _ordinal(text: str, hint: str) -> int:
    if text not in ORDINALS:
        raise InputError(f"`{text[:40]}` is not which one of the month", hint=did_you_mean(text, ORDINALS) or hint)
    return ORDINALS[text]


def _date(text: str, hint: str) -> int:
    if not _DATE.fullmatch(text) or not 1 <= int(text) <= 31:
        raise InputError(f"`{text[:40]}` is not a day of the month, 1 to 31", hint=hint)
    return int(text)
