"""Brakes as one computer meets them, over a transport that does nothing: which steps begin, and what follows."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itmsctl.tasks.assignment import Assignment, Ending
from itmsctl.tasks.brakes import Brakes
from itmsctl.tasks.engine import Stop
from itmsctl.tasks.program import JobStep, Program, checked
from itmsctl.tasks.service import session
from itmsctl.tasks.service.session import SessionWay
from itmsctl.tasks.states import State
from itmsctl.tasks.step import Step
from itmsctl.tasks.walk import StepDone, walkers
from itmsctl.transports.endpoint import Endpoint
from itmsctl.transports.outcome import CommandOutcome
from itmsctl.transports.outcome import RemoteState as Answer

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
OK = CommandOutcome(Answer.SUCCEEDED, "m", exit_status=0)
SEALED = CommandOutcome(Answer.NEVER_STARTED, "m")
KILLED = CommandOutcome(Answer.CANCELLED, "m", reason="KILLED")


def _step(label: str, **more: Any) -> JobStep:
    return JobStep(label, Step(label, "command", "true"), **more)


PROGRAM = Program("j", checked([_step("s"), _step("n"), _step("f", role="always")]), "job")
PLAIN = Program("j", checked([_step("s"), _step("n")]), "job")


class Nowhere:
    """A transport that was never connected."""

    connection = None

    def __enter__(self) -> Nowhere:
        return self

    def __exit__(self, *_: object) -> None:
        return


@dataclass
class Scene:
    """A computer whose steps pull a brake when they are run: `pulls` maps a label to what happens in the step."""

    program: Program = PROGRAM
    pulls: dict[str, Callable[[Scene], CommandOutcome | None]] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)
    now: datetime = NOW
    interrupts: int = 0
    held: bool = False
    late: bool = False

    def run(self, *, asking: bool = False, **assigned: Any) -> Ending:
        stop = Stop(lambda: self.interrupts, lambda: self.held, time_up=lambda: self.late)
        self.brakes = Brakes(stop)
        assignment = Assignment(1, 1, 1, "r", Endpoint("g", "web1", ("here",)), NOW, **assigned)
        way = SessionWay(
            walkers(self.program), lambda _: Nowhere(), self._act, self._act, lambda: self.now, queue.SimpleQueue(),
            self.brakes,
        )  # type: ignore[arg-type]  # fmt: skip
        return (session.asker if asking else session.runner)(way)(assignment)

    def _act(self, position: int, *_: object) -> CommandOutcome:
        label = self.program.steps[position].label
        self.ran.append(label)
        return self.pulls.get(label, lambda _: None)(self) or OK


def _window(scene: Scene) -> None:
    scene.now = NOW + timedelta(hours=2)


def _interrupt(scene: Scene) -> None:
    scene.interrupts = 1


def _hold(scene: Scene) -> None:
    scene.held = True


def _time_up(scene: Scene) -> None:
    scene.late = True


def _cancel(scene: Scene) -> None:
    scene.brakes.named = {1: "CANCELLED"}


CASES = [
    ("window", PROGRAM, _window, "s f", State.QUEUED, "WINDOW-CLOSED", True),
    ("first signal", PROGRAM, _interrupt, "s f", State.QUEUED, "STOPPED", True),
    ("held", PROGRAM, _hold, "s", State.QUEUED, "STOPPED", False),
    ("a tick's time", PROGRAM, _time_up, "s", State.QUEUED, "STOPPED", False),
    ("cancelled", PROGRAM, _cancel, "s f", State.CANCELLED, "CUT-SHORT", False),
    ("window, nothing owed", PLAIN, _window, "s", State.QUEUED, "WINDOW-CLOSED", False),
    ("first signal, nothing owed", PLAIN, _interrupt, "s", State.QUEUED, "STOPPED", False),
    ("cancelled, nothing owed", PLAIN, _cancel, "s", State.CANCELLED, "CUT-SHORT", False),
]


@pytest.mark.parametrize(
    ("program", "pull", "ran", "state", "reason", "suspended"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_a_brake_pulled_in_the_first_step(
    program: Program, pull: Callable[[Scene], None], ran: str, state: State, reason: str, *, suspended: bool
) -> None:
    scene = Scene(program, {"s": pull})  # type: ignore[dict-item]  # it returns nothing: the step succeeds
    ending = scene.run(until=NOW + timedelta(hours=1))
    assert (" ".join(scene.ran), ending.state, ending.outcome.reason) == (ran, state, reason)
    assert ending.suspended is suspended
    if pull is _window:
        assert ending.not_before == NOW + timedelta(hours=1)
        assert "the maintenance window has ended; stopped after step `s`, before `n`" in ending.outcome.message


def test_a_brake_pulled_in_the_last_step_changes_nothing() -> None:
    for pull in (_window, _interrupt, _cancel):
        scene = Scene(PROGRAM, {"n": pull})  # type: ignore[dict-item]
        ending = scene.run(until=NOW + timedelta(hours=1))
        assert (" ".join(scene.ran), ending.state) == ("s n f", State.SUCCEEDED)


def test_a_computer_that_was_stopped_before_its_turn_is_not_contacted() -> None:
    scene = Scene()
    ending = scene.run(stopped="CANCELLED")
    assert (scene.ran, ending.state, ending.outcome.reason) == ([], State.CANCELLED, "CANCELLED")
    assert ending.connection is None


def _killed(scene: Scene) -> None:
    scene.brakes.named = {1: "KILLED"}


@pytest.mark.parametrize("said", [SEALED, KILLED])
def test_a_step_that_somebody_stopped_is_told_so(said: CommandOutcome) -> None:
    scene = Scene(PROGRAM, {"n": lambda scene: _killed(scene) or said})
    ending = scene.run()
    assert (" ".join(scene.ran), ending.state, ending.outcome.reason) == ("s n f", State.CANCELLED, "KILLED")
    assert [(step.position, step.state) for step in ending.steps] == [
        (0, State.SUCCEEDED), (1, State.CANCELLED), (2, State.SUCCEEDED),
    ]  # fmt: skip


def test_a_driver_that_looks_late_sees_who_was_stopped() -> None:
    scene = Scene(PROGRAM, {"n": lambda scene: threading.Timer(0.3, _killed, [scene]).start() or SEALED})
    assert scene.run().state is State.CANCELLED


@pytest.mark.parametrize("pull", [lambda _: None, _cancel], ids=["nobody", "a cancel"])
@pytest.mark.parametrize("said", [SEALED, KILLED])
def test_a_computer_that_says_it_was_stopped_where_nobody_did_is_not_believed(
    said: CommandOutcome, pull: Callable[[Scene], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "BELIEF_S", 0.1)
    scene = Scene(PROGRAM, {"n": lambda scene: pull(scene) or said})
    ending = scene.run()
    assert (" ".join(scene.ran), ending.state, ending.outcome.reason) == ("s n", State.UNKNOWN, "REPLY-GARBLED")
    assert "which nobody asked for" in ending.outcome.message
    asked = scene.run(asking=True)
    wanted = State.UNKNOWN if said is KILLED else State.QUEUED  # that it never began is for the computer to say
    assert asked.state is wanted


def test_a_failure_of_what_is_always_run_is_not_hidden_by_the_brake() -> None:
    bad = CommandOutcome(Answer.FAILED, "m", exit_status=3)
    scene = Scene(PROGRAM, {"s": _interrupt, "f": lambda _: bad})  # type: ignore[dict-item]
    ending = scene.run()
    assert (ending.state, ending.position, ending.suspended) == (State.FAILED, 2, False)


def test_what_an_earlier_attempt_cleaned_up_is_not_owed_again() -> None:
    scene = Scene(PROGRAM, {"n": _interrupt})  # type: ignore[dict-item]
    stale = StepDone(State.SUCCEEDED, 0, fresh=False)
    scene.interrupts = 1
    assert (scene.run(done={0: stale}).state, scene.ran) == (State.SUCCEEDED, ["n", "f"])


STAGED = Program(
    "d", checked([_step("get", outside=True), _step("go", not_before="2026-01-06T02:00:00.000000Z")]), "job"
)
TUESDAY = datetime(2026, 1, 6, 2, 0, tzinfo=UTC)


def test_a_step_that_begins_no_earlier_waits_for_its_moment_and_what_is_done_is_not_done_again() -> None:
    scene = Scene(STAGED)
    ending = scene.run()
    assert (scene.ran, ending.state, ending.not_before) == (["get"], State.QUEUED, TUESDAY)
    assert (ending.outcome.reason, ending.outcome.message) == ("SCHEDULED", "it goes on at 2026-01-06 02:00 UTC")
    scene.now = TUESDAY
    assert scene.run(done={0: StepDone(State.SUCCEEDED, 0)}).state is State.SUCCEEDED
    assert scene.ran == ["get", "go"]


def test_a_step_for_outside_of_windows_begins_where_the_window_is_closed_and_the_next_one_waits() -> None:
    scene = Scene(STAGED, now=TUESDAY)
    ending = scene.run(until=TUESDAY)
    assert (scene.ran, ending.state, ending.outcome.reason) == (["get"], State.QUEUED, "WINDOW-CLOSED")
