"""What a tick does with schedules: each occurrence once, missed and overlapping ones as the schedule says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import FrozenClock, Run
from tests.invariants import assert_invariants
from tests.policies.conftest import Policy, Ticked

Tick = Callable[..., Ticked]
Effects = Callable[[], int]


def test_a_daily_policy_runs_once_a_day(
    policy: Policy, tick: Tick, effects: Effects, clock: FrozenClock, store: Store
) -> None:
    policy("--daily", "12:00")
    assert tick().states == []
    clock.moment = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
    found = tick()
    assert found.states == ["started"]
    assert found.of("run")[0]["ok"] == 2
    assert found.lines[-1]["type"] == "summary"
    assert effects() == 2
    for _ in range(3):
        clock.forward(minutes=1)
        assert tick().lines[-1]["started"] == 0
    clock.forward(days=1)
    assert tick().states == ["started"]
    assert effects() == 4
    assert_invariants(store)


def test_the_machine_slept_for_three_days(policy: Policy, tick: Tick, effects: Effects, clock: FrozenClock) -> None:
    policy("--daily", "12:00")
    clock.forward(days=3)
    found = tick()
    assert found.states == ["missed", "missed", "started"]
    assert [line["due"][:10] for line in found.of("occurrence")] == ["2026-01-05", "2026-01-06", "2026-01-07"]
    assert effects() == 2
    assert tick().states == []


def test_what_was_missed_does_not_hide_what_was_started(
    policy: Policy, tick: Tick, clock: FrozenClock, ok: Run
) -> None:
    policy("--daily", "12:00", "--missed", "skip")
    clock.moment = clock.moment.replace(hour=12, minute=1)
    assert tick().states == ["started"]
    clock.forward(days=25)
    assert tick().states == ["missed"] * 24 + ["started"]
    clock.forward(days=25, hours=2)
    assert set(tick().states) == {"missed"}
    told = ok("policy", "show", "p").json["occurrences"]
    assert [o["state"] for o in told[:-1]] == ["missed"] * (len(told) - 1)
    assert (told[-1]["state"], told[-1]["run"], told[-1]["due"][:10]) == ("started", "R-2", "2026-01-30")


def test_what_was_missed_is_not_made_up_where_the_schedule_says_so(
    policy: Policy, tick: Tick, effects: Effects, clock: FrozenClock, ok: Run
) -> None:
    policy("--daily", "12:00", "--missed", "skip")
    clock.forward(days=2)
    assert tick().states == ["missed", "missed"]
    assert effects() == 0
    shown = ok("policy", "show", "p").json
    assert [o["state"] for o in shown["occurrences"]] == ["missed", "missed"]


def test_a_list_says_of_each_policy_what_became_of_it_last(
    policy: Policy, tick: Tick, clock: FrozenClock, ok: Run
) -> None:
    policy("--daily", "12:00", "--missed", "skip")
    ok("policy", "add", "q", "--task", "mark", "--target", "all", "--transport", "local")
    ok("policy", "add", "never", "--task", "mark", "--target", "all", "--transport", "local")
    clock.forward(days=2)
    assert tick().states == ["missed", "missed"]
    ok("policy", "run", "q")
    rows = {row["name"]: row for row in ok("policy", "list", "-o", "json").json}
    last = {name: (row["last_state"], (row["last_due"] or "")[:10]) for name, row in rows.items()}
    assert last == {"p": ("missed", "2026-01-06"), "q": ("started", "2026-01-07"), "never": ("", "")}


def test_nothing_is_made_up_that_was_due_before_the_policy_counts(
    policy: Policy, tick: Tick, effects: Effects, clock: FrozenClock, ok: Run
) -> None:
    policy("--daily", "12:00", more=("--disabled",))
    clock.forward(days=2)
    assert tick().states == []
    ok("policy", "enable", "p")
    assert tick().states == []
    ok("policy", "disable", "p")
    ok("schedule", "set", "s", "--daily", "08:00")  # a new way to say when has no past either
    clock.forward(days=1)
    ok("policy", "enable", "p")
    ok("schedule", "set", "s", "--daily", "07:00")
    assert tick().states == []
    clock.moment = datetime(2026, 1, 9, 7, 0, tzinfo=UTC)
    assert tick().states == ["started"]
    assert effects() == 2


def test_a_changed_schedule_moves_its_policies_and_fires_nothing_of_the_past(
    policy: Policy, tick: Tick, clock: FrozenClock, ok: Run
) -> None:
    policy("--weekly", "monday 12:00")
    clock.moment = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
    assert tick().states == ["started"]
    clock.moment = datetime(2026, 1, 7, 12, 30, tzinfo=UTC)
    ok("schedule", "set", "s", "--daily", "12:25")
    assert tick().states == []
    clock.forward(days=1)
    found = tick()
    assert [(o["due"][:16], o["state"]) for o in found.of("occurrence")] == [("2026-01-08T12:25", "started")]


@pytest.mark.parametrize(("overlap", "states", "runs"), [
    ("skip", [["started"], ["skipped"], ["started"]], 2),
    ("queue-one", [["started"], ["queued"], ["started", "queued"]], 2),
    ("replace", [["started"], ["started"], ["started"]], 3),
])  # fmt: skip
def test_one_is_due_while_the_one_before_runs(
    policy: Policy, tick: Tick, clock: FrozenClock, ok: Run, overlap: str, states: list[list[str]], runs: int
) -> None:
    policy("--every", "1h", "--start", "2026-01-05T10:00Z", "--overlap", overlap)
    seen = []
    for hour in (10, 11):
        clock.moment = datetime(2026, 1, 5, hour, 0, tzinfo=UTC)
        seen.append(tick("--no-run").states)
    if overlap == "replace":
        assert ok("run", "show", "R-1").json["skipped"] == 2
    else:
        ok("run", "cancel", "R-1")
    clock.moment = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
    seen.append(tick("--no-run").states)
    assert seen == states
    assert len(ok("run", "list", "-o", "json").json) == runs


def test_as_soon_as_possible_is_once(policy: Policy, tick: Tick, effects: Effects, clock: FrozenClock, ok: Run) -> None:
    policy("--asap")
    clock.forward(minutes=1)
    assert tick().states == ["started"]
    clock.forward(days=30)
    assert tick().states == []
    ok("policy", "enable", "p")  # put to use anew
    assert tick().states == ["started"]
    assert effects() == 4


def test_days_of_the_clock_change(policy: Policy, tick: Tick, clock: FrozenClock) -> None:
    clock.moment = datetime(2026, 3, 28, 12, 0, tzinfo=UTC)
    policy("--daily", "02:30", "--timezone", "Europe/Berlin", "--overlap", "replace", "--missed", "skip")

    def due_on(*days: tuple[int, int]) -> list[str]:
        found = []
        for month, day in days:
            for minutes in range(0, 180, 30):
                clock.moment = datetime(2026, month, day, tzinfo=UTC) + timedelta(minutes=minutes)
                found += [o["due"][5:16] for o in tick("--no-run").of("occurrence") if o["state"] == "started"]
        return found

    assert due_on((3, 29), (3, 30)) == ["03-29T01:00", "03-30T00:30"]
    assert due_on((10, 25)) == ["10-25T00:30"]


def test_each_computers_own_clock(policy: Policy, tick: Tick, clock: FrozenClock, ok: Run, effects: Effects) -> None:
    policy("--daily", "18:00", "--timezone", "computer", names=("tokyo", "rome", "samoa"))
    for name, zone in (("tokyo", "Asia/Tokyo"), ("rome", "Europe/Rome"), ("samoa", "Pacific/Pago_Pago")):
        ok("computer", "set", name, "--time-zone", zone)
    done = []
    for day, hour in ((6, 4), (6, 8), (6, 9), (6, 16), (6, 17), (7, 4), (7, 5), (7, 9), (7, 17), (8, 4), (8, 5)):
        clock.moment = datetime(2026, 1, day, hour, tzinfo=UTC)
        before = effects()
        tick()
        done.append(((day, hour), effects() - before))
    # 18:00 is 04:00 UTC on the first clock on earth, 09:00 in Tokyo, 17:00 in Rome, 05:00 of the next day in Samoa
    assert [when for when, number in done if number] == [(6, 9), (6, 17), (7, 5), (7, 9), (7, 17), (8, 5)]
    assert {number for _, number in done} == {0, 1}


def test_the_clock_jumps(policy: Policy, tick: Tick, effects: Effects, clock: FrozenClock, ok: Run) -> None:
    policy("--every", "1h", "--start", "2026-01-05T10:00Z")
    clock.moment = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
    assert tick().states == ["started"]
    clock.moment = datetime(2026, 1, 5, 11, 0, tzinfo=UTC)  # it is 10:00 still
    assert tick().states == ["started"]
    clock.moment = datetime(2026, 1, 5, 10, 1, tzinfo=UTC)  # set right
    found = tick()
    assert (found.states, "counts from now" in found.err) == ([], True)
    clock.moment = datetime(2026, 1, 5, 11, 0, tzinfo=UTC)  # really
    assert tick().states == []
    clock.moment = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
    assert tick().states == ["started"]
    assert effects() == 6
    clock.moment += timedelta(days=3653)
    assert tick().states.count("started") == 1
    clock.moment = datetime(2026, 1, 5, 12, 5, tzinfo=UTC)
    assert "counts from now" in tick().err
    ok("policy", "enable", "p")
    clock.moment = datetime(2026, 1, 5, 13, 0, tzinfo=UTC)
    assert tick().states == ["started"]


def test_a_restored_database_fires_nothing_of_the_past(
    policy: Policy, tick: Tick, effects: Effects, clock: FrozenClock, run: Run, db: str, store: Store
) -> None:
    from itmsctl.policies.service.policies import database_restored

    policy("--daily", "12:00")
    clock.moment = datetime(2026, 1, 7, 12, 30, tzinfo=UTC)
    store.write(database_restored)
    assert tick().states == []
    clock.moment = datetime(2026, 1, 8, 12, 0, tzinfo=UTC)
    assert tick().states == ["started"]
    assert effects() == 2


def test_the_stop_switch_and_the_stop_file(
    policy: Policy, tick: Tick, effects: Effects, clock: FrozenClock, ok: Run, environment: dict[str, str]
) -> None:
    policy("--daily", "12:00")
    clock.moment = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
    ok("run", "stop-all")
    assert "STOP switch is on" in tick(code=9).err
    ok("run", "stop-all", "--lift")
    stop = Path(environment["XDG_STATE_HOME"]) / "itmsctl" / "STOP"
    stop.parent.mkdir(parents=True, exist_ok=True)
    stop.touch()
    assert "STOP file" in tick(code=9).err
    assert effects() == 0
    stop.unlink()
    assert tick().states == ["started"]
