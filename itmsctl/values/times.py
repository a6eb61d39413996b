"""Moments and durations: one text form, UTC, fixed width (RFC 3339)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from itmsctl.errors import InputError

Clock = Callable[[], datetime]

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def system_clock() -> datetime:
    """Answer the present moment in UTC. The only reader of the wall clock."""
    return datetime.now(UTC)


def to_text(moment: datetime) -> str:
    """Write a moment as `2026-01-31T23:59:59.000000Z`: fixed width, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(text: str) -> datetime:
    """Read RFC 3339 text; without an offset it is UTC.

    Raises InputError where it is no time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"`{text}` is not a time", hint="write it as 2026-01-31T23:59:59Z or 2026-01-31"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def seconds(text: str) -> float:
    """Read a duration such as `90`, `1.5h` or `1d12h` as seconds.

    Raises InputError where it is none.
    """
    compact = text.replace(" ", "")
    if re.fullmatch(r"\d+(?:\.\d+)?", compact):
        return float(compact)
    parts = _DURATION.findall(compact)
    if not parts or "".join(n + u for n, u in parts) != compact:
        raise InputError(f"`{text}` is not a duration", hint="write it as 30s, 15m, 2h, 1d or 1d12h")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


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
