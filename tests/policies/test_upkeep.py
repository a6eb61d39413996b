"""Membership keeps itself: ticks make the three updates, each when it is due, once (MEMB-1 to MEMB-6)."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.cmdb.store import Store
from itmsctl.errors import UsageError
from itmsctl.policies import cadence
from tests.conftest import FrozenClock, Run
from tests.policies.conftest import Ticked

ROOT = Path(__file__).parents[2]
Tick = Callable[..., Ticked]
ROME, UTC_ZONE = ZoneInfo("Europe/Rome"), ZoneInfo("UTC")


# --- when -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [("5m", "5m"), ("1h30m", "1h30m"), (" 31d ", "31d"), ("Daily 2:17".replace("2", "02", 1), "daily 02:17"),
     ("daily  23:59", "daily 23:59"), ("OFF", "off"), ("60", "60")],
)  # fmt: skip
def test_what_is_a_cadence(text: str, said: str) -> None:
    assert cadence.read(text).said == said
    assert cadence.read(cadence.read(text).said) == cadence.read(text)


@pytest.mark.parametrize("text", ["", "0", "59s", "32d", "daily", "daily 25:00", "daily 5m", "never", "5 m m", "-5m"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        cadence.read(text)
    assert "itmsctl membership set" in caught.value.hint


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "last", "zone", "due"),
    [
        ("5m", "2026-01-05T09:00", UTC_ZONE, "2026-01-05T09:05"),
        ("daily 02:17", "2026-01-05T09:00", UTC_ZONE, "2026-01-06T02:17"),
        ("daily 02:17", "2026-01-05T02:16", UTC_ZONE, "2026-01-05T02:17"),
        ("daily 02:17", "2026-01-05T02:17", UTC_ZONE, "2026-01-06T02:17"),
        ("daily 02:17", "2026-01-05T09:00", ROME, "2026-01-06T01:17"),
        ("daily 02:17", "2026-03-28T09:00", ROME, "2026-03-29T01:17"),  # 02:17 is left out that night
        ("daily 02:17", "2026-10-24T09:00", ROME, "2026-10-25T00:17"),  # 02:17 is there twice: once
        ("daily 02:17", "2026-10-25T00:17", ROME, "2026-10-26T01:17"),
        ("off", "2026-01-05T09:00", UTC_ZONE, None),
    ],
)
def test_when_it_is_due_again(when: str, last: str, zone: ZoneInfo, due: str | None) -> None:
    found = cadence.read(when).due(moment(last), moment("2026-11-05T00:00"), zone)
    assert found == (None if due is None else moment(due))


def test_one_that_never_was_or_was_made_by_a_clock_ahead_is_due_now() -> None:
    now = moment("2026-01-05T09:00")
    for when in ("5m", "daily 02:17"):
        assert cadence.read(when).due(None, now, ROME) == now
        assert cadence.read(when).due(now + timedelta(days=900), now, ROME) == now
    assert cadence.read("off").due(None, now, ROME) is None


ZONES = ("Europe/Rome", "UTC", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo")


@given(st.integers(0, 10 * 366 * 1440), st.times(), st.sampled_from(ZONES))
def test_daily_is_within_a_day(minutes: int, at: time, name: str) -> None:
    begun = datetime(2010, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    due = cadence.read(f"daily {at:%H:%M}").due(begun, begun, ZoneInfo(name))
    assert due is not None
    assert timedelta(0) < due - begun <= timedelta(days=2)


# --- what ticks do ----------------------------------------------------------------------------------------------------


@pytest.fixture
def estate(ok: Run) -> None:
    """A filter that pc1 is in and pc2 is not."""
    for name in ("pc1", "pc2"):
        ok("computer", "add", name, "--os-family", "linux" if name == "pc1" else "windows")
    ok("filter", "add", "lin", "--where", "os_family = 'linux'")


def kinds(ok: Run) -> Counter[str]:
    return Counter(row["kind"] for row in ok("membership", "list", "-o", "json").json)


def members(ok: Run) -> list[str]:
    return [row["name"] for row in ok("filter", "members", "lin", "-o", "json").json]


def test_a_tick_keeps_membership_up_to_date(estate: None, ok: Run, tick: Tick, clock: FrozenClock) -> None:
    tick()
    ok("computer", "set", "pc2", "--os-family", "linux")
    tick()
    assert members(ok) == ["pc1"]  # the last delta is not five minutes old
    clock.forward(minutes=5)
    (said,) = [line for line in tick().lines if line["type"] == "membership"]
    assert (said["state"], said["added"], said["removed"]) == ("delta", 1, 0)
    assert members(ok) == ["pc1", "pc2"]
    before = kinds(ok)
    clock.forward(minutes=5)
    tick()
    assert kinds(ok) == before  # nothing changed, nothing is done


def test_a_complete_update_once_a_night_and_what_it_finds_is_told(
    estate: None, ok: Run, run: Run, tick: Tick, clock: FrozenClock, store: Store
) -> None:
    tick()
    assert kinds(ok)["complete"] == 1  # there never was one
    for _ in range(3):
        clock.forward(hours=5)
        tick()
    assert kinds(ok)["complete"] == 1
    store.write(lambda unit: unit.connection.execute(sa.text("DELETE FROM member")))
    clock.forward(hours=5)  # 05:00 of the next day: that of 02:17 is made up for
    result = run("schedule", "tick")
    assert (kinds(ok)["complete"], members(ok)) == (2, ["pc1"])
    assert "1 members differed from what the updates before had left" in result.err
    clock.forward(days=3)
    tick()
    assert kinds(ok)["complete"] == 3


def test_they_are_shown_set_and_switched_off(estate: None, ok: Run, run: Run, tick: Tick, clock: FrozenClock) -> None:
    shown = {row["name"]: row for row in ok("membership", "status", "-o", "json").json}
    assert {name: row["when"] for name, row in shown.items()} == cadence.DEFAULTS
    assert [(row["last"], row["due"]) for row in shown.values()] == [(None, None)] * 3, "none has been made"
    table = ok("membership", "status", "-o", "table").out
    assert (table.count("never run"), table.count("next tick")) == (3, 2), table
    assert "nothing calls the tick" in ok("membership", "status").err
    assert ok("membership", "set", "delta", "off").err == "delta: set\n"
    assert ok("membership", "set", "complete", "off").err == "complete: set\n"
    assert ok("membership", "set", "complete", "off").err == "complete: unchanged\n"
    ok("computer", "set", "pc2", "--os-family", "linux")
    clock.forward(days=2)
    tick()
    assert members(ok) == ["pc1"]
    ok("membership", "set", "delta", "1h", "--dry-run")
    shown = {row["name"]: row for row in ok("membership", "status", "-o", "json").json}
    assert (shown["delta"]["when"], shown["delta"]["due"], shown["delta"]["waits"]) == ("off", None, True)
    ok("membership", "set", "delta", "default")
    tick()
    assert members(ok) == ["pc1", "pc2"]
    for argv, code in ((("often", "5m"), 2), (("delta", "soon"), 2), (("delta", "1s"), 2)):
        assert run("membership", "set", *argv).code == code


def test_a_policy_that_changed_has_its_target_looked_at(estate: None, ok: Run) -> None:
    ok("task", "add", "t", "--command", "true")
    ok("target", "add", "tl", "--filter", "lin")
    ok("policy", "add", "p", "--task", "t", "--target", "all", "--transport", "local")
    ok("membership", "update", "--complete")
    ok("computer", "set", "pc2", "--os-family", "linux")
    assert "0 filters, 0 groups, 0 targets" in ok("membership", "update", "--policy").err
    ok("policy", "set", "p", "--target", "tl")
    assert "1 filter, 0 groups, 1 target" in ok("membership", "update", "--policy").err
    assert [row["name"] for row in ok("target", "members", "tl", "-o", "json").json] == ["pc1", "pc2"]
    assert members(ok) == ["pc1", "pc2"]
    ok("policy", "set", "p", "--target", "lin - tl")
    assert "1 filter, 0 groups, 1 target" in ok("membership", "update", "--policy").err


def test_ticks_at_once_make_an_update_once(
    estate: None, db: str, environment: dict[str, str], ok: Run, store: Store
) -> None:
    ok("computer", "set", "pc2", "--os-family", "linux")
    argv = [sys.executable, "-m", "itmsctl", "--db", db, "schedule", "tick"]
    ticks = [subprocess.Popen(argv, env=environment, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(4)]
    said = [process.communicate(timeout=300)[1] for process in ticks]
    assert [process.returncode for process in ticks] == [0] * 4, said
    # A complete update begins with a delta.
    assert {kind: n for kind, n in kinds(ok).items() if kind != "definition"} == {"delta": 2, "complete": 1}
    assert members(ok) == ["pc1", "pc2"]


def test_a_filter_that_no_longer_runs_holds_no_policy_up(
    estate: None, ok: Run, run: Run, store: Store, sweep: None, tmp_path: Path
) -> None:
    ok("filter", "add", "sick", "--sql", "SELECT guid FROM v_computer")
    text = sa.text("UPDATE filter SET sql = 'SELECT guid FROM gone' WHERE name = 'sick'")
    store.write(lambda unit: unit.connection.execute(text))
    ok("task", "add", "t", "--command", f"echo x >> {tmp_path}/effects")
    ok("schedule", "add", "s", "--asap")
    ok("policy", "add", "p", "--task", "t", "--target", "all", "--schedule", "s", "--transport", "local")
    result = run("schedule", "tick")
    assert "membership update --delta" in result.err
    assert (tmp_path / "effects").read_text() == "x\nx\n"


# --- whether anything calls it ----------------------------------------------------------------------------------------


def finding(run: Run) -> tuple[str, str, str] | None:
    found = {row["id"]: row for row in run("doctor", "-o", "json").json}
    return None if "TICK" not in found else (found["TICK"]["severity"], found["TICK"]["what"], found["TICK"]["cause"])


def test_it_is_told_when_nothing_calls_the_tick(ok: Run, run: Run, tick: Tick, clock: FrozenClock) -> None:
    assert finding(run) is None
    ok("filter", "add", "lin", "--where", "os_family = 'linux'")
    severity, what, _ = finding(run) or ("", "", "")
    assert (severity, what) == ("info", "nothing calls `itmsctl schedule tick` (last called: never)")
    ok("task", "add", "t", "--command", "true")
    ok("schedule", "add", "s", "--daily", "12:00")
    ok("policy", "add", "p", "--task", "t", "--target", "all", "--schedule", "s", "--transport", "local")
    severity, _, cause = finding(run) or ("", "", "")
    assert (severity, cause) == ("warning", "waiting for it: 1 policy")
    assert (
        "never called; waiting for it: 1 policy; itmsctl schedule install"
        in ok("db", "status", "-o", "json").json["tick"]
    )
    tick()
    assert (finding(run) or ("",))[0] == "ok"
    assert ok("db", "status", "-o", "json").json["last_tick_at"] is not None
    clock.forward(hours=2)
    severity, what, _ = finding(run) or ("", "", "")
    assert (severity, what) == ("warning", "nothing calls `itmsctl schedule tick` (last called: 2h ago)")
    ok("run", "stop-all")
    assert (finding(run) or ("",))[0] == "info"
