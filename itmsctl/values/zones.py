"""Time zones: known by their IANA names; and the one place that asks which zone this machine is in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from itmsctl.errors import InputError
from itmsctl.values.names import did_you_mean

UTC_NAME = "UTC"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*", re.ASCII)
# What zone folders hold beside zones: the machine's own choice, zones with leap seconds, and copies of the tree.
_NO_ZONES = frozenset({"localtime", "posixrules", "Factory"})
_COPIES = ("posix/", "right/")
_ABBREVIATION = re.compile(r"[A-Z]{2,5}")
_OF_A_YEAR = (
    datetime(2026, 1, 15, tzinfo=UTC),
    datetime(2026, 7, 15, tzinfo=UTC),
)  # winter and summer, on either half of the earth
_NAMED = 3


def is_zone(name: str) -> bool:
    """Return whether a text is the name of a time zone that this machine knows."""
    return _load(name) is not None


def zone(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name.

    Raises InputError that offers a near one.
    """
    found = _load(name)
    if found is None:
        near = _of_windows(name) or _of_abbreviation(name)
        near = near or did_you_mean(name, available_timezones()) or _of_city(name)
        raise InputError(
            f"`{name[:80]}` is not a time zone", hint=near or "an IANA name such as Europe/Rome", details={"zone": name}
        )
    return found


def server_zone(environment: Mapping[str, str], root: Path = Path("/")) -> str:
    """Return the name of this machine's time zone: TZ, else the link /etc/localtime, else /etc/timezone, else UTC."""
    asked = environment.get("TZ")
    if asked is not None and (named := _asked(asked, root)):
        return named
    for found in (_linked(root / "etc/localtime"), _written(root / "etc/timezone")):
        if found and is_zone(found):
            return found
    return UTC_NAME


def unknown_zone(environment: Mapping[str, str], root: Path = Path("/")) -> str:
    """Return what TZ says where this machine knows no such zone, so that `server_zone` passes it over; else nothing."""
    asked = environment.get("TZ", "")
    return asked if asked and not _asked(asked, root) else ""


def _asked(text: str, root: Path) -> str:
    """Return the zone that a value of TZ names, by its name or by its file; empty for none. An empty one is UTC."""
    name = text.removeprefix(":")
    if name.startswith("/"):
        name = name.partition("zoneinfo/")[2] or _linked(root / name.lstrip("/"))
    return (name or UTC_NAME) if not text.strip(":") or is_zone(name) else ""


@cache
def _load(name: str) -> ZoneInfo | None:
    if name in _NO_ZONES or name.startswith(_COPIES) or len(name) > 80 or not _NAME.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (LookupError, OSError, ValueError):
        return None


def _of_city(text: str) -> str:
    """Return the zone of a city whose name was written alone, as a question; empty for none."""
    city = text.rpartition("/")[2].strip().replace(" ", "_").casefold()
    found = sorted(name for name in available_timezones() if name.rpartition("/")[2].casefold() == city)
    return f"did you mean `{found[0]}`?" if city and found else ""


def _of_abbreviation(text: str) -> str:
    """Return the zones whose clocks bear an abbreviation this year, one for each offset, as a question."""
    from itmsctl.values.windows_zones import main_zones

    word = text.strip().upper()
    if not _ABBREVIATION.fullmatch(word):
        return ""
    found: dict[timedelta | None, str] = {}
    for names in (main_zones(), sorted(available_timezones())):
        for name in () if found else names:
            clock = _load(name)
            for moment in _OF_A_YEAR if clock is not None else ():
                there = moment.astimezone(clock)
                if there.tzname() == word:
                    found.setdefault(there.utcoffset(), name)
    said = [f"`{name}`" for name in list(found.values())[:_NAMED]]
    return f"did you mean {' or '.join(said)}?" if said else ""


def _of_windows(text: str) -> str:
    from itmsctl.values.windows_zones import iana_name

    found = iana_name(text)
    return f"did you mean `{found}`?" if found else ""


def _linked(path: Path) -> str:
    try:
        _, inside, name = str(path.readlink()).partition("zoneinfo/")
    except OSError:
        return ""
    return name if inside else ""


def _written(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
