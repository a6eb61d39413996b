"""When each kind of timing is due: tables of cases, and three judges that know nothing of this code."""

from __future__ import annotations

import calendar
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule as library
from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.errors import InputError
from itmsctl.schedules.due import due_between, next_due, previous_due
from itmsctl.schedules.timing import Timing, canonical, timing_of
from tests.servers import missing

# ruff: noqa: DTZ001 - wall times

BERLIN = ZoneInfo("Europe/Berlin")
UTC_ZONE = ZoneInfo("UTC")


def timing(**fields: Any) -> Timing:
    return timing_of(canonical(fields) | {k: v for k, v in fields.items() if v is True})


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def dues(what: Timing, begin: str, end: str, zone: ZoneInfo = BERLIN) -> list[str]:
    return [f"{due.utc:%m-%d %H:%M}" for due in due_between(what, zone, utc(begin), utc(end))]


@pytest.mark.parametrize(
    ("fields", "begin", "end", "wanted"),
    [
        ({"at": "2026-03-01T18:00"}, "2026-02-01", "2026-04-01", ["03-01 17:00"]),
        ({"at": "2026-03-01T18:00+00:00"}, "2026-02-01", "2026-04-01", ["03-01 18:00"]),
        ({"at": "2026-03-29T02:30"}, "2026-02-01", "2026-04-01", ["03-29 01:00"]),
        ({"at": "2026-10-25T02:30"}, "2026-02-01", "2026-12-01", ["10-25 00:30"]),
        ({"daily": "02:30"}, "2026-03-28", "2026-03-31", ["03-28 01:30", "03-29 01:00", "03-30 00:30"]),
        ({"daily": "02:30"}, "2026-10-24", "2026-10-27", ["10-24 00:30", "10-25 00:30", "10-26 01:30"]),
        ({"daily": "18:00"}, "2026-01-05T17:00", "2026-01-06T17:00", ["01-06 17:00"]),
        ({"weekly": "thursday,mon 18:00"}, "2026-01-05", "2026-01-13", ["01-05 17:00", "01-08 17:00", "01-12 17:00"]),
        ({"weekly": "sat-mon 00:00"}, "2026-01-02", "2026-01-06", ["01-02 23:00", "01-03 23:00", "01-04 23:00"]),
        ({"monthly": "first monday 18:00"}, "2026-01-01", "2026-03-31", ["01-05 17:00", "02-02 17:00", "03-02 17:00"]),
        ({"monthly": "last friday 22:00"}, "2026-01-01", "2026-02-28", ["01-30 21:00", "02-27 21:00"]),
        ({"monthly": "15 03:00"}, "2026-01-01", "2026-02-28", ["01-15 02:00", "02-15 02:00"]),
        ({"monthly": "31 03:00"}, "2026-01-01", "2026-03-31T12:00", ["01-31 02:00", "03-31 01:00"]),
        ({"monthly": "last day 23:00"}, "2026-01-01", "2026-03-01", ["01-31 22:00", "02-28 22:00"]),
        ({"monthly": "fifth monday 01:00"}, "2026-01-01", "2026-05-01", ["03-29 23:00"]),
        ({"every_s": 7200, "start": "2026-03-28T23:00Z"}, "2026-03-28T22:00", "2026-03-29T04:00",
         ["03-28 23:00", "03-29 01:00", "03-29 03:00"]),
        ({"every_s": 3600, "start": "2016-03-28T23:30"}, "2026-03-29T00:00", "2026-03-29T02:00",
         ["03-29 00:30", "03-29 01:30"]),
        ({"cron": "0 * * * *"}, "2026-03-28T23:30", "2026-03-29T02:30", ["03-29 00:00", "03-29 01:00", "03-29 02:00"]),
        ({"cron": "15,45 2 * * *"}, "2026-03-28T12:00", "2026-03-29T12:00", ["03-29 01:00"]),
        ({"cron": "0 0 13 * fri"}, "2026-02-11", "2026-02-21", ["02-12 23:00", "02-19 23:00"]),
        ({"cron": "@monthly"}, "2026-02-01", "2026-03-02", ["02-28 23:00"]),
        ({"rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "start": "2016-01-04T08:00"}, "2026-01-01", "2026-02-01",
         ["01-05 07:00", "01-19 07:00"]),
        ({"rrule": "DTSTART:20251231T080000 RRULE:FREQ=DAILY;COUNT=3"}, "2026-01-01", "2026-02-01",
         ["01-01 07:00", "01-02 07:00"]),
        ({"rrule": "FREQ=DAILY;UNTIL=20260102", "start": "2025-01-01T08:00"}, "2026-01-01", "2026-02-01",
         ["01-01 07:00", "01-02 07:00"]),
        ({"rrule": "FREQ=DAILY;UNTIL=20260102T063000Z", "start": "2025-01-01T08:00"}, "2026-01-01", "2026-02-01",
         ["01-01 07:00"]),
        ({"rrule": "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "start": "2016-01-31T20:00"}, "2026-01-01",
         "2026-03-01", ["01-30 19:00", "02-27 19:00"]),
        ({"rrule": "FREQ=YEARLY", "start": "2012-02-29T20:00"}, "2026-01-01", "2033-01-01",
         ["02-29 19:00", "02-29 19:00"]),
        ({"daily": "18:00", "not_before": "2026-01-02T18:00", "not_after": "2026-01-03T18:00"}, "2026-01-01",
         "2026-02-01", ["01-02 17:00", "01-03 17:00"]),
        ({"event": "user logs on"}, "2026-01-01", "2027-01-01", []),
        ({"asap": True}, "2026-01-01", "2027-01-01", []),
    ],
)  # fmt: skip
def test_due(fields: dict[str, Any], begin: str, end: str, wanted: list[str]) -> None:
    assert dues(timing(**fields), begin, end) == wanted


def test_asap_is_due_when_it_is_put_to_use() -> None:
    used = timing(asap=True).put_to_use(utc("2026-01-05T09:17:03"))
    assert dues(used, "2026-01-01", "2026-02-01") == ["01-05 09:17"]
    assert timing(daily="18:00").put_to_use(utc("2026-01-05")) == timing(daily="18:00")


@pytest.mark.parametrize(
    ("fields", "begin", "local", "why"),
    [
        ({"daily": "02:30"}, "2026-03-28T12:00", "2026-03-29T03:00:00",
         "02:30 does not exist in Europe/Berlin on 2026-03-29: fires at 03:00"),
        ({"daily": "02:30"}, "2026-10-24T12:00", "2026-10-25T02:30:00",
         "02:30 comes twice in Europe/Berlin on 2026-10-25: fires the first time"),
        ({"daily": "18:00"}, "2026-10-24T12:00", "2026-10-24T18:00:00", "daily 18:00"),
        ({"cron": "0 2-3 * * *"}, "2026-03-28T12:00", "2026-03-29T03:00:00", "cron 0 2-3 * * *"),
    ],
)  # fmt: skip
def test_it_says_why(fields: dict[str, Any], begin: str, local: str, why: str) -> None:
    found = next_due(timing(**fields), BERLIN, utc(begin))
    assert found is not None
    assert (found.local.isoformat(), found.why) == (local, why)


def test_a_day_that_a_zone_skips_is_made_up_at_its_end() -> None:
    got = list(
        due_between(timing(daily="12:00"), ZoneInfo("Pacific/Apia"), utc("2011-12-29T00:00"), utc("2011-12-31T12:00"))
    )
    assert [f"{due.local:%m-%d %H:%M}" for due in got] == ["12-29 12:00", "12-31 00:00", "12-31 12:00"]
    assert got[1].why == "12:00 does not exist in Pacific/Apia on 2011-12-30: fires at 2011-12-31 00:00"


WAYS = (
    {"daily": "02:30"}, {"weekly": "sun 02:15"}, {"monthly": "last sunday 02:45"}, {"cron": "*/20 1-3 * 3,10 *"},
    {"every_s": 5400, "start": "2025-01-01T00:10Z"}, {"rrule": "FREQ=HOURLY;INTERVAL=5", "start": "2020-01-01T00:30"},
    {"rrule": "FREQ=MINUTELY;INTERVAL=45;BYHOUR=1,2,3", "start": "2020-01-01T00:00"}, {"at": "2026-03-29T02:30"},
)  # fmt: skip


@pytest.mark.parametrize("fields", WAYS, ids=lambda f: " ".join(map(str, f.values())))
@given(cuts=st.lists(st.integers(0, 400 * 24 * 60), max_size=6))
@settings(max_examples=10)
def test_looked_at_in_pieces_it_is_due_as_in_one(fields: dict[str, Any], cuts: list[int]) -> None:
    begin = utc("2025-12-01")
    what = timing(**fields)
    edges = [begin, *sorted(begin + timedelta(minutes=n) for n in cuts), begin + timedelta(days=400)]
    pieces = [d for a, b in pairwise(edges) for d in due_between(what, BERLIN, a, b)]
    whole = list(due_between(what, BERLIN, edges[0], edges[-1]))
    assert pieces == whole
    for edge in edges:
        before = [due for due in whole if due.utc <= edge]
        assert previous_due(what, BERLIN, edge, begin) == (before[-1] if before else None)
        assert next_due(what, BERLIN, edge, edges[-1] - edge) == next((d for d in whole if d.utc > edge), None)


RULES = st.builds(
    lambda freq, interval, parts: ";".join([f"FREQ={freq}", f"INTERVAL={interval}", *parts]),
    st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"]),
    st.integers(1, 7),
    st.lists(
        st.sampled_from(["BYMONTH=1,4,10", "BYHOUR=3,17", "BYMINUTE=5,50", "BYMONTHDAY=1,-1,31", "BYDAY=MO,FR"]),
        unique_by=lambda part: part.partition("=")[0],
        max_size=3,
    ),
)


@given(RULES, st.datetimes(datetime(2012, 1, 1), datetime(2016, 1, 1)), st.integers(0, 3000))
@settings(max_examples=60)
def test_a_rule_begun_long_ago_is_as_if_counted_from_its_start(rule: str, start: datetime, day: int) -> None:
    """dateutil itself, walked from the start, is the judge of the short cut."""
    start = start.replace(second=0, microsecond=0)
    if "WEEKLY" in rule:
        rule = re.sub(";BYMONTHDAY=[^;]*", "", rule)  # refused
    try:
        whole = library.rrulestr(rule, dtstart=start)
    except ValueError:  # an interval that never meets its hours or minutes
        with pytest.raises(InputError, match="never comes"):
            timing(rrule=rule, start=start.isoformat())
        return
    after = start + timedelta(days=day)
    wanted = list(islice((w for w in _until(whole, datetime(2030, 1, 1)) if w > after), 5))
    what = timing(rrule=rule, start=start.isoformat())
    got = islice(due_between(what, UTC_ZONE, after.replace(tzinfo=UTC), utc("2029-12-31T23:59:59")), 5)
    assert [due.utc.replace(tzinfo=None) for due in got] == wanted


def _until(rule: Any, end: datetime) -> Iterator[datetime]:
    for wall in rule:
        if wall >= end:
            return
        yield wall


@given(
    minute=st.sampled_from(["*", "*/7", "0", "5,50", "10-20/3"]),
    hour=st.sampled_from(["*", "2", "8-18/4", "*/5"]),
    day=st.sampled_from(["*", "13", "1-7", "31", "*/10", "L"]),
    month=st.sampled_from(["*", "2", "jan,jul", "3-12/3"]),
    weekday=st.sampled_from(["*", "mon", "1-5", "0", "7", "fri,sun"]),
    begin=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
)
@settings(max_examples=60)
def test_cron_is_as_a_plain_matcher_has_it(
    minute: str, hour: str, day: str, month: str, weekday: str, begin: datetime
) -> None:
    begin = begin.replace(second=0, microsecond=0)
    expression = f"{minute} {hour} {day} {month} {weekday}"
    if expression.split()[2:4] == ["31", "2"] and weekday == "*":
        return  # never comes; refused, see test_timing
    ways = [_members(minute, 0, 59), _members(hour, 0, 23), _members(day, 1, 31), _members(month, 1, 12)]
    weekdays = {n % 7 for n in _members(weekday, 0, 7)}
    joined_by_and = day.startswith("*") or weekday.startswith("*")

    def matches(at: datetime) -> bool:
        last = calendar.monthrange(at.year, at.month)[1]
        by_date = at.day in ways[2] or (day == "L" and at.day == last)
        by_weekday = at.isoweekday() % 7 in weekdays
        on = (by_date and by_weekday) if joined_by_and else (by_date or by_weekday)
        return at.month in ways[3] and on and at.hour in ways[1] and at.minute in ways[0]

    minutes = (begin + timedelta(minutes=n) for n in range(1, 20 * 1440 + 1))
    wanted = list(islice((at for at in minutes if matches(at)), 40))
    end = begin + timedelta(days=20)
    got = islice(due_between(timing(cron=expression), UTC_ZONE, begin.replace(tzinfo=UTC), end.replace(tzinfo=UTC)), 40)
    assert [due.utc.replace(tzinfo=None) for due in got] == wanted


NAMED = {name.casefold(): n for names in (calendar.month_abbr[:], ["sun", *calendar.day_abbr[:6]]) for n, name in
         enumerate(names) if name}  # fmt: skip


def _members(field: str, least: int, most: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        numbers = [
            NAMED.get(text) if text in NAMED else int(text) for text in (first, last) if text.isalnum() and text != "L"
        ]
        if span == "*":
            numbers = [least, most]
        if numbers:
            found |= set(range(numbers[0] or 0, (numbers[-1] or 0) + 1, int(step or 1)))
    return found


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
def test_the_first_monday_is_dateutils_and_systemds(zone: str) -> None:
    begin, there = utc("2026-01-01"), ZoneInfo(zone)
    first = timing(monthly="first monday 18:00")
    got = [due.utc for due in islice(due_between(first, there, begin, utc("2032-01-01")), 60)]
    own = library.rrule(library.MONTHLY, byweekday=library.MO(1), dtstart=datetime(2026, 1, 1, 18), count=60)
    assert got == [wall.replace(tzinfo=there).astimezone(UTC) for wall in own]
    assert got == systemd("Mon *-*-1..7 18:00:00", zone, 60)


def systemd(expression: str, zone: str, times: int) -> list[datetime]:
    program = shutil.which("systemd-analyze")
    if program is None:
        missing("systemd", "systemd-analyze is not installed")
    command = [program, "calendar", f"--iterations={times}", "--base-time=2026-01-01 00:00:00", expression]
    done = subprocess.run(command, env=os.environ | {"TZ": zone}, capture_output=True, text=True, check=True)
    return [utc(found) for found in re.findall(r"\(in UTC\): \w+ ([\d-]+ [\d:]+) UTC", done.stdout)]


@pytest.mark.timeout(60)  # unbounded work would take for ever
@pytest.mark.parametrize(
    "fields",
    [
        {"cron": "* * * * *"},
        {"rrule": "FREQ=MINUTELY", "start": "1970-01-01"},
        {"rrule": "FREQ=DAILY;COUNT=10000", "start": "1970-01-01"},
        {"rrule": "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=29", "start": "1970-01-01"},
        {"every_s": 60, "start": "1970-01-01"},
    ],
)
def test_what_comes_often_or_began_long_ago_is_cheap(fields: dict[str, Any]) -> None:
    """Bounded work, whatever is asked: hostile rules must not keep a tick busy."""
    what = timing(**fields)
    for _ in range(3):
        next_due(what, BERLIN, utc("2026-01-05"))
        list(islice(due_between(what, BERLIN, utc("2026-01-05"), utc("2190-01-01")), 5))
        previous_due(what, BERLIN, utc("2026-01-05"))


def test_what_the_clock_shows_twice_is_found_from_within_the_hour_that_is_repeated() -> None:
    """At the end of summer time the wall goes back: the span from 00:30 to 01:30 UTC begins and ends at 02:30."""
    rome = ZoneInfo("Europe/Rome")
    assert dues(timing(daily="02:45"), "2026-10-25T00:30", "2026-10-25T01:30", rome) == ["10-25 00:45"]
