"""How a program goes on: order of steps, conditions, rescue, always, retries, by tables of cases (JOB-2, JOB-3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.errors import ExpressionError, InputError
from itmsctl.tasks.program import JobStep, Program, checked
from itmsctl.tasks.states import State
from itmsctl.tasks.step import Step
from itmsctl.tasks.walk import Do, StepDone, WalkEnd, Walker

UNBEGUN = StepDone(State.FAILED, reason="INTERPRETER-MISSING")
STRANGER = StepDone(State.FAILED, reason="WRONG-HOST")
COPY = StepDone(State.FAILED, reason="TRANSFER-FAILED")
OK, BAD, LATE = StepDone(State.SUCCEEDED, 0), StepDone(State.FAILED, 3), StepDone(State.TIMED_OUT)


def _step(label: str, **more: object) -> JobStep:
    return JobStep(label, Step(label, "command", "true"), **more)  # type: ignore[arg-type]


def _program(*steps: JobStep) -> Program:
    return Program("job", checked(steps), "job")


def _walk(program: Program, results: Mapping[str, StepDone]) -> tuple[list[str], WalkEnd]:
    """Run a program whose steps come to these results (the others succeed); return what ran, and the end."""
    walker, done, ran = Walker(program), {}, []
    while True:
        move = walker.move(done)
        if isinstance(move, WalkEnd):
            return ran, move
        label = program.steps[move.position].label
        ran.append(label if not move.retry else f"{label}+{move.retry}")
        found = results.get(ran[-1], results.get(label, OK))
        done[move.position] = StepDone(found.state, found.exit_status, found.reason, move.retry)


PLAIN = (_step("a"), _step("b"), _step("c"))
TOLERANT = (_step("a", on_error="continue"), _step("b", when="a.failed"), _step("c", when="a.succeeded"))
RESCUED = (
    _step("a"), _step("b", on_error="rescue"), _step("c"), _step("r1", role="rescue"), _step("r2", role="rescue"),
    _step("z", role="always"),
)  # fmt: skip
BRANCH = (
    _step("check", on_error="continue"),
    _step("fix", when="check.exit_status = 3"),
    _step("report", when="check.failed and not fix.skipped or check.state = 'timed_out'"),
    _step("end", role="always", when="report.skipped"),
)
SKIPPING = (_step("a"), _step("b", when="a.failed"), _step("c", when="b.failed"), _step("d", when="b.skipped"))
RETRIED = (_step("a", retries=2, backoff_s=5), _step("b"))

CASES: list[tuple[str, tuple[JobStep, ...], dict[str, StepDone], str, State, str]] = [
    ("all good", PLAIN, {}, "a b c", State.SUCCEEDED, "c"),
    ("stops at a failure", PLAIN, {"b": BAD}, "a b", State.FAILED, "b"),
    ("a time limit stops too", PLAIN, {"a": LATE}, "a", State.TIMED_OUT, "a"),
    ("goes on where it does not matter", TOLERANT, {"a": BAD}, "a b", State.SUCCEEDED, "b"),
    ("the other branch", TOLERANT, {}, "a c", State.SUCCEEDED, "c"),
    ("nothing to rescue", RESCUED, {}, "a b c z", State.SUCCEEDED, "z"),
    ("rescued", RESCUED, {"b": BAD}, "a b r1 r2 z", State.SUCCEEDED, "z"),
    ("the rescue fails", RESCUED, {"b": BAD, "r1": BAD}, "a b r1 z", State.FAILED, "b"),
    ("a step that is not rescued", RESCUED, {"a": BAD}, "a z", State.FAILED, "a"),
    ("a step that never began leaves nothing to rescue", RESCUED, {"b": UNBEGUN}, "a b z", State.FAILED, "b"),
    ("another machine answered: nothing to rescue", RESCUED, {"b": STRANGER}, "a b z", State.FAILED, "b"),
    ("a failed copy is rescued", RESCUED, {"b": COPY}, "a b r1 r2 z", State.SUCCEEDED, "z"),
    ("a rescue that never began does not rescue", RESCUED, {"b": BAD, "r1": UNBEGUN}, "a b r1 z", State.FAILED, "b"),
    ("always fails", RESCUED, {"z": BAD}, "a b c z", State.FAILED, "z"),
    ("always fails after a rescue", RESCUED, {"b": BAD, "z": LATE}, "a b r1 r2 z", State.TIMED_OUT, "z"),
    ("a return code decides", BRANCH, {"check": BAD}, "check fix report", State.SUCCEEDED, "report"),
    ("another code", BRANCH, {"check": StepDone(State.FAILED, 4)}, "check end", State.SUCCEEDED, "end"),
    ("no code: unknown does not match", BRANCH, {"check": LATE}, "check report", State.SUCCEEDED, "report"),
    ("a step that was skipped has not failed", SKIPPING, {}, "a d", State.SUCCEEDED, "d"),
    ("tried again", RETRIED, {"a": BAD, "a+1": OK}, "a a+1 b", State.SUCCEEDED, "b"),
    ("tried in vain", RETRIED, {"a": BAD}, "a a+1 a+2", State.FAILED, "a"),
]


@pytest.mark.parametrize(
    ("steps", "results", "ran", "state", "decided"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_the_way_through(
    steps: tuple[JobStep, ...], results: dict[str, StepDone], ran: str, state: State, decided: str
) -> None:
    program = _program(*steps)
    found, end = _walk(program, results)
    assert " ".join(found) == ran
    assert (end.state, program.steps[end.position or 0].label) == (state, decided)


def test_why_nothing_is_rescued_is_told() -> None:
    seen = Walker(_program(*RESCUED)).trace({0: OK, 1: UNBEGUN})
    assert seen[3].why == "step `b` was not started"


def test_a_rescue_is_told() -> None:
    assert _walk(_program(*RESCUED), {"b": BAD})[1].rescued
    assert not _walk(_program(*RESCUED), {"b": BAD, "r1": BAD})[1].rescued
    assert not _walk(_program(*RESCUED), {})[1].rescued


def test_pauses_grow_and_end_at_an_hour() -> None:
    step = _step("a", retries=20, backoff_s=5)
    assert [step.pause_s(n) for n in (1, 2, 3)] == [5, 10, 20]
    assert step.pause_s(20) == 3600
    assert Walker(_program(*RETRIED)).move({0: BAD}) == Do(0, 1, 5)


def test_what_is_seen_of_each_step() -> None:
    seen = Walker(_program(*RESCUED)).trace({0: OK, 1: BAD})
    assert [(s.label, s.state) for s in seen] == [
        ("a", "succeeded"), ("b", "failed"), ("c", "skipped"), ("r1", "waiting"), ("r2", "waiting"), ("z", "waiting"),
    ]  # fmt: skip
    assert seen[2].why == "step `b` failed"
    assert Walker(_program(*BRANCH)).trace({0: OK})[1].why == "not so: check.exit_status = 3"


WRONG: list[tuple[Callable[[], object], str]] = [
    (lambda: checked([]), "needs a step"),
    (lambda: checked([_step("a"), _step("a")]), "two steps"),
    (lambda: checked([_step("A b")]), "not a step's name"),
    (lambda: checked([_step("a", on_error="ignore")]), "no on_error"),
    (lambda: checked([_step("a", on_error="rescue")]), "there is none"),
    (lambda: checked([_step("a"), _step("r", role="rescue")]), "no step leads"),
    (lambda: checked([_step("a", role="always")]), "normal"),
    (lambda: checked([_step("a"), _step("z", role="always", on_error="rescue")]), "nothing rescues"),
    (lambda: checked([_step("a", once=True, retries=1)]), "done once"),
    (lambda: checked([_step("a", retries=-1)]), "retries"),
    (lambda: checked([_step("a", backoff_s=0.0)]), "pause"),
    (lambda: checked([_step(f"s{n}") for n in range(101)]), "allowed"),
]


@pytest.mark.parametrize(("make", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_no_program(make: Callable[[], object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        make()


@pytest.mark.parametrize(
    "when", ["b.failed", "c.failed", "a.colour = 1", "a.exit_status = 'x'", "system('id')", "a.failed; 1", "a.failed ="]
)
def test_a_condition_is_over_earlier_steps_only(when: str) -> None:
    with pytest.raises(ExpressionError, match="condition of step `b`"):
        Walker(_program(_step("a"), _step("b", when=when), _step("c")))


def test_the_form_that_a_run_keeps() -> None:
    program = _program(*RESCUED, *(_step(f"x{n}", once=True) for n in range(2)))
    assert Program.from_dict(program.as_dict()) == program


_PARTS = st.lists(
    st.tuples(
        st.sampled_from(["normal", "rescue", "always"]), st.sampled_from(["stop", "continue", "rescue"]),
        st.integers(0, 2), st.sampled_from([OK, BAD, LATE]), st.booleans(),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@given(_PARTS)
def test_every_program_ends_and_runs_no_step_too_often(parts: list[tuple[str, str, int, StepDone, bool]]) -> None:
    steps = [_step("first", on_error="rescue"), _step("rescuer", role="rescue")]
    results = {}
    for n, (role, on_error, retries, result, conditional) in enumerate(parts):
        label = f"s{n}"
        steps.append(
            _step(
                label, role=role, on_error="stop" if role != "normal" and on_error == "rescue" else on_error,
                retries=retries, when="first.succeeded" if conditional else None,
            )
        )  # fmt: skip
        results[label] = result
    program = _program(*steps)
    ran, end = _walk(program, results)
    assert end.state in {State.SUCCEEDED, State.FAILED, State.TIMED_OUT}
    assert len(ran) == len(set(ran))
    always = [s.label for s in program.steps if s.role == "always" and s.when is None]
    if always:  # the first of them runs whatever happened
        assert always[0] in ran or any(results[s.label] != OK for s in program.steps if s.role == "always" and s.when)


# --- a walk that is cut -----------------------------------------------------------------------------------------------

KILLED = StepDone(State.CANCELLED)
STALE = StepDone(State.SUCCEEDED, 0, fresh=False)
TWO_ENDS = (*RESCUED, _step("y", role="always"))
CUTS: list[tuple[str, tuple[JobStep, ...], dict[str, StepDone], str, State]] = [
    ("nothing was begun: nothing is owed", RESCUED, {}, "", State.CANCELLED),
    ("between two steps", RESCUED, {"a": OK}, "z", State.CANCELLED),
    ("after the last step nothing was left out", RESCUED, {"a": OK, "b": OK, "c": OK}, "z", State.SUCCEEDED),
    ("no rescue begins", RESCUED, {"a": OK, "b": BAD}, "z", State.FAILED),
    ("no rescue goes on", RESCUED, {"a": OK, "b": BAD, "r1": OK}, "z", State.FAILED),
    ("a rescue that is over counts", RESCUED, {"a": OK, "b": BAD, "r1": OK, "r2": OK}, "z", State.SUCCEEDED),
    ("no further try", RETRIED, {"a": BAD}, "", State.FAILED),
    ("always was run since", RESCUED, {"a": STALE}, "", State.CANCELLED),
    ("some of always was run", TWO_ENDS, {"a": STALE, "z": OK}, "y", State.CANCELLED),
    ("a failure that does not matter", TOLERANT, {"a": BAD}, "", State.CANCELLED),
]


def _cut_walk(program: Program, begun: Mapping[str, StepDone], *, cut: bool) -> tuple[str, State]:
    labels = [part.label for part in program.steps]
    walker, done, ran = Walker(program), {labels.index(label): found for label, found in begun.items()}, []
    while not isinstance(move := walker.move(done, cut=cut), WalkEnd):
        ran.append(labels[move.position])
        done[move.position] = OK
    return " ".join(ran), move.state


@pytest.mark.parametrize(("steps", "begun", "ran", "state"), [c[1:] for c in CUTS], ids=[c[0] for c in CUTS])
def test_a_cut_walk_runs_only_what_is_always_run(
    steps: tuple[JobStep, ...], begun: dict[str, StepDone], ran: str, state: State
) -> None:
    assert _cut_walk(_program(*steps), begun, cut=True) == (ran, state)
    labels = [part.label for part in steps]
    assert Walker(_program(*steps)).owed({labels.index(k): d for k, d in begun.items()}) is bool(ran)


@pytest.mark.parametrize("on_error", ["stop", "continue", "rescue"])
def test_after_a_step_that_was_killed_only_what_is_always_run_follows(on_error: str) -> None:
    steps = (_step("a", on_error=on_error, retries=3), *RESCUED[1:])
    assert _cut_walk(_program(*steps), {"a": KILLED}, cut=False) == ("z", State.CANCELLED)


def test_a_killed_step_of_always_ends_the_walk() -> None:
    assert _cut_walk(_program(*TWO_ENDS), {"a": OK, "z": KILLED}, cut=True) == ("", State.CANCELLED)


def test_a_condition_may_name_what_runs_before_it_wherever_it_is_written() -> None:
    """Steps run by role, then in the order of the job: a rescue or always step that is written first runs later."""
    first = (_step("end", role="always", when="work.failed"), _step("work"))
    assert _walk(_program(*first), {"work": BAD})[0] == ["work", "end"]
    with pytest.raises(ExpressionError, match="condition of step `work`"):
        Walker(_program(_step("end", role="always"), _step("work", when="end.failed")))
    with pytest.raises(ExpressionError, match="condition of step `fix`"):
        Walker(
            _program(
                _step("a", on_error="rescue"),
                _step("end", role="always"),
                _step("fix", role="rescue", when="end.failed"),
            )
        )
