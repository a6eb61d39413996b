"""Moments and durations: one text form, UTC, fixed width (RFC 3339)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo

from itmsctl.errors import FieldError, InputError

Clock = Callable[[], datetime]

_PART = r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d|w|y)"
_DURATION = re.compile(rf"{_PART}(?:\s*{_PART})*")
_PLAIN_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_MAX_SECONDS = 100 * 366 * 86400.0
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0, "y": 31_536_000.0}


def system_clock() -> datetime:
    """Return the present moment in UTC. The only reader of the wall clock."""
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """Write a moment as `2026-01-31T23:59:59.000000Z`: fixed width, so that text order is time order."""
    # not strftime: its %Y writes the year 999 with three digits
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def to_second(moment: datetime) -> str:
    """Write a moment as `2026-01-31T23:59:59Z`, for tables and sentences."""
    return to_text(moment)[:19] + "Z"


def local_text(moment: datetime, zone: tzinfo) -> str:
    """Write a moment as people in a zone do, and which zone that is: `2026-11-29 18:02 EST`."""
    there = moment.astimezone(zone)
    return f"{there.replace(tzinfo=None).isoformat(' ', 'minutes')} {there.tzname()}"


def from_text(text: str) -> datetime:
    """Read RFC 3339 text as a moment in UTC; without an offset it is UTC.

    Raises InputError where it is not a time, or one that UTC cannot write.
    """
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InputError(f"`{text}` is not a time", hint="write it as 2026-01-31T23:59:59Z or 2026-01-31") from None


def last_day(text: str) -> date:
    """Read the day until which something counts, such as 2026-12-31. Raises FieldError."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise FieldError(f"`{text[:40]}` is not a day", hint="--until 2026-12-31") from None


def moment(text: str, now: datetime) -> datetime:
    """Read a time as people give it: `now`, `30d` (so long ago), `30d ago`, or RFC 3339.

    Raises InputError where it is none of these.
    """
    said = text.strip()
    if said == "now":
        return now
    if _DURATION.fullmatch(said.removesuffix("ago").strip()):
        return now - timedelta(seconds=seconds(said.removesuffix("ago")))
    try:
        return from_text(said)
    except InputError as error:
        raise InputError(error.message, hint="now, 30d (so long ago), or a time: 2026-01-31T23:59:59Z") from None


def seconds(text: str) -> float:
    """Read a duration such as `90`, `1.5h`, `1d12h` or `2y` (of 365 days) as seconds; at most a hundred years.

    Raises InputError where it is none.
    """
    stripped = text.strip()
    if _PLAIN_SECONDS.fullmatch(stripped):
        total = float(stripped)
    elif _DURATION.fullmatch(stripped):
        total = sum(float(number) * _SECONDS[unit] for number, unit in re.findall(_PART, stripped))
    else:
        raise InputError(f"`{text}` is not a duration", hint="write it as 30s, 15m, 2h, 1d or 1d12h")
    if total > _MAX_SECONDS:
        raise InputError(f"the duration `{text}` is longer than a hundred years")
    return total


def ago(moment: datetime, now: datetime) -> str:
    """Say how long ago a moment was, for people: `5m ago`."""
    past: timedelta = now - moment
    total = int(abs(past.total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if total >= size:
            text = f"{total // size}{unit}"
            break
    else:
        text = f"{total}s"
    return f"{text} ago" if past.total_seconds() >= 0 else f"in {text}"
