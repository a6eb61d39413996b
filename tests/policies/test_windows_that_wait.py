"""Runs that wait for windows: none waits for ever, and windows that change are felt by the next tick."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.tasks.waves import NEVER
from tests.conftest import FrozenClock, Result, Run
from tests.invariants import assert_invariants
from tests.policies.conftest import Policy, Ticked

Tick = Callable[..., Ticked]
Effects = Callable[[], int]
Local = Callable[..., None]
ALL = ("--target", "all")


@pytest.fixture
def waiting(run: Run, ok: Run, local: Local, tmp_path: Any) -> Callable[..., Result]:
    """Run a task that leaves its mark on two computers; it waits where their windows are closed."""
    local("c1", "c2")
    ok("task", "add", "mark", "--command", f"echo x >> {tmp_path}/effects")

    def go(*more: str) -> Result:
        return run("task", "run", "mark", "--all", "--transport", "local", *more)

    return go


def _results(ok: Run, name: str = "R-1") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok("run", "show", name, "-o", "json").json["results"]
    return found


def test_a_run_without_a_known_opening_waits_for_the_windows_that_come(
    waiting: Callable[..., Result], run: Run, ok: Run, tick: Tick, effects: Effects, store: Store
) -> None:
    ok("window", "add", "once", "--type", "maintenance", "--at", "2026-01-02T02:00", "--duration", "1h", *ALL)
    first = waiting("--no-wait")
    assert first.code == 0
    found = tick(code=9)  # nothing of it will ever run as things are: that is told
    assert found.of("run")[0]["state"] == "waiting"
    rows = _results(ok)
    assert {row["reason"] for row in rows} == {"WINDOW-CLOSED"}
    assert all("no window opens before 20" in row["message"] for row in rows)
    assert run("run", "resume", "R-1").code == 9
    ok("window", "add", "now", "--type", "maintenance", "--every", "1h", "--duration", "1h", *ALL)
    assert tick().of("run")[0]["ok"] == 2
    assert effects() == 2
    assert_invariants(store)


@pytest.mark.parametrize("verb", ["resume", "retry"])
def test_what_has_no_known_opening_is_told_and_can_be_gone_on_with_by_hand(
    waiting: Callable[..., Result], run: Run, ok: Run, effects: Effects, verb: str
) -> None:
    ok("window", "add", "once", "--type", "maintenance", "--at", "2026-01-02T02:00", "--duration", "1h", *ALL)
    first = waiting()
    assert (first.code, "2 wait for their maintenance window" in first.err) == (9, True), first.err
    again = run("run", verb, "R-1")
    assert again.code == 9, again.err
    ok("window", "set", "once", "--at", "2026-01-05T08:30")
    assert run("run", "resume", "R-1").code == 0
    assert effects() == 2


def test_an_unknown_opening_is_looked_for_every_hour(
    waiting: Callable[..., Result], ok: Run, tick: Tick, clock: FrozenClock, store: Store
) -> None:
    ok("window", "add", "never", "--type", "blockout", "--cron", "45 0 * * *", "--duration", "50h", *ALL)
    waiting("--no-wait")
    tick(code=9)
    clock.forward(minutes=30)
    assert tick().of("run") == []
    clock.forward(minutes=31)
    assert len(tick(code=9).of("run")) == 1
    with store.read() as reader:
        from itmsctl.tasks.rows import members

        moments = list(reader.connection.execute(members.select()))
        assert all(reader.now < row.not_before < NEVER for row in moments)


@pytest.mark.parametrize("change", [
    ("window", "remove", "w", "--yes"),
    ("window", "set", "w", "--disabled"),
    ("window", "set", "w", "--daily", "08:30"),
    ("window", "set", "w", "--at", "2026-01-05T08:30"),
    ("window", "set", "w", "--target", "none"),
    ("window", "add", "tonight", "--type", "maintenance", "--at", "2026-01-05T09:00", "--duration", "1h", *ALL),
    ("computer", "set", "c1", "--time-zone", "Pacific/Auckland"),
    ("computer", "set", "c1", "--tag", "bound=no"),
], ids=" ".join)  # fmt: skip
def test_a_change_is_felt_by_the_next_tick(
    waiting: Callable[..., Result], run: Run, ok: Run, tick: Tick, effects: Effects, change: tuple[str, ...]
) -> None:
    for name in ("c1", "c2"):
        ok("computer", "set", name, "--tag", "bound=yes")
    ok("filter", "add", "bound", "--where", "tags.bound = 'yes'")
    ok("filter", "add", "none", "--where", "tags.bound = 'maybe'")
    when = ("--at", "2026-01-05T22:00", "--timezone", "computer")
    ok("window", "add", "w", "--type", "maintenance", *when, "--duration", "1h", "--target", "bound")
    ok("membership", "update")
    waiting("--no-wait")
    assert tick().of("run")[0]["deferred"] == 2
    assert tick().of("run") == []  # nothing has changed: nothing is looked at
    result = run(*change)
    assert result.code == 0, result.err
    ok("membership", "update")
    touched = 1 if change[0] == "computer" else 2
    assert tick().of("run")[0]["ok"] == touched
    assert effects() == touched


def test_a_policy_goes_on_where_its_run_waited_for_a_window_that_is_gone(
    policy: Policy, ok: Run, tick: Tick, effects: Effects, clock: FrozenClock
) -> None:
    policy("--daily", "12:00")
    ok("window", "add", "far", "--type", "maintenance", "--at", "2027-01-10T02:00", "--duration", "1h", *ALL)
    clock.moment = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
    tick()
    clock.forward(days=1)
    assert tick().states == ["skipped"]  # its computers are left to the run that waits
    ok("window", "remove", "far", "--yes")
    clock.forward(minutes=1)
    tick()
    assert effects() == 2
    clock.moment = datetime(2026, 1, 7, 12, 0, tzinfo=UTC)
    assert tick().states == ["started"]
    assert effects() == 4


def test_a_monthly_window_is_found_through_hourly_blockouts(
    policy: Policy, ok: Run, tick: Tick, effects: Effects, clock: FrozenClock
) -> None:
    policy("--daily", "02:15")
    ok("window", "add", "m", "--type", "maintenance", "--monthly", "last saturday 02:00", "--duration", "4h", *ALL)
    ok("window", "add", "h", "--type", "blockout", "--cron", "0 * * * *", "--duration", "5m", *ALL)
    clock.moment = datetime(2026, 1, 6, 2, 15, tzinfo=UTC)
    assert tick().states == ["started"]
    for day in range(7, 32):
        clock.moment = datetime(2026, 1, day, 2, 16, tzinfo=UTC)
        tick()
        assert effects() == (2 if day == 31 else 0)


def test_a_rollout_whose_computers_have_no_known_opening_is_waiting(
    waiting: Callable[..., Result], run: Run, ok: Run, tick: Tick, effects: Effects
) -> None:
    ok("window", "add", "once", "--type", "maintenance", "--at", "2026-01-02T02:00", "--duration", "1h", *ALL)
    first = waiting("--batch", "1")
    assert (first.code, "1 wait for their maintenance window" in first.err) == (9, True), first.err
    ok("window", "remove", "once", "--yes")
    found = tick()
    assert effects() == 2
    assert found.of("run")[-1]["state"] == "ended"


def test_a_known_opening_is_looked_at_again_once_a_day(
    waiting: Callable[..., Result], ok: Run, tick: Tick, clock: FrozenClock
) -> None:
    """A machine's zones are renewed, and nobody records that."""
    ok("window", "add", "far", "--type", "maintenance", "--at", "2027-01-10T02:00", "--duration", "1h", *ALL)
    waiting("--no-wait")
    tick()
    assert "opens at 2027-01-10 02:00 UTC" in _results(ok)[0]["message"]
    clock.forward(days=1, minutes=1)
    assert len(tick().of("run")) == 1
