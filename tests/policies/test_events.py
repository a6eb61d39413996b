"""Events, the guard, and policies as people handle them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from itmsctl.errors import InputError
from itmsctl.policies.events import of_run, read_event, read_raised
from tests.conftest import FrozenClock, Run
from tests.policies.conftest import Policy, Ticked

Tick = Callable[..., Ticked]
Effects = Callable[[], int]


@pytest.mark.parametrize(("text", "stored"), [
    ("joined", "joined"), ("JOINED", "joined"), ("run-failed:Web up", "run-failed:Web up"),
    ("Run-Succeeded: x", "run-succeeded:x"), ("backup arrived", "backup arrived"),
])  # fmt: skip
def test_events_are_read(text: str, stored: str) -> None:
    assert read_event(text) == stored


@pytest.mark.parametrize("text", ["", " x", "run-failed:", "@x", "a\nb"])
def test_what_is_no_event(text: str) -> None:
    with pytest.raises(InputError):
        read_event(text)


@pytest.mark.parametrize("text", ["joined", of_run("x", ok=True), of_run("x", ok=False)])
def test_what_happens_by_itself_is_not_raised(text: str) -> None:
    with pytest.raises(InputError, match="not raised by hand"):
        read_raised(text)


@pytest.fixture
def on(ok: Run, local: Callable[..., None], tmp_path: object) -> Callable[..., None]:
    def add(event: str, *more: str) -> None:
        ok("task", "add", "mark", "--command", f"echo x >> {tmp_path}/effects")
        ok("policy", "add", "p", "--task", "mark", "--target", "all", "--on", event, "--transport", "local", *more)

    return add


def test_an_event_is_taken_up_once(on: Policy, tick: Tick, effects: Effects, ok: Run, local: Policy) -> None:
    local("web1")
    ok("schedule", "raise", "arrived")  # before anybody listens
    on("arrived")
    assert tick().states == []
    assert "unchanged" not in ok("schedule", "raise", "Arrived", "--key", "monday").err
    assert "unchanged" in ok("schedule", "raise", "arrived", "--key", "monday").err
    ok("schedule", "raise", "something else")
    ok("schedule", "raise", "arrived", "--key", "tuesday", "--dry-run")
    found = tick()
    assert (found.states, found.of("occurrence")[0]["trigger"][:6]) == (["started"], "event:")
    assert (tick().states, effects()) == ([], 1)
    for key in "abc":
        ok("schedule", "raise", "arrived", "--key", key)
    assert tick("--no-run").states == ["started", "queued", "skipped"]
    assert [*tick().states, *tick().states, *tick().states] == ["started"]
    assert effects() == 3


def test_those_that_join_the_target(on: Policy, tick: Tick, effects: Effects, ok: Run, local: Policy) -> None:
    local("web1")
    on("joined")
    assert tick().states == []
    local("web2", "web3")
    assert [(o["computers"], o["state"]) for o in tick().of("occurrence")] == [(2, "started")]
    assert (tick().states, effects()) == ([], 2)
    ok("filter", "add", "tagged", "--where", "tags.x = 'y'")
    ok("policy", "set", "p", "--target", "tagged")
    assert tick().states == []
    ok("computer", "set", "web1", "--tag", "x=y")  # membership is brought up to date by the tick
    assert [o["computers"] for o in tick().of("occurrence")] == [1]
    ok("computer", "remove", "web1", "--yes")
    assert (tick().states, effects()) == ([], 3)


def test_a_chain_that_is_safe_to_fail(
    ok: Run, tick: Tick, effects: Effects, local: Policy, run: Run, tmp_path: object
) -> None:
    local("web1")
    ok("task", "add", "main", "--command", f"test -e {tmp_path}/works")
    ok("task", "add", "spare", "--command", f"echo x >> {tmp_path}/effects; touch {tmp_path}/works")
    ok("policy", "add", "watch", "--task", "main", "--target", "all", "--on", "look", "--transport", "local")
    way = ("--target", "all", "--transport", "local")
    ok("policy", "add", "rescue", "--task", "spare", "--on", "run-failed:main", *way)
    ok("policy", "add", "again", "--task", "main", "--on", "run-succeeded:spare", *way)
    ok("schedule", "raise", "look")
    assert tick(code=8).states == ["started"]  # it failed
    found = [o["policy"] for _ in range(3) for o in tick().of("occurrence")]
    assert found == ["rescue", "again"]
    assert effects() == 1
    assert run("run", "show", "R-3").json["ok"] == 1


# --- the guard --------------------------------------------------------------------------------------------------------


def test_the_guard_holds_a_schedule_back(
    policy: Policy, tick: Tick, effects: Effects, clock: FrozenClock, ok: Run, run: Run
) -> None:
    policy("--daily", "12:00", names=("web1", "web2", "web3"))
    ok("task", "set", "mark", "--destructive")
    ok("task", "add", "mild", "--command", "true")
    ok("policy", "add", "q", "--task", "mild", "--target", "all", "--schedule", "s", "--transport", "local")
    clock.moment = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
    found = tick(code=9)
    assert "policy `p`: `mark` was not started: it is destructive and touches 3 of all 3" in found.err
    assert [o["policy"] for o in found.of("occurrence")] == ["q"]
    assert (effects(), len(ok("run", "list", "-o", "json").json)) == (0, 1)
    assert ok("policy", "show", "p").json["occurrences"] == []
    explained = {step["step"]: step["state"] for step in ok("policy", "explain", "p", "-o", "json").json}
    assert explained["guard"] == "pending"
    assert run("policy", "run", "p").code == 9
    clock.forward(minutes=1)
    ok("policy", "set", "p", "--confirm", "mark:2")
    assert "2 computers were confirmed, and now there are 3" in tick(code=6).err
    ok("policy", "set", "p", "--confirm", "mark:3")
    assert tick().states == ["started"]
    assert effects() == 3


# --- the noun ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("options", "code", "said"), [
    (("--task", "t", "--job", "j", "--target", "all", "--transport", "local"), 3, "one task or one job"),
    (("--target", "all", "--transport", "local"), 3, "one task or one job"),
    (("--task", "t", "--target", "all"), 2, "nothing is named"),
    (("--task", "t", "--transport", "local"), 3, "needs `--target`"),
    (("--task", "nope", "--target", "all", "--transport", "local"), 5, "no task `nope`"),
    (("--task", "t", "--target", "nope", "--transport", "local"), 5, "nope"),
    (("--task", "t", "--target", "-", "--transport", "local"), 3, "standard input is there once"),
    (("--task", "t", "--target", "@file", "--transport", "local"), 3, "takes no file"),
    (("--task", "t", "--target", "all", "--transport", "local", "--param", "x=1"), 3, "x"),
    (("--task", "t", "--target", "all", "--transport", "local", "--rings", "5,10"), 3, "rings are shares"),
    (("--task", "t", "--target", "all", "--transport", "local", "--soak", "5m"), 2, "there is one wave"),
    (("--task", "t", "--target", "all", "--transport", "local", "--health", "nope = 1"), 3, "nope"),
    (("--task", "t", "--target", "all", "--transport", "local", "--port", "0"), 3, "not a port"),
])  # fmt: skip
def test_what_is_no_policy(run: Run, ok: Run, options: tuple[str, ...], code: int, said: str) -> None:
    ok("task", "add", "t", "--command", "true")
    ok("job", "add", "j", "--step", "t")
    found = run("policy", "add", "p", *options)
    assert (found.code, said in found.err) == (code, True), found.err
    assert ok("policy", "list", "-o", "json").json == []


def test_what_a_policy_uses_is_not_removed(policy: Policy, ok: Run, run: Run) -> None:
    ok("filter", "add", "f", "--where", "name = 'web1'")
    policy("--daily", "12:00")
    ok("policy", "set", "p", "--target", "f & all")
    for noun, name in (("task", "mark"), ("schedule", "s"), ("filter", "f")):
        found = run(noun, "remove", name, "--yes", "--confirm", name)
        assert (found.code, "policy `p`" in found.err) == (6, True), found.err
    assert ok("schedule", "show", "s").json["used_by"] == ["policy `p`"]
    assert "unchanged" in ok("policy", "add", "p", "--task", "mark", "--target", "f & all").err
    ok("policy", "run", "p")
    ok("policy", "remove", "p", "--yes")
    ok("schedule", "remove", "s", "--yes")
    assert ok("run", "show", "R-1").json["state"] == "waiting"


def test_explain_names_the_pending_step(policy: Policy, ok: Run, tick: Tick, run: Run, clock: FrozenClock) -> None:
    def pending() -> str:
        return ok("policy", "explain", "p", "-o", "json").err.strip()

    policy("--daily", "12:00", more=("--disabled",))
    assert pending().startswith("pending: enabled")
    ok("policy", "enable", "p")
    assert pending() == "pending: trigger: schedule s is due at 2026-01-05 12:00 UTC"
    clock.moment = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
    ok("filter", "add", "f", "--where", "tags.a = 'b'")
    ok("policy", "set", "p", "--target", "f")
    assert pending() == "pending: target: `f` holds no computer"
    ok("computer", "set", "web1", "--tag", "a=b")
    ok("window", "add", "w", "--type", "maintenance", "--daily", "23:00", "--duration", "1h", "--target", "all")
    assert "closed on 1 of 1" in pending()
    ok("window", "remove", "w", "--yes")
    assert pending().startswith("nothing is pending")
    assert tick().states == ["started"]
    assert run("policy", "run", "p", "--dry-run").code == 0
    assert tick().states == []
