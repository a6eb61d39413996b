"""What a schedule may say: each text in its one form, and what is refused, with what to type instead."""

from __future__ import annotations

from typing import Any

import pytest

from itmsctl.errors import InputError
from itmsctl.schedules.timing import canonical, span, timing_of


@pytest.mark.parametrize(
    ("field", "text", "stored"),
    [
        ("daily", " 6:05", "06:05"),
        ("weekly", "Thu, MON 18:00", "monday,thursday 18:00"),
        ("weekly", "mon-fri 7:00", "monday,tuesday,wednesday,thursday,friday 07:00"),
        ("weekly", "sunday-monday 7:00", "monday,sunday 07:00"),
        ("monthly", "First  Mon 18:00", "first monday 18:00"),
        ("monthly", "15,1 3:00", "1,15 03:00"),
        ("monthly", "last day 23:00", "last day 23:00"),
        ("cron", " 0  18 * * mon", "0 18 * * mon"),
        ("cron", "@Daily", "0 0 * * *"),
        ("rrule", "freq=daily;byhour=7;", "FREQ=DAILY;BYHOUR=7"),
        ("at", "2026-03-29", "2026-03-29T00:00:00"),
        ("at", "2026-03-29T18:00-05:00", "2026-03-29T23:00:00Z"),
        ("every_s", 90061.0, 90061),
    ],
)
def test_a_text_has_one_form_which_is_read_again(field: str, text: Any, stored: Any) -> None:
    assert canonical({field: text}) == {field: stored}
    assert canonical({field: stored}) == {field: stored}
    assert timing_of({field: stored}).said


@pytest.mark.parametrize(
    ("fields", "what", "hint"),
    [
        ({"daily": "25:00"}, "not a time of day", "--daily 18:00"),
        ({"daily": "18"}, "not a time of day", "--daily 18:00"),
        ({"weekly": "18:00"}, "says no day", "monday,thursday 18:00"),
        ({"weekly": "tusday 18:00"}, "`tusday` is not a weekday", "did you mean `tuesday`?"),
        ({"weekly": "mo 18:00"}, "`mo` is not a weekday", "monday,thursday"),
        ({"monthly": "frist monday 18:00"}, "`frist`", "did you mean `first`?"),
        ({"monthly": "32 18:00"}, "`32` is not a day of the month", "15 03:00"),
        ({"monthly": "first of may 18:00"}, "is not a day of the month", "15 03:00"),
        ({"cron": "0 25 * * *"}, "is not a cron expression", "five fields"),
        ({"cron": "* * * *"}, "is not a cron expression", "five fields"),
        ({"cron": "0 * * * * *"}, "is not a cron expression", "five fields"),
        ({"cron": "0 0 30 2 *"}, "never comes", ""),
        ({"cron": "0 0 */29 2 mon#5"}, "never comes", "five fields"),
        ({"cron": "@dayly"}, "is not a cron expression", "did you mean `@daily`?"),
        ({"cron": "1" * 300 + " * * * *"}, "is not a cron expression", "five fields"),
        ({"rrule": "BYDAY=MO"}, "says no FREQ", "FREQ=WEEKLY"),
        ({"rrule": "FREQ=DAYLY"}, "`DAYLY` is no FREQ", "did you mean `DAILY`?"),
        ({"rrule": "FREQ=SECONDLY"}, "once a minute at most", "FREQ=MINUTELY"),
        ({"rrule": "FREQ=DAILY;BYSECOND=0,30"}, "once a minute at most", "one number"),
        ({"rrule": "FREQ=DAILY;COUNT=1000000000"}, "COUNT does not take", "from 1 to 10000"),
        ({"rrule": "FREQ=DAILY;INTERVAL=0"}, "INTERVAL does not take", "from 1 to 1000"),
        ({"rrule": "FREQ=DAILY;INTERVAL=²"}, "INTERVAL does not take", "from 1 to 1000"),
        ({"rrule": "FREQ=DAILY;COUNT=2;UNTIL=20260101"}, "contradict each other", "leave one"),
        ({"rrule": "FREQ=DAILY;BYDAY=1MO"}, "a numbered BYDAY", "BYDAY=MO"),
        ({"rrule": "FREQ=MONTHLY;BYDAY=99MO"}, "BYDAY does not take", "1MO"),
        ({"rrule": "FREQ=DAILY;BYHOURS=1"}, "`BYHOURS` is no part", "did you mean `BYHOUR`?"),
        ({"rrule": "FREQ=DAILY;FREQ=DAILY"}, "says `FREQ` twice", "FREQ"),
        ({"rrule": "FREQ=MINUTELY;BYSETPOS=366"}, "BYSETPOS", "FREQ"),
        ({"rrule": "FREQ=WEEKLY;BYMONTHDAY=1"}, "BYMONTHDAY does not go", "FREQ=MONTHLY"),
        ({"rrule": "FREQ=DAILY;BYYEARDAY=1"}, "go with FREQ=YEARLY", ""),
        ({"rrule": "FREQ=MONTHLY;BYDAY=6MO"}, "five of a weekday", "1MO"),
        ({"rrule": "FREQ=DAILY;BYEASTER=0"}, "`BYEASTER` is no part", ""),
        ({"rrule": "FREQ=DAILY;" + "BYHOUR=1," * 200}, "characters", ""),
        ({"rrule": "EXDATE:20260101 FREQ=DAILY"}, "`EXDATE` cannot stand", "DTSTART"),
        ({"at": "tomorrow"}, "is not a time", "2026-03-29T18:00"),
        ({"at": "1969-01-01"}, "not in the years", ""),
        ({"at": "9999-12-31T23:59:59-12:00"}, "is not a time", ""),
        ({"every_s": 59.0}, "--every does not take", "from 1m"),
        ({"every_s": 90.5}, "--every does not take", "whole seconds"),
        ({"every_s": 1e15}, "--every does not take", "ten years"),
    ],
)  # fmt: skip
def test_a_bad_text_says_what_and_offers_what_is_near(fields: dict[str, Any], what: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        canonical(fields)
    assert what in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({}, "no option says it"),
        ({"daily": "18:00", "cron": "0 0 * * *"}, "--daily and --cron contradict"),
        ({"daily": "18:00", "start": "2026-01-01T00:00:00"}, "--start does not go with --daily"),
        ({"event": "x", "start": "2026-01-01T00:00:00"}, "--start does not go with --on"),
        ({"daily": "18:00", "not_before": "2026-02-01T00:00:00", "not_after": "2026-01-01T00:00:00"}, "later than"),
        ({"rrule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}, "never comes"),
        ({"rrule": "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29", "start": "2023-01-01T00:00:00"}, "never comes"),
        ({"rrule": "FREQ=WEEKLY;BYSETPOS=3"}, "never comes"),
        ({"rrule": "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6"}, "never comes"),
        ({"rrule": "FREQ=MINUTELY;BYMONTH=4;BYMONTHDAY=31"}, "never comes"),
        ({"rrule": "FREQ=HOURLY;INTERVAL=2;BYHOUR=1"}, "never comes"),
        ({"rrule": "FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1"}, "never comes"),
        ({"rrule": "DTSTART:20260101T000000 FREQ=DAILY", "start": "2026-01-02T00:00:00"}, "contradict"),
    ],
)
def test_what_does_not_fit_together_is_refused(fields: dict[str, Any], what: str) -> None:
    with pytest.raises(InputError, match=what):
        timing_of(fields)


def test_a_span_is_said_as_it_is_typed() -> None:
    assert [span(n) for n in (60, 5400, 129_600, 86_461)] == ["1m", "1h30m", "1d12h", "1d1m1s"]
