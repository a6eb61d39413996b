"""One computer's way through a program: connect once, run what comes next until the end, and say what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from itmsctl.tasks.answers import state_after_ask, told, unasked
from itmsctl.tasks.assignment import Assignment, Ending, StepEnding, StepProgress, gone, removed, state_after_run
from itmsctl.tasks.brakes import CANCELLED, CUT_SHORT, KILLED, KILLED_AGAIN, STOPPED, WINDOW, Brake, Brakes
from itmsctl.tasks.engine import Back
from itmsctl.tasks.states import State
from itmsctl.tasks.walk import Do, StepDone, WalkEnd, Walker, party_of
from itmsctl.transports.base import Transport
from itmsctl.transports.outcome import CommandOutcome
from itmsctl.transports.outcome import RemoteState as Answer
from itmsctl.values.times import Clock

BELIEF_S = 5.0  # how long a driver that is busy may take to see who was stopped
PATIENCE_S = 1.0  # how long a step's end may be kept in memory while the next one runs
RETRY = "RETRY"
SCHEDULED = "SCHEDULED"

Act = Callable[[int, Transport, str, Assignment], CommandOutcome]
Ask = Callable[[int, Transport, str, Assignment], CommandOutcome]
Connect = Callable[[Assignment], Transport]


@dataclass(frozen=True)
class SessionWay:
    """What a session needs, the same for every computer of a run.

    `act` runs one step under a marker, `asked` learns what became of it; `brakes` tells what stops computers between
    their steps; progress goes to `back`.
    """

    walkers: Mapping[int, Walker]  # by party
    connect: Connect
    act: Act
    asked: Ask
    clock: Clock
    back: Back
    brakes: Brakes


def runner(way: SessionWay) -> Callable[[Assignment], Ending]:
    """Return what runs a program on one computer."""

    def run(assignment: Assignment) -> Ending:
        begin = way.clock()
        if not assignment.endpoint.addresses:  # the ledger found no row: every recorded computer has at least a name
            return gone(assignment, begin)
        with way.connect(assignment) as transport:
            return _Session(way, assignment, transport, begin, dict(assignment.done)).run()

    return run


def asker(way: SessionWay, *, beside: bool = False) -> Callable[[Assignment], Ending]:
    """Return what asks one computer what became of the steps of its attempt; nothing is run.

    It asks `beside` a driver that works on the computer: then it does not ask about steps that are always run, for a
    marker that is asked about before its step begins is sealed.
    """

    def ask(assignment: Assignment) -> Ending:
        begin = assignment.claimed_at or way.clock()
        if not assignment.endpoint.addresses:
            return removed(assignment, way.clock())
        with way.connect(assignment) as transport:
            return _Session(way, assignment, transport, begin, dict(assignment.done)).ask(beside=beside)

    return ask


def decider(way: SessionWay) -> Callable[[Assignment], Ending]:
    """Return what takes a person's word for the step whose end is not recorded; no computer is contacted."""

    def decide(assignment: Assignment) -> Ending:
        begin = assignment.claimed_at or way.clock()
        with way.connect(assignment) as transport:
            return _Session(way, assignment, transport, begin, dict(assignment.done)).ask()

    return decide


@dataclass
class _Session:
    way: SessionWay
    assignment: Assignment
    transport: Transport
    begin: datetime
    done: dict[int, StepDone]
    pile: list[StepEnding] = field(default_factory=list)  # ended, not handed over yet
    told: list[StepEnding] = field(default_factory=list)
    outcomes: dict[int, CommandOutcome] = field(default_factory=dict)
    cut: str = ""  # why no further step begins but those that are always run

    @property
    def walker(self) -> Walker:
        """Return the walker of the member of the run that is spoken with."""
        return self.way.walkers[party_of(self.assignment.computer_id)]

    def run(self) -> Ending:
        """Run steps until the program ends, or something has to be waited for or asked about."""
        stored = time.monotonic()
        while True:
            move = self.walker.move(self.done, cut=bool(self.cut))
            if isinstance(move, WalkEnd):
                return self._end(move)
            if not self.cut and (why := self._cut(move)):
                self.cut = why
                continue
            later = self._later(move)
            if later is not None:
                return later
            if self.pile and time.monotonic() - stored > PATIENCE_S:
                self.way.back.put(StepProgress(self.assignment, self._handed_over()))
                stored = time.monotonic()
            begin = self.way.clock()
            marker = self.assignment.marker_of(move.position, move.retry)
            outcome = self.way.act(move.position, self.transport, marker, self.assignment)
            if outcome.later is not None:
                return replace(self._ending(State.QUEUED, outcome, move.position), not_before=outcome.later)
            outcome = self._believed(move, outcome, BELIEF_S)
            state = state_after_run(outcome)
            if state in {State.UNREACHABLE, State.UNKNOWN}:
                return self._ending(state, outcome, move.position)
            self._take(move, state, outcome, begin)

    def ask(self, *, beside: bool = False) -> Ending:
        """Ask about each step whose end is not recorded, in the order in which they would have run."""
        while True:
            move = self.walker.move(self.done, cut=bool(self.cut))
            if isinstance(move, WalkEnd):
                return self._end(move)
            if beside and self.walker.is_always(move) and self.assignment.stopped != KILLED_AGAIN:
                return self._ending(State.UNKNOWN, CommandOutcome(Answer.RUNNING, self.assignment.marker), None)
            part = self.walker.program.steps[move.position]
            marker = self.assignment.marker_of(move.position, move.retry)
            outcome = self.way.asked(move.position, self.transport, marker, self.assignment)
            if outcome.state is Answer.CANCELLED:
                outcome = self._believed(move, outcome, 0.0)
            claimed_at, now = self.assignment.claimed_at, self.way.clock()
            idempotent = part.step.idempotent and not part.once
            state = state_after_ask(outcome, claimed_at=claimed_at, now=now, idempotent=idempotent)
            outcome = told(outcome, state)
            if state is State.UNKNOWN:
                return self._ending(state, outcome, move.position)
            if state is State.QUEUED and self.assignment.stopped and not self.cut:
                self.cut = self.assignment.stopped  # it never began; steps that are always run may have
                continue
            if state is State.QUEUED:
                return self._ending(state, outcome, move.position)
            self._take(move, state, outcome, claimed_at or now)

    # --- pieces ---------------------------------------------------------------------------------------------------

    def _take(self, move: Do, state: State, outcome: CommandOutcome, begin: datetime) -> None:
        self.done[move.position] = StepDone(state, outcome.exit_status, outcome.reason or None, move.retry)
        self.outcomes[move.position] = outcome
        ended = StepEnding(move.position, move.retry, state, outcome, begin, self.way.clock())
        self.pile.append(ended)
        self.told.append(ended)

    def _believed(self, move: Do, outcome: CommandOutcome, patience_s: float) -> CommandOutcome:
        """Return an outcome; a computer that says somebody stopped its command is believed where somebody did.

        A driver's look at the marks may be a moment behind whoever made one.
        """
        never = outcome.state is Answer.NEVER_STARTED and not outcome.reason
        if not never and outcome.state is not Answer.CANCELLED:
            return outcome
        until = time.monotonic() + patience_s
        while not self._is_killed(move):
            if time.monotonic() >= until:
                return unasked(outcome)
            time.sleep(0.05)
        if never:
            return replace(outcome, state=Answer.CANCELLED, reason=KILLED, message="stopped before it began")
        return outcome

    def _is_killed(self, move: Do) -> bool:
        role, who = self.walker.program.steps[move.position].role, self.assignment
        return self.way.brakes.is_killed(who.computer_id, who.stopped, role)

    def _later(self, move: Do) -> Ending | None:
        """Return the ending of a computer that has to go on later; None where the next step may begin now."""
        now, brake = self.way.clock(), self.way.brakes.now()
        if brake is Brake.HOLD:
            return self._deferred(now, STOPPED if self.done else "", self._between(move), move.position)
        if move.retry and self.outcomes.get(move.position) is not None:
            part = self.walker.program.steps[move.position]
            message = f"step `{part.label}` failed; try {move.retry + 1} of {part.retries + 1} follows"
            return self._deferred(now + timedelta(seconds=move.pause_s), RETRY, message, move.position)
        if self.cut or (brake is not Brake.PAUSE and self.walker.is_always(move)):
            return None
        begins, outside = self._when(move)
        if begins is not None and now < begins:
            return self._deferred(begins, SCHEDULED, f"it goes on at {begins:%Y-%m-%d %H:%M} UTC", move.position)
        if self._is_over(now) and not outside:
            message = f"the maintenance window has ended; {self._between(move)}"
            return self._deferred(self.assignment.until or now, WINDOW, message, move.position)
        if self.outcomes and brake is not Brake.NONE:
            return self._deferred(now, STOPPED, self._between(move), move.position)
        return None

    def _when(self, move: Do) -> tuple[datetime | None, bool]:
        part = self.walker.program.steps[move.position]
        return part.begins, part.outside

    def _is_over(self, now: datetime) -> bool:
        return self.assignment.until is not None and now >= self.assignment.until

    def _cut(self, move: Do) -> str:
        """Return why no further step begins here but those that are always run; empty where the next one may begin."""
        if self.walker.is_always(move):
            return ""
        brake, owed = self.way.brakes.now(), self.walker.owed(self.done)
        if brake is Brake.HOLD and owed:
            return ""  # nothing at all may begin
        named = self.assignment.stopped or self.way.brakes.of(self.assignment.computer_id)
        if named or not owed:
            return named
        if self._is_over(self.way.clock()):
            return WINDOW
        return STOPPED if brake is Brake.CUT else ""

    def _between(self, move: Do) -> str:
        """Say where a computer stands that is stopped between two steps, and what is still owed there."""
        owed = self._names("always", lambda n: n not in self.done) if self.walker.owed(self.done) else ""
        said = self._stands(move.position)
        return f"{said}; {owed} still owed: always run" if owed else said

    def _stands(self, following: int | None) -> str:
        steps = self.walker.program.steps
        done = [n for n in self.done if steps[n].role != "always"]
        last = f"stopped after step `{steps[max(done)].label}`" if done else "stopped before its first step"
        return last if following is None else f"{last}, before `{steps[following].label}`"

    def _names(self, role: str, which: Callable[[int], bool]) -> str:
        found = [part.label for n, part in self.walker.parts() if part.role == role and which(n)]
        return ", ".join(f"`{label}`" for label in found)

    def _deferred(self, moment: datetime, reason: str, message: str, position: int) -> Ending:
        outcome = CommandOutcome(Answer.NEVER_STARTED, self.assignment.marker, reason=reason, message=message)
        return replace(self._ending(State.QUEUED, outcome, position), not_before=moment)

    def _end(self, end: WalkEnd) -> Ending:
        if end.state is State.CANCELLED:
            return self._suspended() if self.cut in {STOPPED, WINDOW} else self._cancelled()
        program = self.walker.program
        outcome = CommandOutcome(Answer.SUCCEEDED, self.assignment.marker, reason="NOTHING-TO-DO")
        if end.position is not None:
            outcome = self.outcomes.get(end.position) or _recalled(self.assignment, end, self.done[end.position])
        if program.is_job:
            seconds = (self.way.clock() - self.begin).total_seconds()
            outcome = replace(outcome, duration_s=seconds, message=outcome.message or self._said(end, outcome))
        if end.rescued:
            outcome = replace(outcome, reason="RESCUED")
        return self._ending(end.state, outcome, end.position)

    def _cancelled(self) -> Ending:
        """Return the ending of a computer that somebody stopped: in a step, between two, or before all."""
        killed = next((n for n, done in self.done.items() if done.state is State.CANCELLED), None)
        blank = CommandOutcome(Answer.CANCELLED, self.assignment.marker)
        outcome = blank if killed is None else self.outcomes.get(killed, blank)
        reason = KILLED if killed is not None else CUT_SHORT if self.done else CANCELLED
        message, stands = outcome.message, self._stands(None) if self.done else "nothing was begun"
        if self.walker.program.is_job or killed is None:
            message = "; ".join(filter(None, (stands, self._always())))
            seconds = (self.way.clock() - self.begin).total_seconds()
            outcome = replace(outcome, duration_s=seconds)
        position = killed if killed is not None else max(self.done, default=None)
        return self._ending(State.CANCELLED, replace(outcome, reason=reason, message=message), position)

    def _suspended(self) -> Ending:
        """Return the ending of a computer whose steps that are always run were run, and that goes on later."""
        move = self.walker.move(self.done)
        message = "; ".join(filter(None, (self._stands(getattr(move, "position", None)), self._always())))
        window = self.cut == WINDOW
        message = f"the maintenance window has ended; {message}" if window else message
        outcome = CommandOutcome(Answer.NEVER_STARTED, self.assignment.marker, reason=self.cut, message=message)
        moment = (self.assignment.until if window else None) or self.way.clock()
        return replace(self._ending(State.QUEUED, outcome, None), not_before=moment, suspended=True)

    def _always(self) -> str:
        ran = self._names("always", lambda n: n in self.done)
        return f"{ran} was run: always" if ran else ""

    def _said(self, end: WalkEnd, outcome: CommandOutcome) -> str:
        steps = self.walker.program.steps
        if end.broken is not None:
            return f"step `{steps[end.broken].label}` failed and was rescued"
        if end.state is State.SUCCEEDED or end.position is None:
            return ""
        return f"step `{steps[end.position].label}` ended with exit status {outcome.exit_status}"

    def _ending(self, state: State, outcome: CommandOutcome, position: int | None) -> Ending:
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


def _recalled(assignment: Assignment, end: WalkEnd, done: StepDone) -> CommandOutcome:
    """Return the outcome of a step that ended in an earlier contact, as far as it is recorded."""
    answer = Answer.SUCCEEDED if done.state is State.SUCCEEDED else Answer.FAILED
    if done.state is State.TIMED_OUT:
        answer = Answer.TIMED_OUT
    marker = assignment.marker_of(end.position or 0, done.retry)
    return CommandOutcome(answer, marker, exit_status=done.exit_status, reason=done.reason or "")
