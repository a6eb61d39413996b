"""Ticks side by side, and ticks that die: each occurrence once, each computer once, nothing lost (F1, F20)."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.policies.checkpoints import Checkpoint as OfTicks
from itmsctl.policies.service import lease
from itmsctl.tasks.checkpoints import Checkpoint as OfRuns
from tests.conftest import FrozenClock, Run
from tests.invariants import assert_invariants
from tests.policies.conftest import Ticked
from tests.transports.contract import eventually

ROOT = Path(__file__).parents[2]
NAMES = ("web1", "web2", "web3")
Tick = Callable[..., Ticked]


def _add(ok: Run, policy: str, *when: str, command: str) -> None:
    ok("task", "add", policy, "--command", command)
    ok("schedule", "add", policy, *when)
    ok("policy", "add", policy, "--task", policy, "--target", "all", "--schedule", policy, "--transport", "local")


def _start(db: str, environment: dict[str, str], *module: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *module, "--db", db, "schedule", "tick", "--max-runtime", "30s"],
        env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _settle(tick: Callable[..., object], ok: Run, clock: FrozenClock) -> None:
    """Tick until no run is open any more."""
    for _ in range(20):
        clock.moment = max(clock.moment, datetime.now(UTC))
        clock.forward(seconds=11)
        tick()
        runs = ok("run", "list", "-o", "json").json
        if runs and all(run["state"] == "ended" for run in runs):
            return
    raise AssertionError(ok("run", "list", "-o", "table").out)


def test_eight_ticks_at_once(
    db: str, environment: dict[str, str], ok: Run, run: Run, local: Callable[..., None], clock: FrozenClock,
    tmp_path: Path, store: Store,
) -> None:  # fmt: skip
    local(*NAMES, "web4")
    for name, when in (("a", ("--at", "2026-01-05T10:00")), ("b", ("--asap",)), ("c", ("--at", "2026-01-05T11:00"))):
        _add(ok, name, *when, command=f"echo {name} >> {tmp_path}/effects")
    ticks = [_start(db, environment, "itmsctl") for _ in range(8)]
    said = [process.communicate(timeout=120) for process in ticks]
    assert [process.returncode for process in ticks] == [0] * 8, said
    for out, err in said:
        assert "summary" in out or "tick skipped, held by process" in err, (out, err)
    _settle(lambda: run("schedule", "tick"), ok, clock)
    assert Counter((tmp_path / "effects").read_text().split()) == {"a": 4, "b": 4, "c": 4}
    assert len(ok("run", "list", "-o", "json").json) == 3
    for name in "abc":
        assert [o["state"] for o in ok("policy", "show", name).json["occurrences"]] == ["started"]
    assert_invariants(store)


DEATHS = [*get_args(OfTicks), *get_args(OfRuns)]


@pytest.mark.parametrize("checkpoint", DEATHS)
def test_a_tick_that_dies(
    db: str, environment: dict[str, str], ok: Run, run: Run, local: Callable[..., None], clock: FrozenClock,
    tmp_path: Path, store: Store, checkpoint: str,
) -> None:  # fmt: skip
    local(*NAMES)
    ok("filter", "add", "all of them", "--where", "name like 'web%'")
    ok("computer", "add", "other")
    _add(ok, "a", "--at", "2026-01-05T10:00", command=f"echo a >> {tmp_path}/effects; echo said")
    ok("policy", "set", "a", "--target", "'all of them'")
    process = _start(db, environment, "tests.policies.driver", checkpoint, "1")
    process.communicate(timeout=60)
    assert process.returncode == -9
    _settle(lambda: run("schedule", "tick"), ok, clock)
    assert (tmp_path / "effects").read_text().split() == ["a"] * 3
    (one,) = ok("run", "list", "-o", "json").json
    assert (one["state"], one["ok"], one["unknown"], one["deferred"]) == ("ended", 3, 0, 0)
    assert [line["stdout"] for line in ok("run", "logs", "R-1", "-o", "ndjson").lines] == ["said\n"] * 3
    assert [o["state"] for o in ok("policy", "show", "a").json["occurrences"]] == ["started"]
    assert ok("membership", "update", "--complete", "--check").code == 0
    assert_invariants(store)


def test_the_lease(store: Store, run: Run, clock: FrozenClock) -> None:
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        from itmsctl.tasks.service.processes import start_of, this_process

        me = this_process()
        token = store.write(lease.take)
        assert isinstance(token, int)
        assert isinstance(store.write(lease.take), lease.LeaseHeld)
        assert run("schedule", "tick").code == 0
        found = run("schedule", "tick", "--fail-if-locked")
        assert (found.code, "TICK-BUSY" in found.err) == (15, True)
        _own(store, f"{me.host}/{me.boot}/{sleeper.pid}/{start_of(sleeper.pid)}")
        held = store.write(lease.take)
        assert isinstance(held, lease.LeaseHeld)
        assert held.pid == sleeper.pid
        clock.forward(seconds=61)  # it hangs: another takes over, and it can decide nothing any more
        assert store.write(lease.take) == token + 1
        with pytest.raises(Exception, match="taken over"):
            store.write(lambda unit: lease.check(unit, token))
        store.write(lambda unit: lease.release(unit, token))
        store.write(lambda unit: lease.check(unit, token + 1))
        _own(store, f"{me.host}/{me.boot}/{sleeper.pid}/1")  # another process of that number
        assert store.write(lease.take) == token + 2
        clock.forward(days=-1)  # taken by a clock that was ahead
        assert store.write(lease.take) == token + 3
        _own(store, f"{me.host}/{me.boot}/{sleeper.pid}/1")  # restored meanwhile: the token is another tick's
        with pytest.raises(Exception, match="taken over"):
            store.write(lambda unit: lease.check(unit, token + 3))
    finally:
        sleeper.kill()
        sleeper.wait()


def _own(store: Store, owner: str) -> None:
    import sqlalchemy as sa

    leases = sa.table("lease", sa.column("owner"))
    store.write(lambda unit: unit.connection.execute(sa.update(leases).values(owner=owner)))


def test_a_long_run_lets_others_have_their_turn(
    ok: Run, run: Run, local: Callable[..., None], clock: FrozenClock, tmp_path: Path
) -> None:
    """After its time a tick starts nothing more; what is left is the next one's, and what ran was waited for."""
    local(*NAMES)
    begun, go = tmp_path / "begun", tmp_path / "go"
    wait = f"touch {begun}; while [ ! -e {go} ]; do sleep 0.05; done; echo a >> {tmp_path}/effects"
    _add(ok, "a", "--at", "2026-01-05T10:00", command=wait)
    clock.forward(hours=1)

    def end_the_time() -> None:  # while the first one runs, however long it took to come there
        eventually(begun.exists, limit_s=120)
        clock.forward(seconds=51)
        go.touch()

    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(end_the_time)
        found = run("schedule", "tick", "--max-runtime", "50s", env={"ITMSCTL_CONCURRENCY": "1"})
        ended.result()
    assert found.code == 0, found.err
    (line,) = [line for line in found.lines if line["type"] == "run"]
    assert (line["state"], line["ok"], line["deferred"], line["unknown"]) == ("waiting", 1, 2, 0)
    assert ok("schedule", "tick").lines[-1]["ok"] == 2
    assert (tmp_path / "effects").read_text().split() == ["a"] * 3


def test_runs_that_are_a_persons_are_left_alone(
    ok: Run, run: Run, local: Callable[..., None], clock: FrozenClock, tmp_path: Path, store: Store
) -> None:
    import sqlalchemy as sa

    from itmsctl.tasks.rows import runs

    local(*NAMES)
    ok("task", "run", "--command", f"echo x >> {tmp_path}/effects", "--all", "--transport", "local", "--no-wait")
    for state, background in (("interrupted", False), ("halted", True)):
        kept = {"background": True} if background else {}
        change = sa.update(runs).values(state=state, options=kept)
        store.write(lambda unit, change=change: unit.connection.execute(change))
        assert ok("schedule", "tick").lines[-1]["runs"] == 0
    assert not (tmp_path / "effects").exists()
    store.write(lambda unit: unit.connection.execute(sa.update(runs).values(state="waiting")))
    assert ok("schedule", "tick").lines[-1]["ok"] == 3
