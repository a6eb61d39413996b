"""The next opening of a computer that is closed: found however many blockouts lie before it, at a bounded cost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest

from itmsctl.schedules import standing as module
from itmsctl.schedules.due import HORIZON, previous_due
from itmsctl.schedules.standing import BLOCKOUT, MAINTENANCE, MOST_PERIODS, Window, standing, stretches
from itmsctl.schedules.timing import canonical, timing_of

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def window(kind: str, hours: float, **said: Any) -> Window:
    return Window(next(iter(said)), kind, timing_of(canonical(said)), timedelta(hours=hours), BERLIN)


MONTHLY = window(MAINTENANCE, 4, monthly="last saturday 02:00")
HALF_YEARLY = window(MAINTENANCE, 4, rrule="FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=1;BYHOUR=11;BYMINUTE=0;BYSECOND=0")
YEARLY = window(MAINTENANCE, 4, cron="0 2 24 12 *")
QUARTERLY = window(MAINTENANCE, 6, cron="0 20 1 1,4,7,10 *")
LEAP = window(MAINTENANCE, 4, cron="0 2 29 2 *")
HOURLY, NOON = window(BLOCKOUT, 1 / 12, cron="0 * * * *"), window(BLOCKOUT, 2, daily="12:00")
NIGHT, OFFICE = window(BLOCKOUT, 5, daily="22:00"), window(BLOCKOUT, 9, weekly="mon-fri 08:00")
SETS = {
    "monthly, hourly": (MONTHLY, HOURLY),
    "half-yearly, noon, night": (HALF_YEARLY, NOON, NIGHT),
    "yearly, nightly": (YEARLY, window(BLOCKOUT, 5, daily="00:00")),
    "quarterly, office, night": (QUARTERLY, OFFICE, NIGHT),
    "leap day, all of them": (LEAP, HOURLY, NOON, NIGHT, OFFICE),
    "two windows, hourly": (YEARLY, MONTHLY, HOURLY),
}


@pytest.mark.parametrize("name", SETS)
def test_an_opening_is_found_on_every_day_that_it_is_asked_for(name: str) -> None:
    """The 36 days of the field's finding, each against the stretches, which know nothing of the search."""
    windows = SETS[name]
    for day in range(36):
        now = FIRST + timedelta(days=day)
        found = standing(windows, now)
        if found.open:
            continue
        assert found.next_open == _by_stretches(windows, now), now


def _by_stretches(windows: Sequence[Window], now: datetime) -> datetime:
    """Return the next opening by stepping through the maintenance windows alone, minute by minute inside them."""
    waits = [one for one in windows if one.type == MAINTENANCE]
    blocks = [one for one in windows if one.type == BLOCKOUT]
    for stretch in stretches(waits, now):
        if not stretch.open:
            continue
        assert stretch.end is not None
        at = stretch.begin
        while at < stretch.end:
            if all(previous_due(b.timing, b.zone, at, at - b.duration) is None for b in blocks):
                return at
            at += timedelta(minutes=1)
    raise AssertionError("no opening at all")


@pytest.mark.parametrize("windows", [
    (window(BLOCKOUT, 50, cron="45 0 * * *"),),
    (window(BLOCKOUT, 1, cron="0 * * * *"),),
    (window(BLOCKOUT, 7200, every_s=60, start="2026-01-01T00:00Z"),),
    (window(MAINTENANCE, 1, daily="02:00"), window(BLOCKOUT, 4, daily="01:00")),
    (window(MAINTENANCE, 1, cron="0 * * * *"), window(BLOCKOUT, 50, cron="45 0 * * *")),
    (window(MAINTENANCE, 1 / 60, cron="* * * * *"), window(BLOCKOUT, 1 / 60, cron="* * * * *")),
    (window(MAINTENANCE, 1, at="2026-11-28T02:00"),),
], ids=lambda windows: ", ".join(w.timing.said for w in windows))  # fmt: skip
def test_what_never_opens_is_told_with_how_far_was_looked_and_at_a_bounded_cost(windows: tuple[Window, ...]) -> None:
    asked = 0

    def counted(*given: Any) -> Any:
        nonlocal asked
        asked += 1
        return previous_due(*given)

    with patch.object(module, "previous_due", counted):
        found = standing(windows, FIRST)
    assert (found.open, found.next_open) == (False, None)
    assert found.searched is not None
    assert FIRST + timedelta(hours=12) < found.searched <= FIRST + HORIZON
    assert asked <= 2 * (MOST_PERIODS + module.MERGED) + 4


def test_a_window_that_ends_while_a_blockout_runs_is_not_an_opening() -> None:
    """The blockout ends at the very moment at which the window does: the next window is the opening."""
    windows = (window(MAINTENANCE, 2, daily="02:00"), window(BLOCKOUT, 2, weekly="tuesday 02:00"))
    found = standing(windows, datetime(2026, 12, 1, 0, 0, tzinfo=UTC))
    assert found.next_open == datetime(2026, 12, 2, 1, 0, tzinfo=UTC)


def test_openings_only_go_forward() -> None:
    for windows in SETS.values():
        found = [standing(windows, FIRST + timedelta(hours=7 * n)).next_open for n in range(60)]
        known = [moment for moment in found if moment is not None]
        assert all(one <= other for one, other in pairwise(known))
