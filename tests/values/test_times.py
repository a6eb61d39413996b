"""Moments and durations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.errors import InputError
from itmsctl.values.times import ago, from_text, moment, seconds, system_clock, to_text

MOMENTS = st.datetimes(timezones=st.timezones(), min_value=datetime(1900, 1, 1), max_value=datetime(9998, 1, 1))  # noqa: DTZ001 - hypothesis wants naive bounds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T23:59:59Z", "2026-01-31T23:59:59.000000Z"),
        ("2026-01-31T23:59:59.5+01:00", "2026-01-31T22:59:59.500000Z"),
        ("2026-01-31 23:59", "2026-01-31T23:59:00.000000Z"),
        ("2026-01-31", "2026-01-31T00:00:00.000000Z"),
    ],
)
def test_reads(text: str, expected: str) -> None:
    assert to_text(from_text(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0000-00-00",
        "yesterday",
        "2026-13-01",
        "1e3",
        "٢٠٢٦-01-01",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],  # outside what UTC can write
)
def test_refuses(text: str) -> None:
    with pytest.raises(InputError):
        from_text(text)


@given(MOMENTS)
def test_text_and_back(moment: datetime) -> None:
    # compared in UTC: Python never calls moments of two zones equal inside the hour that a clock repeats
    assert from_text(to_text(moment)) == moment.astimezone(UTC)


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_text_order_is_time_order(one: datetime, two: datetime) -> None:
    assert (to_text(one) < to_text(two)) == (one < two)
    assert len(to_text(one)) == len("2026-01-31T23:59:59.000000Z")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90", 90.0),
        ("1.5h", 5400.0),
        ("1d12h", 129600.0),
        ("250ms", 0.25),
        ("2w", 1209600.0),
        ("1h 30m", 5400.0),
        ("0", 0.0),
        ("1m", 60.0),
        (" 5s ", 5.0),
    ],
)
def test_durations(text: str, expected: float) -> None:
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", " ", "h", "1x", "-5", "1h2", "1,5h", "inf", "nan", "1e3", "5 5", "٣s", "9" * 400])
def test_bad_durations(text: str) -> None:
    with pytest.raises(InputError):
        seconds(text)


@pytest.mark.parametrize(
    ("past_s", "words"),
    [
        (0, "0s ago"),
        (59, "59s ago"),
        (60, "1m ago"),
        (3599, "59m ago"),
        (90000, "1d ago"),
        (-120, "in 2m"),
        (-0.4, "in 0s"),
    ],
)
def test_ago(past_s: float, words: str) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert ago(now - timedelta(seconds=past_s), now) == words
    assert ago((now - timedelta(seconds=past_s)).astimezone(timezone(timedelta(hours=5))), now) == words


def test_the_clock_is_aware_and_utc() -> None:
    assert system_clock().tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("now", "2026-01-05T09:00:00.000000Z"),
        (" 2d ", "2026-01-03T09:00:00.000000Z"),
        ("1h30m ago", "2026-01-05T07:30:00.000000Z"),
        ("0s", "2026-01-05T09:00:00.000000Z"),
        ("2026-01-31", "2026-01-31T00:00:00.000000Z"),
        ("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00.000000Z"),
    ],
)
def test_times_as_people_give_them(text: str, wanted: str) -> None:
    assert to_text(moment(text, datetime(2026, 1, 5, 9, tzinfo=UTC))) == wanted


@pytest.mark.parametrize("text", ["", "yesterday", "30", "ago", "-1d", "101w3x", "now ago", "2026-13-01"])
def test_times_that_are_none(text: str) -> None:
    with pytest.raises(InputError):
        moment(text, datetime(2026, 1, 5, 9, tzinfo=UTC))
