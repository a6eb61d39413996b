"""The form of a list of WMI: one value a line, instances one behind the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

from itmsctl.inventory.captured import lines

_TIME = re.compile(r"(\d{14})\.\d{6}([+-]\d{3})")


_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)")


_LIST = re.compile(r'"((?:[^"\\]|\\.)*)"')


Instance = dict[str, str]


def instances(text: str, *keys: str) -> Iterator[Instance]:
    """Yield instances that have all these properties; a property that comes again begins the next one."""
    current: Instance = {}
    for line in lines(text):
        key, apart, value = line.partition("=")
        if not apart or not re.fullmatch(r"\w+", key):
            continue
        if key in current:
            if all(name in current for name in keys):
                yield current
            current = {}
        current[key] = value.strip().replace("&amp;", "&")
    if current and all(name in current for name in keys):
        yield current


def when(text: str | None) -> datetime | None:
    """Return a moment of the form 20130813153755.000000+120."""
    found = _TIME.fullmatch(text or "")
    if found is None:
        return None
    try:
        zone = timezone(timedelta(minutes=int(found[2])))
        return datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day(text: str | None) -> str | None:
    """Return the day of a moment as year-month-day."""
    found = _DAY.match(text or "")
    return f"{found[1]}-{found[2]}-{found[3]}" if found else None


def truth(text: str | None) -> bool | None:
    """Return what TRUE or FALSE says."""
    return {"TRUE": True, "FALSE": False}.get((text or "").upper())


def members(text: str | None) -> list[str]:
    """Return the members of `{"a","b"}`; a text without quotes is its own member."""
    plain = text or ""
    if plain.startswith("{"):
        return [one for one in _LIST.findall(plain) if one]
    return [plain] if plain else []
