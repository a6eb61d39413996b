"""Runs in the hands of ticks: waves that soak, retries that pause, runs that cannot be driven, and what is shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from examples.lab.ssh_endpoints import write_key
from itmsctl.cmdb.store import Store
from itmsctl.tasks.service.driving import _waiting
from itmsctl.tasks.service.waving import Next
from tests.conftest import FrozenClock, Run
from tests.policies.conftest import Policy, Ticked
from tests.servers.ssh import Lab

Tick = Callable[..., Ticked]
Effects = Callable[[], int]


def test_waves_pass_their_gates_tick_by_tick(
    policy: Policy, tick: Tick, effects: Effects, clock: FrozenClock, ok: Run
) -> None:
    policy("--asap", more=("--batch", "1,100%", "--soak", "10m"), names=("web1", "web2", "web3"))
    (run,) = tick().of("run")
    assert (run["state"], run["ok"], run["deferred"], effects()) == ("waiting", 1, 2, 1)
    assert "soaks until" in run["why"]
    clock.forward(minutes=5)
    assert tick().of("run") == []
    clock.forward(minutes=5)
    assert tick().of("run")[-1]["state"] == "ended"
    assert effects() == 3


def test_a_soak_that_ends_within_the_tick_is_waited_for(policy: Policy, tick: Tick, effects: Effects) -> None:
    policy("--asap", more=("--batch", "1,100%", "--soak", "20s"))
    assert [run["state"] for run in tick().of("run")] == ["waiting", "ended"]
    assert effects() == 2


def test_a_gate_that_does_not_open_halts_and_is_said_once(
    policy: Policy, tick: Tick, ok: Run, clock: FrozenClock
) -> None:
    policy("--asap", more=("--batch", "1,100%"))
    ok("task", "set", "mark", "--command", "exit 3")
    found = tick(code=9)
    assert [(run["state"], run["failed"], run["deferred"]) for run in found.of("run")] == [("halted", 1, 1)]
    clock.forward(minutes=1)
    assert tick().of("run") == []


def test_a_run_that_cannot_be_driven_holds_no_other_up(
    policy: Policy, tick: Tick, effects: Effects, ok: Run, tmp_path: Path
) -> None:
    policy("--asap", names=("web1",))
    way = ("--target", "all", "--schedule", "s", "--key", str(tmp_path / "missing"))
    ok("policy", "add", "a", "--task", "mark", *way)
    found = tick(code=5)
    assert found.states == ["started", "started"]
    assert f"R-1: there is no key file {tmp_path}/missing" in found.err
    assert (found.lines[-1]["errors"], effects()) == (1, 1)
    write_key(tmp_path / "missing")
    (driven,) = tick().of("run")
    assert (driven["run"], driven["state"], driven["deferred"]) == ("R-1", "waiting", 1)  # nobody answers at `web1`


def test_what_is_shown(policy: Policy, run: Run, clock: FrozenClock) -> None:
    policy("--asap")
    table = run("schedule", "tick", "-o", "table")
    assert [line.split()[0] for line in table.out.splitlines()] == ["TYPE", "occurrence", "run"]
    listed = run("schedule", "tick", "-o", "json").json
    assert [one["type"] for one in listed] == ["summary"]
    assert run("schedule", "tick", "-q").err == ""


def test_a_policy_whose_target_is_gone_is_said_at_each_tick(
    policy: Policy, tick: Tick, ok: Run, effects: Effects, store: Store
) -> None:
    ok("filter", "add", "g", "--where", "name = 'web1'")
    policy("--asap")
    store.write(lambda unit: unit.connection.exec_driver_sql("UPDATE policy SET target = 'f'"))
    for _ in range(2):
        assert "policy `p`: " in tick(code=5).err
    ok("policy", "set", "p", "--target", "g")
    assert (tick().states, effects()) == (["started"], 1)


@pytest.mark.parametrize(("background", "returns", "interrupted", "waits"), [
    (False, False, 0, True), (False, False, 1, False), (True, False, 1, True), (False, True, 1, True),
])  # fmt: skip
def test_what_a_person_stopped_does_not_go_on_by_itself(
    background: bool, returns: bool, interrupted: int, waits: bool
) -> None:
    drive = SimpleNamespace(returns=returns, stop=SimpleNamespace(interruptions=lambda: interrupted))
    run = SimpleNamespace(options=SimpleNamespace(background=background))
    assert bool(_waiting(drive, run, Next(why="ring 1 soaks"))) is waits  # type: ignore[arg-type]


def test_a_tick_logs_in_with_a_key_of_the_vault(ok: Run, run: Run, lab: Lab, tmp_path: Path) -> None:
    """The key is in the vault alone, which a passphrase file opens; a credential in use is not removed."""
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("correct horse battery staple\n")
    passphrase.chmod(0o600)
    opened = {"ITMSCTL_PASSPHRASE_FILE": str(passphrase)}
    ok("vault", "init", env=opened)
    ok(
        "credential",
        "add",
        "lab",
        "--kind",
        "ssh-key",
        "--user",
        lab.user,
        "--secret-file",
        str(lab.key_file),
        env=opened,
    )
    for number in range(1, 4):
        ok("host-key", "accept", f"lab-{number:03}", "--yes")
    ok("task", "add", "who", "--command", "id -un")
    login = ("--credential", "lab")
    missing = run("policy", "add", "p", "--task", "who", "--target", "all", "--credential", "lap")
    assert (missing.code, "did you mean `lab`?" in missing.err) == (5, True)
    ok("policy", "add", "p", "--task", "who", "--target", "all", *login)
    ok("policy", "run", "p")
    locked = run("schedule", "tick")
    assert locked.code == 13
    done = run("schedule", "tick", env=opened)
    assert (done.code, done.lines[-1]["ok"]) == (0, 3), done.err
    refused = run("credential", "remove", "lab", "--yes", env=opened)
    assert (refused.code, "policy `p`" in refused.err) == (6, True)


def test_a_policy_of_the_server_itself_needs_no_login(ok: Run, tick: Callable[..., Ticked]) -> None:
    ok("task", "add", "members", "--kind", "membership-update")
    ok("policy", "add", "m", "--task", "members", "--target", "all")
    ok("policy", "run", "m")
    assert tick().lines[-1]["ok"] == 1
