"""kill -9 at every checkpoint of a run, then `run reconcile`: one side effect, the true exit status (F1)."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.tasks.checkpoints import Checkpoint
from tests.conftest import Result, Run
from tests.invariants import assert_invariants

NAMES = ("web1", "web2", "web3")


def _die(db: str, environment: dict[str, str], checkpoint: str, nth: int, *argv: str) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "tests.tasks.driver", checkpoint, str(nth), "--db", db, *argv],
        env=environment, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return done.returncode


def _reconcile(run: Run) -> Result:
    """Reconcile until nothing runs any more."""
    deadline = time.monotonic() + 20
    while True:
        result = run("run", "reconcile", "R-1")
        if result.lines[-1]["unknown"] == 0 or time.monotonic() > deadline:
            return result
        time.sleep(0.2)


ONCE = {"after_plan", "after_claim"}
DEATHS = [(name, nth) for name in get_args(Checkpoint) for nth in (1, 2) if nth == 1 or name not in ONCE]


@pytest.mark.parametrize(("checkpoint", "nth"), DEATHS)
def test_death_at_a_checkpoint(
    db: str,
    environment: dict[str, str],
    run: Run,
    ok: Run,
    store: Store,
    local: Callable[..., None],
    tmp_path: Path,
    checkpoint: str,
    nth: int,
) -> None:
    local(*NAMES)
    effects = tmp_path / "effects"
    command = f"echo $$ >> {effects}; echo said; exit 4"
    argv = ("task", "run", "--command", command, "--all", "--transport", "local", "--concurrency", "1")
    assert _die(db, environment, checkpoint, nth, *argv) == -9
    _reconcile(run)
    done = run("run", "retry", "R-1")
    assert done.code == 8, done.err
    shown = ok("run", "show", "R-1").json
    assert (shown["state"], shown["failed"], shown["unknown"], shown["deferred"]) == ("ended", 3, 0, 0)
    assert {r["exit_status"] for r in shown["results"]} == {4}
    assert len(effects.read_text().splitlines()) == len(NAMES)
    assert [line["stdout"] for line in ok("run", "logs", "R-1", "-o", "ndjson").lines] == ["said\n"] * 3
    assert len(ok("run", "list", "-o", "json").json) == 1
    assert_invariants(store)


def test_a_run_that_lives_is_not_taken_over(
    db: str, environment: dict[str, str], run: Run, local: Callable[..., None], tmp_path: Path
) -> None:
    local("web1")
    argv = ("task", "run", "--command", f"touch {tmp_path}/begun; sleep 3", "--all", "--transport", "local")
    process = subprocess.Popen(
        [sys.executable, "-m", "itmsctl", "--db", db, *argv], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        _wait_for(tmp_path / "begun")
        for verb in (("reconcile", "R-1"), ("retry", "R-1")):
            result = run("run", *verb)
            assert (result.code, "is being run by process" in result.err) == (15, True)
        assert "R-1 is still being run" in run("run", "reconcile").err
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not path.exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
