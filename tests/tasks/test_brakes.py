"""Brakes on a job that somebody else drives: no further normal step begins, and what is always run is not forgotten."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import Run
from tests.invariants import assert_invariants
from tests.tasks.halting import NAMES, Halting


@pytest.fixture
def halting(
    db: str, environment: dict[str, str], ok: Run, local: Callable[..., None], tmp_path: Path
) -> Iterator[Halting]:
    """Return the job, its driver not started yet."""
    local(*NAMES)
    made = Halting(db, environment, tmp_path)
    made.prepare(ok)
    yield made
    (tmp_path / "go").touch()
    made.kill()


def _counts(halting: Halting) -> tuple[int, int, int]:
    return halting.did("s"), halting.did("n"), halting.did("f")


def _states(ok: Run) -> set[tuple[Any, ...]]:
    results = ok("run", "show", "R-1", "-o", "json").json["results"]
    return {(r["state"], r["reason"], tuple(s["state"] for s in r["steps"])) for r in results}


CUT = {("cancelled", "CUT-SHORT", ("succeeded", "skipped", "succeeded"))}
WAITS = {("queued", "STOPPED", ("succeeded", "waiting", "waiting"))}
DONE = {("succeeded", "", ("succeeded", "succeeded", "succeeded"))}


def test_cancel_reaches_a_job_that_another_process_drives(halting: Halting, ok: Run, store: Store) -> None:
    halting.start()
    said = ok("run", "cancel", "R-1").err
    assert "2 are being worked on: the step they are in goes on, no further one begins" in said
    halting.go()
    code, told = halting.end()
    assert (code, _counts(halting)) == (9, (2, 0, 2))
    assert "stopped after step `s`; `f` was run: always" in told
    assert _states(ok) == CUT
    assert ok("run", "show", "R-1", "-o", "json").json["state"] == "ended"
    assert_invariants(store)


def test_the_stop_switch_holds_everything_and_what_is_owed_is_run_when_it_is_lifted(
    halting: Halting, ok: Run, run: Run, store: Store
) -> None:
    halting.start()
    ok("run", "stop-all")
    halting.go()
    code, told = halting.end()
    assert (code, _counts(halting)) == (9, (2, 0, 0))
    assert "2 of 2 stand between two steps (stopped after step `s`, before `n`; `f` still owed: always run)" in told
    assert "not started" not in told
    assert run("run", "resume", "R-1").code == 9
    cancelling = ok("run", "cancel", "R-1", "--dry-run")
    assert "2 owe steps that are always run: the STOP switch or file is on" in cancelling.err
    lifted = run("run", "stop-all", "--lift")
    assert (lifted.code, _counts(halting)) == (0, (2, 0, 2))
    assert "2 computers owe steps that are always run: they are run now" in lifted.err
    assert _states(ok) == WAITS
    assert run("run", "stop-all", "--lift").code == 0
    assert _counts(halting) == (2, 0, 2)
    assert run("run", "resume", "R-1").code == 0
    assert (_counts(halting), _states(ok)) == ((2, 2, 4), DONE)
    assert_invariants(store)


def test_the_first_signal_runs_what_is_owed_and_says_where_computers_stand(
    halting: Halting, ok: Run, run: Run, store: Store
) -> None:
    halting.start()
    halting.signal(signal.SIGINT)
    halting.go()
    code, told = halting.end()
    assert (code, _counts(halting)) == (130, (2, 0, 2))
    assert "2 of 2 stand between two steps (stopped after step `s`, before `n`; `f` was run: always)" in told
    assert "itmsctl run resume R-1 goes on with them" in told
    assert "not started" not in told
    assert _states(ok) == WAITS
    assert run("run", "resume", "R-1").code == 0
    assert (_counts(halting), _states(ok)) == ((2, 2, 4), DONE)
    assert_invariants(store)


def test_what_was_run_at_the_signal_is_not_owed_when_the_run_is_cancelled(halting: Halting, ok: Run) -> None:
    halting.start()
    halting.signal(signal.SIGTERM)
    halting.go()
    assert halting.end()[0] == 143
    assert "2 computers cancelled" in ok("run", "cancel", "R-1").err
    assert _counts(halting) == (2, 0, 2)
    assert _states(ok) == {("cancelled", "CUT-SHORT", ("succeeded", "skipped", "skipped"))}
    assert ok("run", "show", "R-1", "-o", "json").json["state"] == "ended"


def test_a_cancelled_run_whose_driver_died_is_wound_up_by_whoever_comes(
    halting: Halting, ok: Run, run: Run, store: Store
) -> None:
    halting.start()
    halting.kill()
    dead = ok("run", "cancel", "R-1")
    assert "2 have an unknown outcome: itmsctl run reconcile R-1" in dead.err
    halting.go()
    while run("run", "reconcile", "R-1").lines[-1]["unknown"]:
        pass
    assert _counts(halting) == (2, 0, 0)
    again = ok("run", "cancel", "R-1")
    assert "2 owe steps that are always run: they are run now" in again.err
    assert (_counts(halting), _states(ok)) == ((2, 0, 2), CUT)
    assert_invariants(store)


def test_a_cancelled_computer_can_be_tried_again(halting: Halting, ok: Run, run: Run) -> None:
    halting.start()
    ok("run", "cancel", "R-1")
    halting.go()
    halting.end()
    assert run("run", "retry", "R-1", "--cancelled").code == 0
    assert (_counts(halting), _states(ok)) == ((2, 2, 4), DONE)
