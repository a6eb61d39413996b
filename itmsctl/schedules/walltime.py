"""Wall time and UTC: what a clock on a wall shows in a zone, and the one instant that it means.

A wall time that a zone skips (the gap of spring) means the first instant after the gap. One that comes twice (the
overlap of autumn) means its first coming. So every wall time means exactly one instant, and a later one never an
earlier instant.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from itmsctl.errors import InputError
from itmsctl.values.zones import zone

GAP, OVERLAP = "gap", "overlap"
FIRST_YEAR, LAST_YEAR = 1970, 2199
AHEAD = timedelta(days=7)  # how far is looked where nobody says
_SECOND = timedelta(seconds=1)
_HINT = "write it as 2026-03-29T18:00, 2026-03-29, or with an offset: 2026-03-29T18:00+02:00"


def wall_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what a clock in a zone shows at a moment."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def instant_of(wall: datetime, zone: ZoneInfo) -> tuple[datetime, str]:
    """Return the instant that a wall time means, in UTC, and whether it lies in a `gap`, an `overlap` or neither."""
    there = wall.replace(tzinfo=zone, fold=0)
    first, second = there.utcoffset(), there.replace(fold=1).utcoffset()
    assert first is not None
    assert second is not None
    if first == second:
        return _utc(wall - first), ""
    if first > second:
        return _utc(wall - first), OVERLAP
    return _end_of_gap(wall, zone, wall - second, wall - first), GAP


def moment_of(time: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment that a stated time means: one without an offset is wall time."""
    return time.astimezone(UTC) if time.tzinfo else instant_of(time, zone)[0]


def _end_of_gap(wall: datetime, zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the first instant at which the clock shows this wall time or a later one; it is not before `before`."""
    while after - before > _SECOND:
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if wall_of(_utc(middle), zone) >= wall:
            after = middle
        else:
            before = middle
    return _utc(after)


def _utc(naive: datetime) -> datetime:
    return naive.replace(tzinfo=UTC)


# --- times as text ----------------------------------------------------------------------------------------------------


def read_time(text: str) -> datetime:
    """Read a time: with an offset it is a moment in UTC, without one it is wall time. Seconds are the finest.

    Raises InputError for what is not a time, or out of the years 1970 to 2199.
    """
    try:
        time = datetime.fromisoformat(text.strip())
        time = time.astimezone(UTC) if time.tzinfo else time
    except (ValueError, OverflowError):
        raise InputError(f"`{text[:80]}` is not a time", hint=_HINT) from None
    if not FIRST_YEAR <= time.year <= LAST_YEAR:
        raise InputError(f"`{text}` is not in the years {FIRST_YEAR} to {LAST_YEAR}")
    return time.replace(microsecond=0, fold=0)


def read_span(begin: str, end: str, zone_name: str) -> tuple[datetime, datetime]:
    """Return the moments from one time to another, in a zone where they say no offset. Raises InputError."""
    first, last = (moment_of(read_time(text), zone(zone_name)) for text in (begin, end))
    if first > last:
        raise InputError(f"{begin} is later than {end}", hint="--between FROM TO")
    return first, last


def span_of(between: tuple[str, str] | None, now: datetime, zone_name: str) -> tuple[datetime, datetime]:
    """Return the moments between which something is told; by default the next days. Raises InputError."""
    return (now, now + AHEAD) if between is None else read_span(*between, zone_name)


def write_time(time: datetime) -> str:
    """Return the one text of a time: `2026-03-29T18:00:00`, with a Z where it is a moment in UTC."""
    return time.replace(tzinfo=None).isoformat(timespec="seconds") + ("Z" if time.tzinfo else "")


def clock(wall: datetime) -> str:
    """Say the time of day of a wall time: `18:00`, with seconds only where there are any."""
    return f"{wall:%H:%M:%S}" if wall.second else f"{wall:%H:%M}"
