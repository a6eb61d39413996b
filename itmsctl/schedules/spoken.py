"""Schedules as people say them, `monday,thursday 18:00` or `last friday 22:00`, as rules of recurrence."""

from __future__ import annotations

import re

from itmsctl.errors import InputError
from itmsctl.schedules.rules import DAILY, MONTHLY, WEEKLY, Rule, at_time
from itmsctl.values.names import did_you_mean

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_DATE = re.compile(r"[0-9]{1,2}")

Spoken = tuple[Rule, str]  # the rule, and the one text of what was said


def daily(text: str) -> Spoken:
    """Read `18:00`. Raises InputError."""
    hour, minute = _clock(text.strip(), "--daily 18:00")
    return at_time(Rule(DAILY), hour, minute), f"{hour:02}:{minute:02}"


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
    rule = Rule(WEEKLY, byweekday=tuple((day, 0) for day in sorted(days)))
    return at_time(rule, hour, minute), f"{names} {hour:02}:{minute:02}"


def monthly(text: str) -> Spoken:
    """Read `first monday 18:00`, `last friday 22:00`, `15 03:00`, `1,15 03:00` or `last day 23:00`.

    Raises InputError.
    """
    hint = "--monthly 'first monday 18:00', '15 03:00' or 'last day 23:00'"
    said, time = _apart(text, hint)
    hour, minute = _clock(time, hint)
    words = said.split()
    rule = Rule(MONTHLY)
    if len(words) == 2 and words[1] == "day":
        which = _ordinal(words[0], hint)
        rule, said = Rule(MONTHLY, bymonthday=(which,)), f"{words[0]} day"
    elif len(words) == 2:
        which, day = _ordinal(words[0], hint), _weekday(words[1], hint)
        rule, said = Rule(MONTHLY, byweekday=((day, which),)), f"{words[0]} {WEEKDAYS[day]}"
    else:
        dates = sorted({_date(part.strip(), hint) for part in said.split(",")})
        rule, said = Rule(MONTHLY, bymonthday=tuple(dates)), ",".join(map(str, dates))
    return at_time(rule, hour, minute), f"{said} {hour:02}:{minute:02}"


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
