"""What programs a policy means, and what events sum up to: by tables of cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.inventory.told import UsageEvent
from itmsctl.metering.programs import ProgramRule, ProgramSeen
from itmsctl.metering.summing import ProgramVerdict, UsageSum, summed

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
FIREFOX = ProgramSeen("Firefox.exe", "c:\\Program Files\\Mozilla\\firefox.exe", "Firefox ESR", "Mozilla", "115.2")


@pytest.mark.parametrize(
    ("rule", "meant"),
    [
        (ProgramRule(files=("firefox",)), True),
        (ProgramRule(files=("FIREFOX.EXE",)), True),
        (ProgramRule(files=("fire?ox*",)), True),
        (ProgramRule(files=("fire",)), False),
        (ProgramRule(files=("chrome", "firefox")), True),
        (ProgramRule(files=("*", "!firefox")), False),
        (ProgramRule(files=("!chrome",), vendors=("mozilla",)), True),
        (ProgramRule(paths=("c:\\program files\\*",)), True),
        (ProgramRule(files=("firefox",), vendors=("google*",)), False),
        (ProgramRule(products=("firefox*",), versions=("<116",)), True),
        (ProgramRule(products=("firefox*",), versions=("<115",)), False),
        (ProgramRule(versions=(">=115.2", "<100")), True),
        (ProgramRule(versions=("115.*",)), True),
        (ProgramRule(versions=("115.*", "!=115.2")), False),
        (ProgramRule(versions=("=115.2",)), True),
    ],
)
def test_a_rule_means_programs(rule: ProgramRule, meant: bool) -> None:
    assert rule.matches(FIREFOX) is meant


@pytest.mark.parametrize("fields", [{"versions": ["<116"]}, {"vendors": ["*"]}, {"paths": ["*"]}])
def test_what_is_not_known_matches_no_pattern(fields: dict[str, list[str]]) -> None:
    assert not ProgramRule.of(fields).matches(ProgramSeen("firefox"))


def at(hours: float) -> datetime:
    return NOW - timedelta(days=1) + timedelta(hours=hours)


def ran(begin: float, end: float, user: str = "ann") -> list[UsageEvent]:
    start = UsageEvent("start", at(begin), "a", user=user)
    return [start, UsageEvent("stop", at(end), "a", user=user, seconds=(end - begin) * 3600)]


def both(program: ProgramSeen) -> ProgramVerdict:
    del program
    return ProgramVerdict(metered=True, denied=True)


@pytest.mark.parametrize(
    ("events", "peak", "by_ann"),
    [
        ([*ran(0, 1), *ran(1, 2)], 1, 1),  # one ends as the other begins
        ([*ran(0, 2), *ran(1, 3), *ran(2.5, 4)], 2, 2),
        ([*ran(0, 2), *ran(1, 3, "bob")], 2, 1),
        ([UsageEvent("start", at(0), "a", user="ann")], 1, 1),
    ],
)
def test_the_peak_is_how_many_run_at_once(events: list[UsageEvent], peak: int, by_ann: int) -> None:
    found = summed(events, both, NOW)
    assert next(iter(found.programs.values())).peak == peak
    assert max(day.peak for (_, _, user), day in found.days.items() if user == "ann") == by_ann


def test_a_violation_is_a_start_of_what_is_denied() -> None:
    found = summed([*ran(0, 1), UsageEvent("deny", at(2), "a")], both, NOW)
    one = next(iter(found.programs.values()))
    assert (one.starts, one.violations, one.denials, one.last_violated) == (1, 1, 1, at(0))


@given(st.lists(st.tuples(st.floats(-40, 20), st.floats(0, 60), st.sampled_from(["ann", "bob"])), max_size=12))
def test_seconds_of_days_are_the_seconds_of_the_program(spans: list[tuple[float, float, str]]) -> None:
    events = [event for begin, length, user in spans for event in ran(begin, min(begin + length, 24), user)]
    found = summed(events, both, NOW)
    total = sum(one.seconds for one in found.programs.values())
    assert sum(day.seconds for day in found.days.values()) == pytest.approx(total, abs=0.01)
    assert all(day.seconds <= 86400 * len(spans) for day in found.days.values())


@given(st.permutations(range(6)))
def test_sums_do_not_depend_on_the_order_in_which_they_are_told(order: list[int]) -> None:
    parts = [summed(ran(n, n + 0.5, f"u{n}"), both, NOW) for n in order]
    whole = UsageSum()
    for part in parts:
        whole.merge(next(iter(part.programs.values())))
    assert (whole.starts, whole.first_used, whole.last_used, whole.last_user) == (6, at(0), at(5.5), "u5")
