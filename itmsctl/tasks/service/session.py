"""One computer's way through a program: connect once, run what comes next until the end, and say what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from itmsctl.tasks.answers import state_after_ask, why_unknown
from itmsctl.tasks.assignment import Assignment, Ending, Progress, StepEnding, gone, state_after_run
from itmsctl.tasks.engine import Back
from itmsctl.tasks.states import State
from itmsctl.tasks.walk import Do, Done, End, Walker, party_of
from itmsctl.transports.base import Transport
from itmsctl.transports.outcome import Outcome
from itmsctl.transports.outcome import State as Answer
from itmsctl.values.times import Clock

PATIENCE_S = 1.0  # how long a step's end may be kept in memory while the next one runs
RETRY, WINDOW, STOPPED = "RETRY", "WINDOW-CLOSED", "STOPPED"

Act = Callable[[int, Transport, str, Assignment], Outcome]
Ask = Callable[[int, Transport, str, Assignment], Outcome]
Connect = Callable[[Assignment], Transport]


@dataclass(frozen=True)
class Way:
    """What a session needs, the same for every computer of a run.

    `act` runs one step under a marker, `asked` learns what became of it; `stopped` tells whether no further step may
    begin; progress goes to `back`.
    """

    walkers: Mapping[int, Walker]  # by party
    connect: Connect
    act: Act
    asked: Ask
    clock: Clock
    back: Back
    stopped: Callable[[], bool]


def runner(way: Way) -> Callable[[Assignment], Ending]:
    """Answer what runs a program on one computer."""

    def run(assignment: Assignment) -> Ending:
        begin = way.clock()
        if not assignment.endpoint.addresses:  # the ledger found no row: every recorded computer has at least a name
            return gone(assignment, begin)
        with way.connect(assignment) as transport:
            return _Session(way, assignment, transport, begin, dict(assignment.done)).run()

    return run


def asker(way: Way) -> Callable[[Assignment], Ending]:
    """Answer what asks one computer what became of the steps of its attempt; nothing is run."""

    def ask(assignment: Assignment) -> Ending:
        with way.connect(assignment) as transport:
            begin = assignment.claimed_at or way.clock()
            return _Session(way, assignment, transport, begin, dict(assignment.done)).ask()

    return ask


@dataclass
class _Session:
    way: Way
    assignment: Assignment
    transport: Transport
    begin: datetime
    done: dict[int, Done]
    pile: list[StepEnding] = field(default_factory=list)  # ended, not handed over yet
    told: list[StepEnding] = field(default_factory=list)
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    @property
    def walker(self) -> Walker:
        """Answer the walker of the member of the run that is spoken with."""
        return self.way.walkers[party_of(self.assignment.computer_id)]

    def run(self) -> Ending:
        """Run steps until the program ends, or something has to be waited for or asked about."""
        stored = time.monotonic()
        while True:
            move = self.walker.move(self.done)
            if isinstance(move, End):
                return self._end(move)
            later = self._later(move)
            if later is not None:
                return later
            if self.pile and time.monotonic() - stored > PATIENCE_S:
                self.way.back.put(Progress(self.assignment, self._handed_over()))
                stored = time.monotonic()
            begin = self.way.clock()
            marker = self.assignment.marker_of(move.position, move.retry)
            outcome = self.way.act(move.position, self.transport, marker, self.assignment)
            state = state_after_run(outcome)
            if state in {State.UNREACHABLE, State.UNKNOWN}:
                return self._ending(state, outcome, move.position)
            self._take(move, state, outcome, begin)

    def ask(self) -> Ending:
        """Ask about each step whose end is not recorded, in the order in which they would have run."""
        while True:
            move = self.walker.move(self.done)
            if isinstance(move, End):
                return self._end(move)
            part = self.walker.program.steps[move.position]
            marker = self.assignment.marker_of(move.position, move.retry)
            outcome = self.way.asked(move.position, self.transport, marker, self.assignment)
            claimed_at, now = self.assignment.claimed_at, self.way.clock()
            idempotent = part.step.idempotent and not part.once
            state = state_after_ask(outcome, claimed_at=claimed_at, now=now, idempotent=idempotent)
            if state is State.UNKNOWN:
                reason, message = why_unknown(outcome)
                return self._ending(state, replace(outcome, reason=reason, message=message), move.position)
            if state is State.QUEUED:
                return self._ending(state, outcome, move.position)
            self._take(move, state, outcome, claimed_at or now)

    # --- pieces ---------------------------------------------------------------------------------------------------

    def _take(self, move: Do, state: State, outcome: Outcome, begin: datetime) -> None:
        self.done[move.position] = Done(state, outcome.exit_status, outcome.reason or None, move.retry)
        self.outcomes[move.position] = outcome
        ended = StepEnding(move.position, move.retry, state, outcome, begin, self.way.clock())
        self.pile.append(ended)
        self.told.append(ended)

    def _later(self, move: Do) -> Ending | None:
        """Answer the ending of a computer that has to go on later; none where the next step may begin now."""
        now = self.way.clock()
        tried = self.outcomes.get(move.position)
        if move.retry and tried is not None:
            part = self.walker.program.steps[move.position]
            message = f"step `{part.label}` failed; try {move.retry + 1} of {part.retries + 1} follows"
            return self._deferred(now + timedelta(seconds=move.pause_s), RETRY, message, move.position)
        if self.assignment.until is not None and now >= self.assignment.until:
            return self._deferred(self.assignment.until, WINDOW, "the maintenance window has ended", move.position)
        if self.outcomes and self.way.stopped():
            return self._deferred(now, STOPPED, "no further step was begun", move.position)
        return None

    def _deferred(self, moment: datetime, reason: str, message: str, position: int) -> Ending:
        outcome = Outcome(Answer.NEVER_STARTED, self.assignment.marker, reason=reason, message=message)
        return replace(self._ending(State.QUEUED, outcome, position), not_before=moment)

    def _end(self, end: End) -> Ending:
        program = self.walker.program
        outcome = Outcome(Answer.SUCCEEDED, self.assignment.marker, reason="NOTHING-TO-DO")
        if end.position is not None:
            outcome = self.outcomes.get(end.position) or _recalled(self.assignment, end, self.done[end.position])
        if program.is_job:
            seconds = (self.way.clock() - self.begin).total_seconds()
            outcome = replace(outcome, duration_s=seconds, message=outcome.message or self._said(end, outcome))
        if end.rescued:
            outcome = replace(outcome, reason="RESCUED")
        return self._ending(end.state, outcome, end.position)

    def _said(self, end: End, outcome: Outcome) -> str:
        steps = self.walker.program.steps
        if end.broken is not None:
            return f"step `{steps[end.broken].label}` failed and was rescued"
        if end.state is State.SUCCEEDED or end.position is None:
            return ""
        return f"step `{steps[end.position].label}` ended with exit status {outcome.exit_status}"

    def _ending(self, state: State, outcome: Outcome, position: int | None) -> Ending:
        connection = self.transport.connection
        now, steps = self.way.clock(), self._handed_over()
        return Ending(
            self.assignment,
            state,
            outcome,
            connection,
            self.begin,
            now,
            steps,
            position,
            done=dict(self.done),
            told=tuple(self.told),
        )

    def _handed_over(self) -> tuple[StepEnding, ...]:
        steps, self.pile = tuple(self.pile), []
        return steps


def _recalled(assignment: Assignment, end: End, done: Done) -> Outcome:
    """Answer the outcome of a step that ended in an earlier contact, as far as it is recorded."""
    answer = Answer.SUCCEEDED if done.state is State.SUCCEEDED else Answer.FAILED
    if done.state is State.TIMED_OUT:
        answer = Answer.TIMED_OUT
    marker = assignment.marker_of(end.position or 0, done.retry)
    return Outcome(answer, marker, exit_status=done.exit_status, reason=done.reason or "")
