"""kill -9 at every checkpoint of a job's run: each step once on each computer, the same end as without a death (F1)."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.tasks.checkpoints import Checkpoint
from tests.conftest import Run
from tests.invariants import assert_invariants

NAMES = ("web1", "web2")
JOB = (
    "steps: [{task: a, once: true}, {task: b, on_error: continue}, {task: c, when: b.failed}, {task: d, role: always}]"
)
ONCE = {"after_plan", "after_claim"}  # they are passed once only
DEATHS = [(name, nth) for name in get_args(Checkpoint) for nth in (1, 2) if nth == 1 or name not in ONCE]


def _job(ok: Run, local: Callable[..., None], effects: Path) -> None:
    local(*NAMES)
    for name, status in (("a", 0), ("b", 3), ("c", 0), ("d", 0)):
        body = f"echo {name} $ITMS_WHO >> {effects}; echo {name}; exit {status}"
        ok("task", "add", name, "--command", body, "--parameter", "who={{ computer.name }}")
    ok("job", "add", "j", "--file", "-", stdin=JOB)


def _settle(run: Run) -> None:
    """Reconcile until nothing runs any more, then go on."""
    deadline = time.monotonic() + 60
    while True:
        last = run("run", "reconcile", "R-1").lines[-1]
        if not last["unknown"] or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    run("run", "resume", "R-1")


def _end(ok: Run) -> Any:
    shown = ok("run", "show", "R-1", "-o", "json").json
    steps = [[(s["step"], s["state"], s["exit_status"]) for s in r["steps"]] for r in shown["results"]]
    return shown["state"], [(r["computer"], r["state"], r["exit_status"]) for r in shown["results"]], steps


@pytest.mark.parametrize(("checkpoint", "nth"), DEATHS)
def test_a_job_survives_the_death_of_its_runner(
    db: str, environment: dict[str, str], run: Run, ok: Run, store: Store, local: Callable[..., None], tmp_path: Path,
    checkpoint: str, nth: int,
) -> None:  # fmt: skip
    effects = tmp_path / "effects"
    _job(ok, local, effects)
    argv = ("job", "run", "j", "--all", "--transport", "local", "--concurrency", "1")
    done = subprocess.run(
        [sys.executable, "-m", "tests.tasks.driver", checkpoint, str(nth), "--db", db, *argv],
        env=environment, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == -9, done.stderr
    _settle(run)
    assert sorted(effects.read_text().splitlines()) == sorted(f"{s} {n}" for s in "abcd" for n in NAMES)
    state, results, steps = _end(ok)
    assert (state, results) == ("ended", [(name, "succeeded", 0) for name in NAMES])
    assert steps == [[("a", "succeeded", 0), ("b", "failed", 3), ("c", "succeeded", 0), ("d", "succeeded", 0)]] * 2
    logs = [[s["stdout"] for s in line["steps"]] for line in ok("run", "logs", "R-1", "-o", "ndjson").lines]
    assert logs == [["a\n", "b\n", "c\n", "d\n"]] * 2
    assert_invariants(store)
