"""How the computers of a run are counted while a process works on them, and once that is gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Run
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


def _counts(ok: Run) -> tuple[int, int, int]:
    shown = ok("run", "show", "R-1", "-o", "json").json
    listed = ok("run", "list", "-o", "json").json[0]
    found = [(one["computers"], one["running"], one["unknown"]) for one in (shown, listed)]
    assert found[0] == found[1]
    return found[0]


def test_what_is_worked_on_is_running_and_unknown_once_nobody_does(halting: Halting, ok: Run, run: Run) -> None:
    halting.start()
    assert _counts(ok) == (2, 2, 0)
    assert "RUNNING" in ok("run", "list", "-o", "table").out
    waited = run("run", "wait", "R-1", "--timeout", "0s")
    assert (waited.code, "R-1: running, 2 running" in waited.err) == (124, True), waited.err
    halting.kill()
    assert _counts(ok) == (2, 0, 2)
    halting.go()


def test_they_are_picked_by_the_same_words(halting: Halting, ok: Run, run: Run) -> None:
    picks = ("task", "run", "--command", "true", "--transport", "local", "--dry-run", "-o", "json", "--target")
    halting.start()
    assert {r["computer"] for r in ok(*picks, "@run:R-1:running").json if "computer" in r} == set(NAMES)
    assert run(*picks, "@run:R-1:unknown").code == 5
    halting.kill()
    assert {r["computer"] for r in ok(*picks, "@run:R-1:unknown").json if "computer" in r} == set(NAMES)
    assert run(*picks, "@run:R-1:running").code == 5
