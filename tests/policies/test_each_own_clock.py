"""Policies by the clock of each computer: nothing is skipped where nothing overlaps there, and nothing is doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.tasks.rows import members, runs
from tests.conftest import FrozenClock, Run
from tests.invariants import assert_invariants
from tests.policies.conftest import Ticked

Tick = Callable[..., Ticked]
Local = Callable[..., None]
Fleet = Callable[..., Callable[[], Counter[str]]]
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture
def fleet(ok: Run, local: Local, clock: FrozenClock, tmp_path: Path) -> Fleet:
    """Add a policy by each computer's own clock on computers of zones; return what counts their effects since."""

    def add(zones: dict[str, str], *when: str, command: str = "", more: tuple[str, ...] = ()) -> Any:
        clock.moment = DECEMBER
        local(*zones)
        for name, zone in zones.items():
            ok("computer", "set", name, "--time-zone", zone)
        ok("task", "add", "w", "--command", command or f"echo x >> {tmp_path}/effects")
        ok("schedule", "add", "n", *when, "--timezone", "computer")
        given = ("--task", "w", "--target", "all", "--schedule", "n", "--transport", "local")
        ok("policy", "add", "p", *given, *more)

    return add


def _done(store: Store) -> dict[str, list[str]]:
    """Return the states of each computer's rows, the oldest run first."""
    found: dict[str, list[str]] = {}
    statement = sa.select(members).join(runs, runs.c.id == members.c.run_id).order_by(runs.c.number)
    with store.read() as reader:
        for row in reader.connection.execute(statement):
            found.setdefault(row.computer_name, []).append(row.state)
    return found


def test_a_computer_in_hawaii_takes_nobody_a_night(
    fleet: Fleet, tick: Tick, ok: Run, clock: FrozenClock, store: Store
) -> None:
    fleet({"c1": "Europe/Berlin", "c2": "Europe/Berlin", "c3": "Pacific/Honolulu"}, "--daily", "02:30")
    states = []
    for day in range(1, 6):
        for hour in (1, 12, 13):
            clock.moment = datetime(2026, 12, day, hour, 30, 5, tzinfo=UTC)
            states += tick().states
    assert states == ["started"] * 5
    done = _done(store)
    assert done["c3"][:4] == ["succeeded"] * 4  # the first of them on 12-02 at 12:30
    assert done["c1"][:4] == ["succeeded"] * 4
    assert_invariants(store)


@pytest.mark.parametrize(("zone", "interval", "hours"), [
    ("Europe/Berlin", "0 * * * *", 1),
    ("Asia/Shanghai", "0 */6 * * *", 6),
    ("America/New_York", "0 */3 * * *", 3),
    ("Asia/Kathmandu", "15 * * * *", 1),
])  # fmt: skip
def test_often_and_everywhere(
    fleet: Fleet, tick: Tick, store: Store, clock: FrozenClock, tmp_path: Path, zone: str, interval: str, hours: int
) -> None:
    fleet({"c1": zone}, "--cron", interval)
    states = []
    for number in range(26 // hours + 6):
        clock.moment = DECEMBER + timedelta(hours=hours * number, minutes=15 if hours == 1 else 0, seconds=5)
        states += tick().states
    assert set(states) == {"started"}
    rows = _done(store)["c1"]
    assert set(rows) == {"succeeded", "queued"}
    assert len((tmp_path / "effects").read_text().splitlines()) == rows.count("succeeded") >= 5


def test_a_task_that_is_longer_than_the_margin_holds_up_its_own_computer_alone(
    fleet: Fleet, tick: Tick, ok: Run, clock: FrozenClock, store: Store
) -> None:
    """In Los Angeles the work is under way, two hours after its turn, when the next night is decided."""
    fleet({"la": "America/Los_Angeles", "rome": "Europe/Rome"}, "--daily", "02:30")
    clock.moment = datetime(2026, 12, 1, 12, 30, tzinfo=UTC)  # decides the 2nd
    assert tick("--no-run").states == ["started"]
    clock.moment = datetime(2026, 12, 2, 1, 30, tzinfo=UTC)
    tick()
    with store.engine.begin() as connection:  # a driver that has it now
        there = members.c.computer_name == "la"
        connection.execute(members.update().where(there).values(state="claimed", token=1))
    clock.moment = datetime(2026, 12, 2, 12, 30, tzinfo=UTC)
    assert tick("--no-run").states == ["started"]
    assert {name: states[1] for name, states in _done(store).items()} == {"la": "queued", "rome": "queued"}


@pytest.mark.parametrize(("overlap", "first", "second"), [
    ("skip", "succeeded", "cancelled"),
    ("queue-one", "succeeded", "succeeded"),
    ("replace", "cancelled", "succeeded"),
])  # fmt: skip
def test_an_overlap_on_a_computer_is_judged_when_its_turn_comes(
    fleet: Fleet, tick: Tick, run: Run, ok: Run, clock: FrozenClock, store: Store, overlap: str, first: str, second: str
) -> None:
    fleet({"c1": "Pacific/Kiritimati"}, "--cron", "0 * * * *", "--overlap", overlap)
    tick("--no-run")
    with store.engine.begin() as connection:  # it is put off for a second try, as after a failed step
        later = {"reason": "RETRY", "not_before": clock.moment + timedelta(minutes=61)}
        connection.execute(members.update().values(**later))
    clock.forward(hours=1)
    tick()
    clock.forward(minutes=2)
    tick()
    clock.forward(minutes=2)
    tick()
    rows = _done(store)["c1"]
    assert rows == [first, second]
    if overlap != "queue-one":
        skipped = ok("run", "show", "R-2" if overlap == "skip" else "R-1", "-o", "json").json["results"][0]
        assert skipped["reason"] == "OVERLAP"


def test_who_waits_in_a_run_before_is_left_to_it(
    fleet: Fleet, tick: Tick, ok: Run, clock: FrozenClock, store: Store
) -> None:
    fleet({"c1": "Pacific/Kiritimati"}, "--daily", "01:00")
    far = ("--at", "2026-12-09T02:00", "--duration", "1h", "--target", "all")
    ok("window", "add", "far", "--type", "maintenance", *far)
    for day in range(1, 9):
        clock.moment = datetime(2026, 12, day, 11, 0, tzinfo=UTC)
        tick()
    assert _done(store)["c1"] == ["queued"] + ["cancelled"] * 7
    clock.moment = datetime(2026, 12, 9, 2, 0, tzinfo=UTC)
    tick()
    assert _done(store)["c1"] == ["succeeded"] + ["cancelled"] * 7


def test_a_pause_of_the_ticks_takes_nobody_a_turn_that_is_yet_to_come(
    fleet: Fleet, tick: Tick, ok: Run, clock: FrozenClock, store: Store
) -> None:
    """Five hours without a tick: in Berlin all of them are yet to come, in Kiritimati only the last is made up."""
    fleet({"berlin": "Europe/Berlin", "kiritimati": "Pacific/Kiritimati"}, "--cron", "0 * * * *")
    clock.moment = DECEMBER + timedelta(hours=5)
    assert tick().states == ["started"] * 6
    done = _done(store)
    assert done["kiritimati"] == ["cancelled"] * 5 + ["succeeded"]
    assert done["berlin"] == ["queued"] * 6
    for hour in range(6, 20):
        clock.moment = DECEMBER + timedelta(hours=hour)
        tick()
    done = _done(store)
    assert done["berlin"][:6] == ["succeeded"] * 6


def test_missed_ones_are_left_out_where_they_are_not_made_up(
    fleet: Fleet, tick: Tick, ok: Run, clock: FrozenClock, store: Store
) -> None:
    zones = {"berlin": "Europe/Berlin", "kiritimati": "Pacific/Kiritimati"}
    fleet(zones, "--daily", "18:00", "--missed", "skip")
    clock.moment = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)  # two hours late in Kiritimati, eleven to come in Berlin
    assert tick().states == ["started"]
    assert list(_done(store)) == ["berlin"]


def test_a_deadline_counts_from_the_last_turn(fleet: Fleet, tick: Tick, clock: FrozenClock, store: Store) -> None:
    fleet({"c1": "Pacific/Honolulu"}, "--daily", "02:30", more=("--deadline", "2h"))
    for hour in range(12, 37):
        clock.moment = DECEMBER + timedelta(hours=hour, minutes=30)
        tick()
    assert _done(store)["c1"][0] == "succeeded"


def test_two_times_that_are_one_instant_on_a_computer_are_done_once(
    fleet: Fleet, tick: Tick, clock: FrozenClock, tmp_path: Path
) -> None:
    """02:00 and 02:30 do not exist in Berlin on 2027-03-28: they and 03:00 are one."""
    fleet({"c1": "Europe/Berlin"}, "--cron", "*/30 1-3 * * *")
    clock.moment = datetime(2027, 3, 27, 9, 0, tzinfo=UTC)
    tick()
    (tmp_path / "effects").unlink(missing_ok=True)
    for half in range(40):
        clock.moment = datetime(2027, 3, 27, 11, 0, tzinfo=UTC) + timedelta(minutes=30 * half)
        tick()
    # 01:00, 01:30, 03:00 and 03:30
    assert len((tmp_path / "effects").read_text().splitlines()) == 4
