"""A later room's kind of task reads computers; what it reads is stored with the result, or with none at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from itmsctl.tasks import catalogue
from itmsctl.tasks.assignment import Assignment, Ending, StepEnding
from itmsctl.tasks.service import interviews
from itmsctl.tasks.states import State
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.outcome import CommandOutcome, RemoteState
from itmsctl.values.kind import House, Room, house
from tests.conftest import Run
from tests.tasks import later_room

HOOKS = {
    "task_kind:ask-name": "tests.tasks.later_room:ACTION",
    "interviewer:ask-name": "tests.tasks.later_room:ASKER",
    "task_kind:do-once": "tests.tasks.later_room:DO",
    "interviewer:do-once": "tests.tasks.later_room:DOER",
}


@pytest.fixture(autouse=True)
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let there be one more room."""
    larger = House((*house().rooms, Room("later", hooks=HOOKS)))
    for module in (catalogue, interviews):
        monkeypatch.setattr(module, "house", lambda: larger)
    later_room.KEPT.clear()
    later_room.UNITS.clear()
    later_room.DOER.settled.clear()
    catalogue.names.cache_clear()
    yield
    catalogue.names.cache_clear()
    catalogue.action.cache_clear()


def test_it_is_a_kind_like_any_other_and_a_step_of_a_job(ok: Run, run: Run, local: Callable[..., None]) -> None:
    local("pc1", "pc2")
    kinds = {kind["name"]: kind for kind in ok("task", "kinds", "-o", "json").json}
    assert kinds["ask-name"]["arguments"] == ["[greeting=text]"]
    ok("task", "add", "name", "--kind", "ask-name", "--arg", "greeting={{ computer.name }}")
    ok("task", "add", "hello", "--command", "echo hello")
    ok("job", "add", "both", "--step", "hello", "--step", "name")
    done = run("job", "run", "both", "--all", "--transport", "local")
    assert done.code == 0, done.err
    assert sorted((said, state) for _, said, state in later_room.KEPT) == [
        (b"pc1 pc1", "succeeded"), (b"pc2 pc2", "succeeded"),
    ]  # fmt: skip


def test_what_cannot_be_stored_is_that_computers_alone(ok: Run, run: Run, local: Callable[..., None]) -> None:
    local("good1", "refused", "good2", "lost")
    ok("task", "add", "name", "--kind", "ask-name")
    done = run("task", "run", "name", "--all", "--transport", "local")
    assert done.code == 10, done.err
    rows = {row["computer"]: row for row in ok("run", "show", "R-1", "-o", "json").json["results"]}
    assert {name: row["state"] for name, row in rows.items()} == {
        "good1": "succeeded", "good2": "succeeded", "refused": "unknown", "lost": "unreachable",
    }  # fmt: skip
    assert rows["lost"]["reason"] == "LINK-LOST"
    assert {said for _, said, _ in later_room.KEPT} == {b"hello good1", b"hello good2"}
    again = run("run", "reconcile", "R-1", "--transport", "local")
    assert again.lines[-1]["deferred"] == 1, "nothing was changed there, so it is asked again"


@pytest.mark.parametrize(("said", "code", "status"), [("good", 0, 7), ("bad", 8, 0)])
def test_an_errand_is_settled_by_who_sent_it(
    ok: Run, run: Run, local: Callable[..., None], said: str, code: int, status: int
) -> None:
    local("pc1")
    ok("task", "add", "do", "--kind", "do-once", "--arg", f"text=echo {said}; exit {status}")
    done = run("task", "run", "do", "--all", "--transport", "local", "-o", "ndjson")
    assert (done.code, done.lines[0]["exit_status"], done.lines[0]["message"]) == (code, status, f"it said {said}")
    assert later_room.DOER.settled == ["asked"]


def test_an_errand_whose_link_was_lost_is_asked_by_its_marker_and_settled_then(
    ok: Run, run: Run, local: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local("pc1")
    ok("task", "add", "do", "--kind", "do-once", "--arg", f"text=echo once >>{tmp_path}/log; echo good")
    with monkeypatch.context() as away:
        away.setattr(later_room.DOER, "lose_settling", True)
        done = run("task", "run", "do", "--all", "--transport", "local", "-o", "ndjson")
    assert (done.code, done.lines[0]["state"], later_room.DOER.settled) == (10, "unknown", [])
    again = run("run", "reconcile", "R-1", "--transport", "local", "-o", "ndjson")
    assert (again.code, later_room.DOER.settled) == (0, ["asked"]), again.out + again.err
    assert ok("run", "show", "R-1", "-o", "json").json["results"][0]["message"] == "it said good"
    assert (tmp_path / "log").read_text() == "once\n"


def test_much_is_stored_in_several_units_of_work() -> None:
    now = datetime.now(UTC)
    who = Assignment(1, 1, 1, "run", Endpoint("g", "n", ()))

    def ended(size: int) -> Ending:
        outcome = CommandOutcome(RemoteState.SUCCEEDED, "m", brought=later_room.Said(bytearray(size)) if size else None)
        step = StepEnding(0, 0, State.SUCCEEDED, outcome, now, now)
        return Ending(who, State.SUCCEEDED, replace(outcome, brought=None), None, now, now, (step,))

    half = interviews.AT_ONCE // 2 + 1
    all_ = [ended(size) for size in (0, half, 0, half, half, 1, 3 * half, 0)]
    parts = interviews.batches(all_)
    assert [len(part) for part in parts] == [3, 1, 2, 2]
    assert [ending for part in parts for ending in part] == all_
    assert interviews.batches([]) == [[]]
