"""Inventory policies: what they collect, whom they run on and when. What collects is stood in for by a script."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from itmsctl.errors import FieldError
from itmsctl.inventory import catalogue as classes
from itmsctl.inventory import wanted
from itmsctl.inventory.action import ACTION
from itmsctl.inventory.kinds import PORTIONS
from itmsctl.inventory.service.policies import INVENTORY_POLICIES
from itmsctl.tasks import catalogue
from itmsctl.tasks.action import Action, Argument
from itmsctl.tasks.operations import Operation, Script
from itmsctl.tasks.waves import splayed
from tests.conftest import START, FrozenClock, Run
from tests.policies.conftest import Ticked, tick
from tests.tasks.conftest import local, sweep

__all__ = ["local", "sweep", "tick"]

Tick = Callable[..., Ticked]
Runs = Callable[[], list[str]]
REACH = ("--transport", "local")


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Runs:
    """Have a script collect; return what was asked of each computer so far."""
    told = tmp_path / "told"

    def operations(arguments: Mapping[str, Any]) -> tuple[Operation, ...]:
        names = ",".join(arguments["classes"] or ())
        line = f"whole={arguments['whole']} nice={arguments['nice']} classes={names}"
        return (Script(f"echo '{line}' >> {told}"),)

    kind = Action(
        "stand-in",
        "Stand in for what collects.",
        operations,
        arguments=(
            Argument("classes", "Classes.", "list"),
            Argument("whole", "All of it.", "bool", default="no"),
            Argument("nice", "Priority.", "int", default="10"),
            *(Argument(name, "Of the file scan.", "list") for name in ("folders", "without", "patterns")),
            *(Argument(name, "Of the file scan.", "bool", default="no") for name in ("hash", "remote")),
        ),
        idempotent=True,
    )
    real = catalogue.action
    monkeypatch.setattr(catalogue, "action", lambda name: kind if name == kind.name else real(name))
    monkeypatch.setattr(INVENTORY_POLICIES, "task_kind", kind.name)
    return lambda: told.read_text().splitlines() if told.exists() else []


def steps(ok: Run, *argv: str) -> dict[str, dict[str, str]]:
    return {one["step"]: one for one in ok("inventory-policy", "explain", *argv, "-o", "json").json}


# --- when -------------------------------------------------------------------------------------------------------------


def test_a_new_policy_runs_at_once_and_then_by_its_schedule(
    ok: Run, local: Callable[..., None], tick: Tick, collected: Runs, clock: FrozenClock
) -> None:
    local("web1", "web2")
    ok("schedule", "add", "s", "--daily", "18:00")
    ok("inventory-policy", "add", "p", "--collect", "software", "--schedule", "s", *REACH)
    found = tick()
    assert (found.states, len(collected())) == (["started"], 2)
    assert found.of("occurrence")[0]["trigger"].startswith("joined:")
    assert tick().states == []
    local("web3")  # a new member does not wait for 18:00
    assert (tick().states, len(collected())) == (["started"], 3)
    clock.forward(hours=9)
    found = tick()
    assert (found.states, len(collected())) == (["started"], 6)
    assert found.of("occurrence")[0]["trigger"] == "schedule"
    assert tick().states == []


def test_what_is_due_by_both_at_the_same_moment_is_one_run(
    ok: Run, local: Callable[..., None], tick: Tick, collected: Runs, clock: FrozenClock
) -> None:
    ok("schedule", "add", "s", "--daily", "09:30")
    ok("inventory-policy", "add", "p", "--schedule", "s", *REACH)
    local("web1")
    clock.forward(minutes=31)
    assert (tick().states, len(collected())) == (["started"], 1)
    assert tick().states == []


def test_a_changed_policy_runs_again_and_another_schedule_or_way_does_not(
    ok: Run, local: Callable[..., None], tick: Tick, collected: Runs
) -> None:
    local("web1")
    ok("inventory-policy", "add", "p", "--collect", "software", *REACH)
    tick()
    ok("inventory-policy", "set", "p", "--throttle", "0", "--description", "x", "--deadline", "1d")
    assert (tick().states, len(collected())) == ([], 1)
    ok("inventory-policy", "set", "p", "--collect", "hardware")
    assert (tick().states, len(collected())) == (["started"], 2)
    assert "software" in collected()[0]
    assert "processors" in collected()[1]


def test_an_interval_of_its_own_begins_when_it_is_put_to_use(
    ok: Run, local: Callable[..., None], tick: Tick, collected: Runs, clock: FrozenClock
) -> None:
    local("web1")
    ok("inventory-policy", "add", "p", "--every", "4h", *REACH)
    assert tick().states == ["started"]
    clock.forward(hours=3, minutes=59)
    assert tick().states == []
    clock.forward(minutes=2)
    found = tick()
    assert (found.states, found.of("occurrence")[0]["trigger"]) == (["started"], "schedule")
    assert len(collected()) == 2
    ok("inventory-policy", "set", "p", "--every", "1h")
    clock.forward(minutes=61)
    assert (tick().states, len(collected())) == (["started"], 3)


def test_a_disabled_policy_does_nothing_and_begins_anew_when_it_is_enabled(
    ok: Run, local: Callable[..., None], tick: Tick, collected: Runs
) -> None:
    local("web1")
    ok("inventory-policy", "add", "p", "--disabled", *REACH)
    assert tick().states == []
    ok("inventory-policy", "enable", "p")
    assert (tick().states, len(collected())) == (["started"], 1)
    ok("inventory-policy", "run", "p")
    tick()
    assert len(collected()) == 2


def test_one_that_reaches_nobody_is_passed_over_and_says_what_to_type(
    run: Run, ok: Run, local: Callable[..., None], tick: Tick, collected: Runs
) -> None:
    local("web1")
    said = ok("inventory-policy", "add", "p", "--collect", "software").err
    assert "contacts nobody" in said
    assert (tick().states, collected()) == ([], [])
    assert steps(ok, "p")["connection"]["state"] == "pending"
    refused = run("inventory-policy", "run", "p")
    assert (refused.code, "nothing says how computers are reached" in refused.err) == (2, True)
    ok("inventory-policy", "set", "p", *REACH)
    assert (tick().states, len(collected())) == (["started"], 1)


# --- what -------------------------------------------------------------------------------------------------------------


def test_full_sends_everything_and_delta_what_has_changed(
    ok: Run, local: Callable[..., None], tick: Tick, collected: Runs
) -> None:
    local("web1")
    ok("inventory-policy", "add", "a", "--collect", "software", "--mode", "full", "--nice", "19", *REACH)
    ok("inventory-policy", "add", "b", "--collect", "software", "--mode", "delta", *REACH)
    tick()
    assert sorted(line.split(" classes=")[0] for line in collected()) == ["whole=False nice=10", "whole=True nice=19"]


FIELDS: dict[str, Any] = {
    "mode": "full", "collect": [], "exclude": [], "nice": None, "drives": [], "exclude_drives": [], "folders": [],
    "exclude_folders": [], "include_files": [], "hash_files": False, "sizes_only": False, "remote_volumes": False,
}  # fmt: skip


def asked(**fields: Any) -> dict[str, str]:
    return wanted.arguments_of(FIELDS | fields)


def test_portions_become_classes() -> None:
    full = set(asked()["classes"].split())
    assert {"hardware", "software", "files", "operating_system"} <= full
    assert "server_applications" not in full
    assert set(asked(collect=["server-applications"])["classes"].split()) >= {"databases", "server_applications"}
    assert "processes" not in asked(collect=["software"])["classes"].split()
    assert asked(collect=["software", "processes"], exclude=["software"])["classes"].split().count("software") == 0
    assert "processes" in asked(collect=["processes"])["classes"]
    everything = {name for one in PORTIONS for name in asked(collect=[one]).get("classes", "").split()}
    assert everything == set(classes.names()) - {"processes", "recency"}  # what is of no portion
    assert asked(collect=["class:software"])["classes"] == "software\n"


def test_a_time_critical_policy_leaves_out_what_is_in_permanent_flux() -> None:
    found = asked(mode="time-critical")["classes"].split()
    assert {"hardware", "software"} <= set(found)
    assert not wanted.IN_FLUX.intersection(found)
    assert not wanted.IN_FLUX.intersection(asked(mode="time-critical", collect=["software"])["classes"].split())
    assert set(classes.names()) >= wanted.IN_FLUX
    with pytest.raises(FieldError, match="permanent flux"):
        wanted.refuse_flux({"mode": "time-critical", "collect": ["software", "listening_ports"]})


def test_the_rules_of_the_file_scan_are_handed_on() -> None:
    found = asked(
        collect=["files"], drives=["/", "/srv"], exclude_drives=["/mnt"], exclude_folders=["/var/cache"],
        include_files=["*.jar"], hash_files=True, remote_volumes=True,
    )  # fmt: skip
    assert found == {
        "classes": "file_totals\nfiles\n", "whole": "yes", "folders": "/\n/srv\n", "without": "/mnt\n/var/cache\n",
        "patterns": "*.jar\n", "hash": "yes", "remote": "yes",
    }  # fmt: skip
    assert asked(collect=["files"], sizes_only=True)["classes"] == "file_totals\n"
    assert "folders" not in asked(collect=["software"], drives=["/"])


def test_the_task_that_collects_takes_all_that_a_policy_may_say() -> None:
    every = asked(
        drives=["/"], exclude_drives=["/mnt"], folders=["/srv"], exclude_folders=["/var"], include_files=["*.jar"],
        hash_files=True, remote_volumes=True, nice=5,
    )  # fmt: skip
    assert ACTION.written(every).keys() == every.keys()


@pytest.mark.parametrize(("options", "said"), [
    (("--collect", "nonsense"), "is no kind of inventory and no data class"),
    (("--collect", "sofware"), "did you mean `software`?"),
    (("--exclude", "hardwear"), "did you mean `hardware`?"),
    (("--collect", "class:software", "--exclude", "software"), "collects nothing"),
    (("--mode", "half"), "is no value"),
    (("--nice", "20"), "from 0"),
    (("--nice", "-1"), "from 0"),
    (("--every", "10m"), "after an hour or longer"),
    (("--every", "4h", "--schedule", "s"), "leave one out"),
    (("--mode", "time-critical", "--collect", "processes"), "permanent flux"),
    (("--exclude-folder", "a\nb"), "one line"),
    (("--target", "nobody"), "nobody"),
    (("--port", "0"), "not a port"),
])  # fmt: skip
def test_what_is_no_policy(run: Run, ok: Run, options: tuple[str, ...], said: str) -> None:
    ok("schedule", "add", "s", "--daily", "18:00")
    found = run("inventory-policy", "add", "p", *options, *REACH)
    assert found.code in {3, 5}, found.err
    assert said in found.err
    assert ok("inventory-policy", "list", "-o", "json").json == []


# --- whom -------------------------------------------------------------------------------------------------------------


def test_the_server_pack_is_a_tag(ok: Run, local: Callable[..., None], tick: Tick, collected: Runs) -> None:
    local("web1", "web2")
    ok("inventory-policy", "add", "p", "--collect", "server-applications", "--server-pack", *REACH)
    assert (tick().states, collected()) == ([], [])
    assert steps(ok, "p")["server-pack"]["state"] == "pending"
    assert "--tag server-pack=yes" in steps(ok, "p", "--computer", "web1")["server-pack"]["why"]
    ok("computer", "set", "web1", "--tag", "server-pack=yes")
    ok("computer", "set", "web2", "--tag", "server-pack=no")
    assert (tick().states, len(collected())) == (["started"], 1)


def test_of_two_time_critical_policies_the_first_wins(
    ok: Run, local: Callable[..., None], tick: Tick, collected: Runs, clock: FrozenClock
) -> None:
    local("web1", "web2")
    ok("inventory-policy", "add", "second", "--mode", "time-critical", "--every", "4h", *REACH)
    tick()
    said = ok("inventory-policy", "add", "first", "--mode", "time-critical", "--every", "2h", *REACH).err
    assert "`second` is time-critical too" in said
    local("web3")
    tick()  # web3 is new to both: that of the first name is processed first
    assert len(collected()) == 3
    found = steps(ok, "first", "--computer", "web1")["first-wins"]
    assert (found["state"], "web1 follows `second`" in found["why"]) == ("pending", True)
    assert "INV-32" in steps(ok, "second")["first-wins"]["why"]
    clock.forward(hours=4, minutes=1)
    tick()
    assert len(collected()) == 6  # each computer once: web3 by the first, the others by the second
    ok("inventory-policy", "disable", "second")
    tick()
    assert len(collected()) == 8  # web1 and web2 are free, and new to the other one
    assert "first-wins" not in steps(ok, "first")


def test_a_time_critical_policy_that_is_changed_soon_waits_for_its_next_time(
    ok: Run, local: Callable[..., None], tick: Tick, collected: Runs, clock: FrozenClock
) -> None:
    local("web1")
    ok("inventory-policy", "add", "p", "--mode", "time-critical", "--every", "4h", *REACH)
    tick()
    clock.forward(minutes=29)
    said = ok("inventory-policy", "set", "p", "--collect", "software").err
    assert "less than 30 minutes ago" in said
    assert (tick().states, len(collected())) == ([], 1)
    clock.forward(minutes=2)
    ok("inventory-policy", "set", "p", "--collect", "hardware")
    assert (tick().states, len(collected())) == (["started"], 2)


# --- throttling -------------------------------------------------------------------------------------------------------


def test_a_throttled_run_spreads_its_starts_over_the_whole_time() -> None:
    """Pearson's chi-square of 10,000 computers over 24 hours, 95 degrees of freedom: 1 % are above 130."""
    guids = [str(uuid.uuid5(uuid.NAMESPACE_DNS, f"pc{number}")) for number in range(10_000)]
    for name in ("full-inventory", "ours"):
        bins = [0] * 96
        for guid in guids:
            after = (splayed(START, 86400.0, name, guid) - START).total_seconds()
            bins[int(after // 900)] += 1
        expected = len(guids) / len(bins)
        assert sum((found - expected) ** 2 / expected for found in bins) < 130
    same = [splayed(START, 86400.0, "ours", guid) for guid in guids[:100]]
    assert same == [splayed(START, 86400.0, "ours", guid) for guid in guids[:100]]
    assert same != [splayed(START, 86400.0, "full-inventory", guid) for guid in guids[:100]]


def test_a_throttled_policy_starts_each_computer_when_its_own_turn_comes(
    ok: Run, local: Callable[..., None], tick: Tick, collected: Runs, clock: FrozenClock
) -> None:
    names = [f"web{number}" for number in range(8)]
    local(*names)
    ok("inventory-policy", "add", "p", "--collect", "software", "--throttle", "8h", *REACH)
    counts = []
    for _ in range(9):
        tick()
        counts.append(len(collected()))
        clock.forward(hours=1)
    assert counts[0] < 8
    assert counts[-1] == 8
    assert len(set(counts)) > 3


# --- why not yet ------------------------------------------------------------------------------------------------------


def test_explain_names_the_pending_step_at_each_stage(
    ok: Run, local: Callable[..., None], tick: Tick, collected: Runs, clock: FrozenClock
) -> None:
    def pending() -> str:
        return ok("inventory-policy", "explain", "p", "--computer", "web1").err.partition("pending: ")[2].split(":")[0]

    ok("computer", "add", "web1")
    ok("filter", "add", "f", "--where", "os_family = 'linux'")
    ok("inventory-policy", "add", "p", "--target", "f", "--every", "4h", "--disabled")
    assert pending() == "known"  # C1 step 1: nothing was ever learned of it
    ok("computer", "set", "web1", "--os-family", "linux")
    assert pending() == "membership"  # step 2
    ok("membership", "update")
    assert pending() == "enabled"  # step 3
    ok("inventory-policy", "enable", "p")
    assert pending() == "connection"
    ok("inventory-policy", "set", "p", *REACH)
    assert pending() == "tick"  # step 4: who asks
    ok("filter", "set", "f", "--where", "os_family = 'windows'")
    ok("membership", "update")
    assert pending() == "target"
    ok("filter", "set", "f", "--where", "os_family = 'linux'")
    ok("membership", "update")
    ok("schedule", "tick", "--no-run")
    assert pending() == "trigger"
    found = steps(ok, "p")
    assert found["queue"]["why"] == "R-1: 1 deferred"
    assert steps(ok, "p", "--computer", "web1")["last"]["why"].startswith("R-1: queued")
    tick()
    assert len(collected()) == 1
    assert "R-1: succeeded" in steps(ok, "p", "--computer", "web1")["last"]["why"]


def test_explain_says_what_is_next_of_all(ok: Run, local: Callable[..., None], tick: Tick, collected: Runs) -> None:
    local("web1", "web2")
    ok("schedule", "add", "s", "--daily", "18:00")
    ok("inventory-policy", "add", "p", "--schedule", "s", *REACH)
    found = steps(ok, "p")
    assert "first run on 2 computers is due now" in found["trigger"]["why"]
    tick()
    assert "due at 2026-01-05 18:00 UTC" in steps(ok, "p")["trigger"]["why"]
    assert "`all` holds 2 computers" in steps(ok, "p")["target"]["why"]


def test_what_a_policy_collects_is_held(ok: Run, local: Callable[..., None], tick: Tick) -> None:
    """Nothing stands in here: the task of kind `inventory` reads this machine."""
    local("web1")
    ok("inventory-policy", "add", "p", "--collect", "operating_system", "--mode", "delta", *REACH)
    assert tick().states == ["started"]
    held = ok("computer", "show", "web1", "--class", "operating_system", "-o", "json").json
    assert len(held["rows"]) == 1
    assert ok("report", "run", "inventory-recency", "--param", "since=1d", "-o", "json").json == []
