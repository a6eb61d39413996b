"""Must show 4: in every IANA zone over five years nothing shifts, vanishes or doubles, except as documented."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from itmsctl.schedules.due import due_between
from itmsctl.schedules.standing import MAINTENANCE, Window, stretches
from itmsctl.schedules.timing import canonical, timing_of
from tests.schedules.oracle import Oracle

# ruff: noqa: DTZ001 - wall times

ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
YEARS = 5


def utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


def days(begin: datetime, end: datetime) -> list[datetime]:
    return [begin + timedelta(days=n) for n in range((end - begin).days)]


def check_zone(name: str, year: int) -> int:
    """Compare schedules and a window with the oracle; return how many instants were compared."""
    zone = ZoneInfo(name)
    begin, end = datetime(year, 1, 1), datetime(year + YEARS, 1, 1)
    oracle = Oracle(zone, begin - timedelta(days=5), end + timedelta(days=5))
    odd = [wall for wall in oracle.odd_walls() if begin < wall < end]
    compared = 0
    for at in {time(2, 30), time(0, 0), *(wall.time() for wall in odd[:2])}:
        timing = timing_of({"daily": f"{at:%H:%M}"})
        got = [due.utc for due in due_between(timing, zone, utc(begin), utc(end))]
        walls = [datetime.combine(day, at) for day in days(begin - timedelta(days=2), end + timedelta(days=2))]
        wanted = sorted({utc(found) for wall in walls if begin < (found := oracle.instant(wall)) <= end})
        assert got == wanted, (name, at)
        compared += len(got)
    half_hours = timing_of({"cron": "*/30 * * * *"})
    for wall in odd[:4]:
        first, last = wall - timedelta(days=2), wall + timedelta(days=2)
        got = [due.utc for due in due_between(half_hours, zone, utc(first), utc(last))]
        steps = [first - timedelta(days=2) + timedelta(minutes=30 * n) for n in range(8 * 48)]
        steps = [step.replace(minute=step.minute // 30 * 30) for step in steps]
        assert got == sorted({utc(f) for step in steps if first < (f := oracle.instant(step)) <= last}), (name, wall)
        compared += len(got) + check_window(oracle, wall)
    return compared


def check_window(oracle: Oracle, wall: datetime) -> int:
    """Return a window of two hours around an odd wall time lasts two hours, on every day."""
    timing = timing_of({"daily": f"{wall:%H:%M}"})
    window = Window("w", MAINTENANCE, timing, timedelta(hours=2), oracle.zone)
    begin, end = wall - timedelta(days=2), wall + timedelta(days=2)
    walls = [datetime.combine(day, wall.time()) for day in days(begin - timedelta(days=2), end + timedelta(days=2))]
    starts = sorted({oracle.instant(one) for one in walls})
    wanted = [(utc(s), utc(s + timedelta(hours=2))) for s in starts if begin < s < end]
    got = []
    for one in stretches([window], utc(begin)):
        if one.begin >= utc(end):
            break
        if one.open and one.begin > utc(begin):
            got.append((one.begin, one.end))
    assert got == wanted, (oracle.zone.key, wall)
    return len(got)


@settings(max_examples=12)
@given(st.sampled_from(ZONES), st.integers(1990, 2035))
@example("Europe/Berlin", 2024)
@example("Pacific/Apia", 2009)  # a whole day is skipped
@example("Pacific/Kwajalein", 1990)
@example("Australia/Lord_Howe", 2024)  # half an hour
@example("America/Nuuk", 2022)  # the gap is on the evening before
@example("Africa/Casablanca", 2024)  # four changes a year
@example("Antarctica/Troll", 2024)  # two hours
def test_nothing_shifts_vanishes_or_doubles(zone: str, year: int) -> None:
    assert check_zone(zone, year) > YEARS * 365 * 2


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("start", [2024, 2009])
def test_nothing_shifts_vanishes_or_doubles_in_any_zone(start: int) -> None:
    assert len(ZONES) > 550
    assert sum(check_zone(zone, start) for zone in ZONES) > len(ZONES) * YEARS * 365 * 2


def test_texts_of_times_are_one_for_each() -> None:
    assert canonical({"at": "2026-03-29 18:00"}) == {"at": "2026-03-29T18:00:00"}
    assert canonical({"at": "2026-03-29T18:00+02:00"}) == {"at": "2026-03-29T16:00:00Z"}
