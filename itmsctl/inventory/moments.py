"""Moments as tools write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from itmsctl.inventory.taking import plain, real, worded

_MADE_UP = (  # that stand for none
    "N/A", "0000-00-00", "1970-01-01 00:00:00", "1970-01-01T00:00:00Z", "1601-01-01",
)  # fmt: skip
_ISO_DAY = re.compile(r"([0-9]{4})[-/]?([0-9]{2})[-/]?([0-9]{2})(?=$|[ T])")
_PARTS = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})(?: ([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?")
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})")
_LATEST = 253402300799  # the last second of the year 9999


def zone_of(offset: Any) -> tzinfo:
    """Return the zone of an offset such as +0200; UTC for what is none."""
    found = _OFFSET.fullmatch(plain(offset) or "")
    if found is None or int(found[2]) > 14 or int(found[3]) > 59:
        return UTC
    minutes = int(found[2]) * 60 + int(found[3])
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))


def moment_in(zone: tzinfo, value: Any, *, day_first: bool = False) -> datetime | None:
    """Return a moment: seconds since 1970, RFC 3339, `20200612`, `12/31/2020`, or with `day_first` `31/12/2020`.

    One that says no zone is of this one.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return since_1970(value)
    text = plain(value)
    if text is None or len(text) > 64 or text.startswith(_MADE_UP):
        return None
    try:
        return _written_moment(text, day_first, zone)
    except (ValueError, OverflowError):
        return None


def _written_moment(text: str, day_first: bool, zone: tzinfo) -> datetime | None:
    parts = _PARTS.fullmatch(text)
    if parts:
        day, month = (parts[1], parts[2]) if day_first else (parts[2], parts[1])
        found = datetime(
            int(parts[3]), int(month), int(day), int(parts[4] or 0), int(parts[5] or 0), int(parts[6] or 0), tzinfo=zone
        )
    elif _ISO_DAY.match(text):
        found = datetime.fromisoformat(text.replace("/", "-"))
        found = found if found.tzinfo else found.replace(tzinfo=zone)
    else:
        return None
    # a day alone is that day everywhere
    moment = (found.replace(tzinfo=UTC) if len(text) <= 10 else found).astimezone(UTC)
    return moment if moment.timestamp() > 0 else None


def since_1970(value: Any) -> datetime | None:
    """Return the moment of a number of seconds since 1970; of zero none."""
    found = real(value)
    return datetime.fromtimestamp(found, UTC) if found is not None and 0 < found < _LATEST else None


def day_of(value: Any) -> str | None:
    """Return a day as year-month-day, from the forms of firmware: `07/25/2014`; another text as it is."""
    text = worded(value)
    found = moment_in(UTC, text)
    return found.date().isoformat() if found else text
