"""Intervals: `30 days`, `1 day 2 hours`. Units have one length each; months and years have none, and are refused."""

from __future__ import annotations

import re

_UNITS_US = {
    "microsecond": 1,
    "millisecond": 1_000,
    "second": 1_000_000,
    "minute": 60_000_000,
    "hour": 3_600_000_000,
    "day": 86_400_000_000,
    "week": 604_800_000_000,
}
_SHORT = {"s": "second", "sec": "second", "min": "minute", "m": "minute", "h": "hour", "d": "day", "w": "week"}
_PART = re.compile(r"\s*(\d{1,12}(?:\.\d{1,6})?)\s*([A-Za-z]+)\s*")
LIMIT_US = 3_660_000 * 86_400_000_000  # ten thousand years


def microseconds(text: str) -> int:
    """Read an interval such as `30 days` or `1 day 2 hours` as microseconds.

    Raises ValueError, with words for people, where it is none.
    """
    total, end = 0, 0
    while end < len(text) or not text:
        part = _PART.match(text, end)
        if part is None:
            raise ValueError("write it as '30 days', '12 hours' or '1 day 2 hours'")
        total += _one(part[1], part[2].lower())
        end = part.end()
    if total > LIMIT_US:
        raise ValueError("it is longer than ten thousand years")
    return total


def _one(number: str, unit: str) -> int:
    name = _SHORT.get(unit, unit.removesuffix("s"))
    if name in {"month", "mon", "year", "yr", "y"}:
        raise ValueError("months and years differ in length: write days")
    if name not in _UNITS_US:
        raise ValueError("the units are seconds, minutes, hours, days and weeks")
    whole, _, fraction = number.partition(".")
    size = _UNITS_US[name]
    return int(whole) * size + int(fraction or 0) * size // int(10 ** len(fraction))
