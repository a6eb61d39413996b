"""Missed and overlapping occurrences: at most one is made up, the others are said to be missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from itmsctl.schedules.due import due_between
from itmsctl.schedules.policy import LISTED, look, overlapping
from itmsctl.schedules.timing import timing_of

ZONE = ZoneInfo("UTC")
DAILY = timing_of({"daily": "18:00"})


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("handled", "now", "policy", "run", "missed"),
    [
        ("2026-01-05T17:59", "2026-01-05T18:00", "queue-one", ["05"], []),
        ("2026-01-05T17:59", "2026-01-05T18:10", "skip", ["05"], []),
        ("2026-01-05T17:59", "2026-01-05T18:11", "skip", [], ["05"]),
        ("2026-01-05T17:59", "2026-01-05T18:11", "queue-one", ["05"], []),
        ("2026-01-05T17:59", "2026-01-08T09:00", "queue-one", ["07"], ["05", "06"]),
        ("2026-01-05T17:59", "2026-01-08T09:00", "skip", [], ["05", "06", "07"]),
        ("2026-01-05T17:59", "2026-01-08T18:05", "queue-one", ["08"], ["05", "06", "07"]),
        ("2026-01-05T18:00", "2026-01-05T18:01", "queue-one", [], []),
        ("2026-01-05T18:30", "2026-01-05T12:00", "queue-one", [], []),  # the clock went back
    ],
)
def test_looked_at(handled: str, now: str, policy: str, run: list[str], missed: list[str]) -> None:
    found = look(DAILY, ZONE, utc(handled), utc(now), policy)
    assert [f"{due.utc:%d}" for due in found.run] == run
    assert [f"{due.utc:%d}" for due in found.missed] == missed
    assert not found.more


def test_a_year_of_minutes_is_not_listed_one_by_one() -> None:
    now = utc("2026-01-05T00:00:30")
    late = look(timing_of({"cron": "1-59 * * * *"}), ZONE, now - timedelta(days=365), now, grace=timedelta(minutes=0))
    assert (len(late.missed), late.more) == (LISTED, True)
    assert [f"{due.utc:%m-%d %H:%M}" for due in late.run] == ["01-04 23:59"], "the latest is made up"


def test_each_is_run_or_missed_once_however_often_it_is_looked_at() -> None:
    timing = timing_of({"cron": "*/15 * * * *"})
    begin, at = utc("2026-01-05"), utc("2026-01-05")
    run, missed = [], []
    for minutes in (1, 14, 1, 5, 200, 3, 7, 61, 1440, 2):
        found = look(timing, ZONE, at, at + timedelta(minutes=minutes))
        at += timedelta(minutes=minutes)
        run += found.run
        missed += found.missed
    assert sorted(run + missed, key=lambda due: due.utc) == list(due_between(timing, ZONE, begin, at))
    assert run
    assert missed


@pytest.mark.parametrize(
    ("policy", "running", "queued", "answer"),
    [
        ("skip", 0, 0, "start"), ("skip", 1, 0, "skip"), ("skip", 0, 1, "skip"),
        ("queue-one", 0, 0, "start"), ("queue-one", 1, 0, "queue"), ("queue-one", 1, 1, "skip"),
        ("replace", 0, 0, "start"), ("replace", 1, 0, "replace"), ("replace", 1, 1, "replace"),
    ],
)  # fmt: skip
def test_overlapping(policy: str, running: int, queued: int, answer: str) -> None:
    assert overlapping(policy, running, queued) == answer
