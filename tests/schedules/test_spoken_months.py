"""Days of the month that are said by another day: some days after patch Tuesday, the last working day."""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from itmsctl.errors import InputError
from itmsctl.schedules.due import due_between, next_due, previous_due
from itmsctl.schedules.spoken import MOST_DAYS, ORDINALS, WEEKDAYS, monthly
from itmsctl.schedules.timing import Timing, canonical, timing_of
from tests.conftest import Run

BERLIN = ZoneInfo("Europe/Berlin")
FROM, TO = datetime(2024, 1, 1, tzinfo=BERLIN), datetime(2029, 1, 1, tzinfo=BERLIN)


def timing(text: str) -> Timing:
    return timing_of(canonical({"monthly": text}))


def _base(year: int, month: int, ordinal: str, what: str) -> date | None:
    """Return a numbered day of a month by the calendar, or None where the month has no such day."""
    days = [date(year, month, n + 1) for n in range(calendar.monthrange(year, month)[1])]
    if what == "weekday":
        days = [day for day in days if day.weekday() < 5]
    elif what != "day":
        days = [day for day in days if WEEKDAYS[day.weekday()] == what]
    number = ORDINALS[ordinal]
    return days[-1] if number < 0 else days[number - 1] if number <= len(days) else None


@pytest.mark.parametrize("what", ["tuesday", "sunday", "weekday", "day"])
@pytest.mark.parametrize("ordinal", ["first", "second", "fifth", "last"])
@pytest.mark.parametrize("days", [0, 3, 9, MOST_DAYS, -1, -3, -MOST_DAYS])
def test_each_month_has_its_own(ordinal: str, what: str, days: int) -> None:
    months = [(year, month) for year in range(2023, 2030) for month in range(1, 13)]
    bases = [one for year, month in months if (one := _base(year, month, ordinal, what)) is not None]
    wanted = sorted(base + timedelta(days=days) for base in bases)
    found = list(due_between(timing(f"{ordinal} {what} {days:+}d 18:00"), BERLIN, FROM, TO))
    assert [due.local.date() for due in found] == [day for day in wanted if FROM.date() <= day < TO.date()]
    assert {due.local.time().isoformat() for due in found} == {"18:00:00"}


def test_friday_after_patch_tuesday_is_not_the_second_friday() -> None:
    begin, end = datetime(2026, 5, 1, tzinfo=BERLIN), datetime(2026, 5, 31, tzinfo=BERLIN)
    (patch,) = due_between(timing("second tuesday +3d 18:00"), BERLIN, begin, end)
    (second,) = due_between(timing("second friday 18:00"), BERLIN, begin, end)
    assert (patch.local.day, second.local.day) == (15, 8)


def test_next_and_previous_know_them() -> None:
    now = datetime(2026, 5, 15, 18, 0, tzinfo=BERLIN)
    shifted = timing("second tuesday +3d 18:00")
    later, before = next_due(shifted, BERLIN, now), previous_due(shifted, BERLIN, now)
    assert later is not None
    assert before is not None
    assert (later.local.date(), before.utc) == (date(2026, 6, 12), now)


@pytest.mark.parametrize(("text", "canonical_text"), [
    ("Second Tue +3d 18:00", "second tuesday +3d 18:00"),
    ("second tuesday+3d 18:00", "second tuesday +3d 18:00"),
    ("second tuesday + 3 days 9:05", "second tuesday +3d 09:05"),
    ("last weekday 22:00", "last weekday 22:00"),
    ("first weekday -1d 22:00", "first weekday -1d 22:00"),
    ("last day -2 d 23:00", "last day -2d 23:00"),
    ("second tuesday +0d 18:00", "second tuesday 18:00"),
])  # fmt: skip
def test_texts(text: str, canonical_text: str) -> None:
    assert monthly(text)[1] == canonical_text
    assert monthly(canonical_text) == monthly(text)


@pytest.mark.parametrize("text", [
    "second tuesday +28d 18:00", "second tuesday +3w 18:00", "15 +3d 18:00", "second tuesday +d 18:00",
    "second tuesday 18:00 +3d", "+3d 18:00", "second tuesday +3d +3d 18:00", "second tuesday +3d 25:00",
])  # fmt: skip
def test_what_cannot_be_said_is_told_with_what_can(text: str) -> None:
    with pytest.raises(InputError) as found:
        monthly(text)
    assert "--rrule" in str(found.value.hint) or "--monthly" in str(found.value.hint)


def test_commands_show_it_and_documents_carry_it(ok: Run, run: Run) -> None:
    ok("schedule", "add", "patches", "--monthly", "second tuesday +3d 18:00", "--timezone", "Europe/Berlin")
    ok("window", "add", "w", "--type", "maintenance", "--monthly", "last weekday 22:00", "--duration", "2h",
       "--target", "all")  # fmt: skip
    assert ok("schedule", "show", "patches", "-o", "json").json["when"] == "monthly second tuesday +3d 18:00"
    days = ok("schedule", "explain", "patches", "--between", "2026-05-01", "2026-06-30", "-o", "json").json
    assert [row["local"][:10] for row in days] == ["2026-05-15", "2026-06-12"]
    document = ok("export", "-o", "yaml").out
    assert "second tuesday +3d 18:00" in document
    assert "last weekday 22:00" in document
    ok("schedule", "remove", "patches", "--yes")
    ok("apply", "-f", "-", "--yes", stdin=document)
    assert ok("schedule", "show", "patches", "-o", "json").json["monthly"] == "second tuesday +3d 18:00"
    assert run("schedule", "add", "x", "--monthly", "second tuesday +31d 18:00").code == 3
