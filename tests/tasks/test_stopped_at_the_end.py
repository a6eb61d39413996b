"""What the server always does after all computers is done too when the run is stopped, once none is at work."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import Run
from tests.invariants import assert_invariants
from tests.tasks.halting import NAMES, Halting, until

JOB = """steps:
- {task: slow, name: s}
- {task: clean, name: f, role: always}
- {task: tell, name: t}
- {task: mail, name: m, role: always}
"""


@pytest.fixture
def halting(
    db: str, environment: dict[str, str], ok: Run, local: Callable[..., None], tmp_path: Path
) -> Iterator[Halting]:
    """Return the job, its driver not started yet; at its end the server does `t`, and always `m`."""
    local(*NAMES)
    made = Halting(db, environment, tmp_path)
    made.prepare(ok)
    for name, letter in (("tell", "t"), ("mail", "m")):
        ok("task", "add", name, "--kind", "server-command", "--arg", f"command=echo {letter} >> {made.effects}")
    ok("job", "add", "k", "--file", "-", stdin=JOB)
    yield made
    (tmp_path / "go").touch()
    made.kill()


def _shown(ok: Run) -> dict[str, tuple[str, str]]:
    return {r["computer"]: (r["state"], r["reason"]) for r in ok("run", "show", "R-1", "-o", "json").json["results"]}


def _start(halting: Halting, *more: str) -> None:
    halting.start("job", "run", "k", "--all", "--transport", "local", *more)


DID = {"s": 2, "f": 2, "t": 0, "m": 1}


def _did(halting: Halting) -> dict[str, int]:
    return {letter: halting.did(letter) for letter in DID}


@pytest.mark.parametrize("verb", ["cancel", "kill"])
def test_by_the_driver_that_lives(halting: Halting, ok: Run, run: Run, store: Store, verb: str) -> None:
    _start(halting)
    stopped = run("run", verb, "R-1")
    assert stopped.code == 0, stopped.err
    halting.go()
    code, told = halting.end()
    assert (code, _did(halting)) == (9, DID), told
    own = ("succeeded", "") if verb == "cancel" else ("cancelled", "KILLED")  # cancelled: nothing of it was left out
    assert _shown(ok) == {"web1": own, "web2": own, "server": ("cancelled", "CUT-SHORT")}
    assert ok("run", "show", "R-1", "-o", "json").json["state"] == "ended"
    assert_invariants(store)


def test_by_whoever_kills_where_the_driver_died(halting: Halting, ok: Run, run: Run, store: Store) -> None:
    _start(halting)
    halting.kill()
    killed = run("run", "kill", "R-1")
    assert (killed.code, _did(halting)) == (0, DID), killed.err
    assert ok("run", "show", "R-1", "-o", "json").json["state"] == "ended"
    assert_invariants(store)


def test_by_whoever_cancels_once_it_is_known_what_became_of_the_computers(
    halting: Halting, ok: Run, run: Run, store: Store
) -> None:
    _start(halting)
    halting.kill()
    ok("run", "cancel", "R-1")
    assert halting.did("m") == 0
    halting.go()
    until(lambda: run("run", "reconcile", "R-1").lines[-1]["unknown"] == 0)
    assert halting.did("m") == 0
    again = ok("run", "cancel", "R-1")
    assert "2 owe steps that are always run: they are run now" in again.err
    assert _did(halting) == DID
    assert ok("run", "show", "R-1", "-o", "json").json["state"] == "ended"
    assert_invariants(store)


def test_later_waves_do_not_keep_it(halting: Halting, ok: Run, store: Store, db: str) -> None:
    halting.process = subprocess.Popen(
        [sys.executable, "-m", "itmsctl", "--db", db, "job", "run", "k", "--all", "--transport", "local",
         "--batch", "1", "--soak", "30m"],
        env=halting.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until(lambda: halting.did("s") == 1)
    ok("run", "cancel", "R-1")
    halting.go()
    code, told = halting.end()
    assert (code, _did(halting)) == (9, {"s": 1, "f": 1, "t": 0, "m": 1}), told
    assert ok("run", "show", "R-1", "-o", "json").json["state"] == "ended"
    assert_invariants(store)


def test_where_nothing_was_begun_nothing_is_owed(halting: Halting, ok: Run) -> None:
    ok("job", "run", "k", "--all", "--transport", "local", "--no-wait")
    assert "3 computers cancelled" in ok("run", "cancel", "R-1").err
    assert set(_shown(ok).values()) == {("cancelled", "CANCELLED")}
    assert not halting.effects.exists()
    shown: dict[str, Any] = ok("run", "show", "R-1", "-o", "json").json
    assert shown["state"] == "ended"
