"""A computer loses its power in the middle of a step: the next tick knows, and the policy goes on (must-show 6)."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.tasks.rows import members
from tests.conftest import Run
from tests.invariants import assert_invariants
from tests.servers.machine import Machine, machine
from tests.tasks.halting import until

__all__ = ["machine"]

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def slow_policy(ok: Run, machine: Machine, tmp_path: Path) -> Path:
    """Return a policy on a machine of its own whose task does not end by itself; return the file that says it has
    begun.
    """
    begun, user = tmp_path / "begun", pwd.getpwuid(os.geteuid()).pw_name
    machine.start(alone=True)
    ok("computer", "add", "m1", "--address", machine.host, "--port", str(machine.port), "--user", user)
    ok("task", "add", "t", "--command", f"echo x >> {begun}; sleep 299")
    ok("schedule", "add", "s", "--daily", "02:00")
    ok("policy", "add", "p", "--task", "t", "--target", "all", "--schedule", "s", "--key", str(machine.key),
       "--accept-new")  # fmt: skip
    return begun


def _result(ok: Run, run: str) -> tuple[Any, ...]:
    (result,) = ok("run", "show", run, "-o", "json").json["results"]
    return result["state"], result["reason"], result["exit_status"]


class Ticking:
    """Commands in processes of their own, under the real clock."""

    def __init__(self, db: str, environment: dict[str, str]) -> None:
        self.argv, self.environment = [sys.executable, "-m", "itmsctl", "--db", db], environment

    def run(self, *argv: str) -> tuple[int, str]:
        done = subprocess.run([*self.argv, *argv], env=self.environment, capture_output=True, text=True, timeout=180)
        return done.returncode, done.stderr

    def dies(self, begun: Path, then: Callable[[], object] = lambda: None, *, killed: bool) -> None:
        """Tick until the command has begun; then the tick is killed, or ends by itself after something happens."""
        process = subprocess.Popen(
            [*self.argv, "schedule", "tick"], env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            until(begun.exists)
            if killed:
                process.kill()
            then()
            process.wait(120)
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def real(db: str, environment: dict[str, str]) -> Ticking:
    """Commands under the real clock."""
    return Ticking(db, environment)


@pytest.mark.parametrize("killed", [False, True])
def test_a_power_failure_in_the_middle_of_a_step(
    real: Ticking, slow_policy: Path, machine: Machine, ok: Run, store: Store, *, killed: bool
) -> None:
    assert real.run("policy", "run", "p")[0] == 0
    real.dies(slow_policy, machine.lose_power, killed=killed)

    def settled() -> bool:
        real.run("schedule", "tick")
        return _result(ok, "R-1")[0] not in {"unknown", "claimed"}

    until(settled)
    assert _result(ok, "R-1") == ("failed", "COMPUTER-RESTARTED", None)
    ok("task", "set", "t", "--command", f"echo x >> {slow_policy}")
    assert real.run("policy", "run", "p")[0] == 0
    assert real.run("schedule", "tick")[0] == 0
    assert _result(ok, "R-2")[0] == "succeeded"
    assert slow_policy.read_text() == "x\nx\n"
    assert_invariants(store)


def test_a_computer_that_never_comes_back_does_not_starve_its_policy(
    real: Ticking, slow_policy: Path, machine: Machine, ok: Run, store: Store
) -> None:
    assert real.run("policy", "run", "p")[0] == 0
    real.dies(slow_policy, killed=True)
    machine.stop()
    assert real.run("schedule", "tick")[0] == 10
    code, said = real.run("policy", "run", "p")
    assert (code, "1 still wait in R-1" in said) == (5, True)  # it may still run there
    past = sa.update(members).where(members.c.state == "unknown").values(not_before=LONG_AGO)
    store.write(lambda unit: unit.connection.execute(past))
    assert real.run("policy", "run", "p")[0] == 0  # longer than its time limit: nothing of it runs any more
    assert ok("run", "reconcile", "R-1", "--as", "failed").code == 0
    assert _result(ok, "R-1")[:2] == ("failed", "DECIDED")
