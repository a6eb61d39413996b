"""`run kill` and `run reconcile --as`: what runs is stopped, whoever drives it, and what a person knows is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from itmsctl.cmdb.store import Store
from tests.conftest import Run
from tests.invariants import assert_invariants
from tests.tasks.halting import NAMES, Halting, until


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


def _shown(ok: Run) -> dict[str, tuple[str, str, tuple[str, ...]]]:
    results = ok("run", "show", "R-1", "-o", "json").json["results"]
    return {r["computer"]: (r["state"], r["reason"], tuple(s["state"] for s in r["steps"])) for r in results}


KILLED = ("cancelled", "KILLED", ("cancelled", "skipped", "succeeded"))


def test_one_computer_of_a_run_that_another_process_drives(halting: Halting, ok: Run, run: Run, store: Store) -> None:
    halting.start()
    planned = run("run", "kill", "R-1", "web1", "--dry-run")
    assert "1 computer would be contacted, 0 cancelled" in planned.err
    assert _shown(ok)["web1"][0] == "claimed"
    killed = run("run", "kill", "R-1", "web1")
    assert killed.code == 0, killed.err
    assert _shown(ok)["web1"] == KILLED
    assert _shown(ok)["web2"][0] == "claimed"
    halting.go()
    assert halting.end()[0] == 9
    assert _shown(ok)["web2"] == ("succeeded", "", ("succeeded",) * 3)
    assert (halting.did("n"), halting.did("f")) == (1, 2)
    assert_invariants(store)


def test_a_run_whose_driver_died(halting: Halting, ok: Run, run: Run, store: Store) -> None:
    halting.start()
    halting.kill()
    killed = run("run", "kill", "R-1")
    assert (killed.code, set(_shown(ok).values())) == (0, {KILLED}), killed.err
    assert (halting.did("n"), halting.did("f")) == (0, 2)
    assert ok("run", "show", "R-1", "-o", "json").json["state"] == "ended"
    assert run("run", "kill", "R-1").code == 0
    assert_invariants(store)


def test_kill_said_twice_stops_what_is_always_run(halting: Halting, ok: Run, run: Run, tmp_path: Path) -> None:
    ok("task", "set", "clean", "--command", f"echo f >> {halting.effects}; sleep 299")
    halting.start()
    run("run", "kill", "R-1")
    until(lambda: halting.did("f") == len(NAMES))
    assert _shown(ok)["web1"][0] == "claimed"
    assert run("run", "kill", "R-1").code == 0
    assert set(_shown(ok).values()) == {("cancelled", "KILLED", ("cancelled", "skipped", "cancelled"))}
    assert halting.end()[0] == 9


def test_what_nobody_began_is_cancelled_and_nobody_is_contacted(
    db: str, ok: Run, run: Run, local: Callable[..., None]
) -> None:
    local("web1")
    ok("task", "run", "--command", "true", "--all", "--transport", "local", "--no-wait")
    assert "1 computer cancelled" in ok("run", "kill", "R-1").err
    assert run("run", "kill", "R-1", "web9").code == 5
    assert ok("run", "show", "R-1", "-o", "json").json["state"] == "ended"


@pytest.mark.parametrize(
    ("word", "steps", "left"),
    [
        ("failed", ("failed", "skipped", "waiting"), "f"),
        ("succeeded", ("succeeded", "waiting", "waiting"), "nf"),
    ],
)
def test_a_persons_word_for_one_computer_and_the_truth_for_the_other(
    halting: Halting, ok: Run, run: Run, store: Store, word: str, steps: tuple[str, ...], left: str
) -> None:
    halting.start()
    assert run("run", "reconcile", "R-1", "--as", word).code == 15  # a driver lives
    halting.kill()
    said = run("run", "reconcile", "R-1", "--as", word, "web2", "--reason", "scrapped")
    assert said.code == 0, said.err
    assert f"1 computer is {word} by your word; 1 are still unknown" in said.err
    assert _shown(ok)["web2"][2] == steps
    again = ok("run", "reconcile", "R-1", "--as", "failed", "web2")
    assert "web2 is queued: left alone" in again.err
    changes = ok("audit", "list", "-o", "json", "--limit", "3").json
    assert any(change["reason"] == "scrapped" for change in changes)
    (halting.folder / "go").touch()
    until(lambda: run("run", "reconcile", "R-1").lines[-1]["unknown"] == 0)
    run("run", "resume", "R-1")
    shown = _shown(ok)
    assert (shown["web1"][0], shown["web2"][0]) == ("succeeded", word)
    assert halting.did("f") == 2
    assert halting.did("n") == 1 + left.count("n")
    assert_invariants(store)


@pytest.mark.parametrize("argv", [("--as", "failed"), ("R-1", "--as", "unknown"), ("R-1", "--as", "")])
def test_a_decision_names_its_run_and_a_state(run: Run, argv: tuple[str, ...]) -> None:
    refused = run("run", "reconcile", *argv)
    assert (refused.code, "itmsctl run reconcile R-12 --as failed" in refused.err) == (2, True)


def test_a_computer_that_was_removed_is_not_unknown_for_ever(halting: Halting, ok: Run, run: Run) -> None:
    halting.start()
    halting.kill()
    ok("computer", "remove", "web2", "--yes")
    (halting.folder / "go").touch()
    until(lambda: run("run", "reconcile", "R-1").lines[-1]["unknown"] == 0)
    shown = ok("run", "show", "R-1", "-o", "json").json["results"]
    assert {(r["computer"], r["state"], r["reason"]) for r in shown if r["computer"] == "web2"} == {
        ("web2", "failed", "NOT-FOUND")
    }
    assert halting.did("f") == 0


@pytest.mark.parametrize("taken", [("remove", "web2", "--yes"), ("merge", "web1", "web2", "--yes")])
def test_what_runs_on_a_computer_that_was_removed_is_not_called_killed(
    halting: Halting, ok: Run, run: Run, taken: tuple[str, ...]
) -> None:
    halting.start()
    halting.kill()
    ok("computer", *taken)
    killed = run("run", "kill", "R-1")
    assert (killed.code, _shown(ok)["web2"][:2]) == (10, ("failed", "NOT-FOUND")), killed.err
    assert "web2 was removed from the CMDB: what runs there was not stopped" in killed.err
    assert _shown(ok)["web1"] == KILLED


def test_a_driver_stops_what_runs_on_a_computer_that_was_removed(halting: Halting, ok: Run, run: Run) -> None:
    halting.start()
    ok("computer", "remove", "web2", "--yes")
    killed = run("run", "kill", "R-1")
    assert (killed.code, "was removed" in killed.err, set(_shown(ok).values())) == (0, False, {KILLED}), killed.err


@pytest.mark.parametrize("ticks", [True, False])
def test_only_ticks_that_drive_the_run_are_promised(halting: Halting, ok: Run, run: Run, ticks: bool) -> None:
    if ticks:
        ok("job", "run", "j", "--all", "--transport", "local", "--no-wait")
        halting.start("schedule", "tick")
    else:
        halting.start()
    halting.kill()
    ok("window", "add", "b", "--type", "blockout", "--every", "1d", "--duration", "1d", "--target", "all")
    killed = run("run", "kill", "R-1")
    assert (killed.code, "2 did not settle" in killed.err) == (10, True), killed.err
    assert ("the next tick or itmsctl run reconcile R-1" in killed.err) == ticks
