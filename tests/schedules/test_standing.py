"""How a computer stands: windows wait, blockouts forbid, and each lasts its time whatever the clock does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from itmsctl.schedules.standing import ALWAYS, BLOCKOUT, MAINTENANCE, Standing, Window, standing, stretches
from itmsctl.schedules.timing import timing_of

BERLIN = ZoneInfo("Europe/Berlin")


def utc(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(name: str, hours: float, type_: str = MAINTENANCE, **says: Any) -> Window:
    return Window(name, type_, timing_of(says), timedelta(hours=hours), BERLIN)


def block(name: str, hours: float, **says: Any) -> Window:
    return window(name, hours, BLOCKOUT, **says)


TUESDAY = window("tue", 2, weekly="tuesday 02:00")
NIGHT = window("night", 4, daily="00:00")
LATE = window("late", 3, daily="03:00")
FREEZE = block("freeze", 48, at="2026-01-06T00:00:00")


@pytest.mark.parametrize(
    ("windows", "now", "open_", "until", "next_open", "why"),
    [
        ([], "2026-01-05T09:00", True, None, None, ALWAYS),
        ([TUESDAY], "2026-01-05T09:00", False, "2026-01-06T01:00", "2026-01-06T01:00", "outside of window tue"),
        ([TUESDAY], "2026-01-06T01:00", True, "2026-01-06T03:00", None, "window tue"),
        ([TUESDAY], "2026-01-06T03:00", False, "2026-01-13T01:00", "2026-01-13T01:00", "outside of window tue"),
        ([NIGHT, LATE], "2026-01-04T23:30", True, "2026-01-05T05:00", None, "window night"),
        ([LATE, NIGHT], "2026-01-05T02:30", True, "2026-01-05T05:00", None, "window late"),
        ([FREEZE], "2026-01-05T09:00", True, "2026-01-05T23:00", None, ALWAYS),
        ([FREEZE], "2026-01-06T09:00", False, "2026-01-07T23:00", "2026-01-07T23:00", "blockout freeze"),
        ([TUESDAY, FREEZE], "2026-01-05T22:00", False, "2026-01-05T23:00", "2026-01-13T01:00", "outside of window tue"),
        ([TUESDAY, FREEZE], "2026-01-06T01:30", False, "2026-01-07T23:00", "2026-01-13T01:00", "blockout freeze"),
        ([NIGHT, FREEZE], "2026-01-07T22:59", False, "2026-01-07T23:00", "2026-01-07T23:00", "blockout freeze"),
        ([NIGHT, block("b", 1, daily="02:00")], "2026-01-05T00:00", True, "2026-01-05T01:00", None, "window night"),
        ([window("old", 1, at="2020-01-01T00:00:00")], "2026-01-05T00:00", False, None, None, "outside of window old"),
        # the clock springs from 02:00 to 03:00 on 29 March: a window at 02:30 starts at the end of the gap
        ([window("gap", 2, daily="02:30")], "2026-03-29T00:59", False, "2026-03-29T01:00", "2026-03-29T01:00",
         "outside of window gap"),
        ([window("gap", 2, daily="02:30")], "2026-03-29T01:00", True, "2026-03-29T03:00", None, "window gap"),
        # and falls back from 03:00 to 02:00 on 25 October: two hours are two hours
        ([window("two", 2, daily="01:30")], "2026-10-24T23:30", True, "2026-10-25T01:30", None, "window two"),
        ([window("two", 2, daily="02:30")], "2026-10-25T02:29", True, "2026-10-25T02:30", None, "window two"),
        ([window("two", 2, daily="02:30")], "2026-10-25T02:30", False, "2026-10-26T01:30", "2026-10-26T01:30",
         "outside of window two"),
    ],
)  # fmt: skip
def test_standing(
    windows: list[Window], now: str, open_: bool, until: str | None, next_open: str | None, why: str
) -> None:
    moment = utc(now)
    assert moment is not None
    found = standing(windows, moment)
    assert found == Standing(open_, utc(until), utc(next_open), why, why.startswith("blockout"))


def test_what_never_ends_is_looked_through_for_a_while_only() -> None:
    now = utc("2026-01-05T00:00")
    assert now is not None
    found = standing([window("all", 24, daily="00:00")], now)
    assert found.open
    assert found.until is not None
    assert found.until - now > timedelta(days=60)
    never = standing([block("never", 25, daily="00:00")], now)
    assert (never.open, never.next_open, never.blocked) == (False, None, True)


def test_what_ignores_windows_heeds_blockouts() -> None:
    monday, tuesday = utc("2026-01-05T09:00"), utc("2026-01-06T09:00")
    assert monday is not None
    assert tuesday is not None
    both = [TUESDAY, FREEZE]
    assert standing(both, monday, ignore_windows=True) == Standing(True, utc("2026-01-05T23:00"), None, ALWAYS)
    assert standing(both, tuesday, ignore_windows=True).blocked
    assert not standing(both, tuesday, ignore_windows=True).open


def test_a_computer_off_for_nine_days_finds_the_next_window() -> None:
    """Must show 3: off since Friday the 2nd, back on Sunday the 11th, its window is Tuesday 02:00 to 04:00."""
    back = utc("2026-01-11T15:00")
    assert back is not None
    assert standing([TUESDAY], back).next_open == utc("2026-01-13T01:00")


def test_stretches_follow_each_other() -> None:
    begin = utc("2026-03-27T12:00")
    assert begin is not None
    found = list(islice(stretches([NIGHT, LATE, block("b", 1, daily="02:30")], begin), 40))
    assert all(one.end == other.begin for one, other in pairwise(found))
    assert all(one.end is not None and one.begin < one.end for one in found)
    assert {one.why for one in found} == {"outside of window night, late", "window night", "blockout b", "window late"}
