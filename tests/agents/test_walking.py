"""The order of steps that an agent keeps is that of the run engine, for programs of all kinds without conditions."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.agents.endpoint.walking import DoneStep, next_move
from itmsctl.agents.service.doable import steps_said
from itmsctl.tasks.program import JobStep, Program
from itmsctl.tasks.states import State
from itmsctl.tasks.step import Step
from itmsctl.tasks.walk import Do, StepDone, Walker

_STEPS = st.lists(
    st.builds(
        lambda role, on_error, retries, codes: (role, on_error, retries, codes),
        st.sampled_from(["normal", "normal", "rescue", "always"]),
        st.sampled_from(["stop", "continue", "rescue"]),
        st.integers(0, 2),
        st.sampled_from(["", "3"]),
    ),
    min_size=1,
    max_size=6,
)
_ENDS = st.sampled_from([
    (State.SUCCEEDED, 0, None), (State.FAILED, 3, None), (State.FAILED, 4, None), (State.TIMED_OUT, None, "TIME-LIMIT"),
    (State.FAILED, None, "INTERPRETER-MISSING"),
])  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(_STEPS, st.lists(_ENDS, min_size=30, max_size=30))
def test_an_agent_goes_through_steps_as_a_run_does(parts: list[Any], ends: list[Any]) -> None:
    steps = [
        JobStep(f"s{n}", Step("t", "command", body="true", retry_codes=codes), None, on_error, role, retries)
        for n, (role, on_error, retries, codes) in enumerate(parts)
    ]
    program = Program("p", tuple(steps), "job")
    said, walker = steps_said(program), Walker(program)
    theirs: dict[int, StepDone] = {}
    mine: dict[int, DoneStep] = {}
    for state, status, reason in ends:
        wanted, move = walker.move(theirs), next_move(said, mine)
        if not isinstance(wanted, Do):
            assert (move.state, move.position, move.rescued) == (str(wanted.state), wanted.position, wanted.rescued)
            return
        assert (move.position, move.retry, move.pause_s) == (wanted.position, wanted.retry, wanted.pause_s)
        theirs[wanted.position] = StepDone(state, status, reason, wanted.retry)
        begun = reason != "INTERPRETER-MISSING"
        mine[wanted.position] = DoneStep(str(state), status, wanted.retry, begun=begun)
