"""One computer in a worker's hands, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from itmsctl.tasks.states import State
from itmsctl.tasks.step import marker_of
from itmsctl.tasks.surroundings import Surroundings
from itmsctl.tasks.walk import StepDone
from itmsctl.transports.endpoint import Connection, Endpoint
from itmsctl.transports.outcome import CommandOutcome
from itmsctl.transports.outcome import RemoteState as Answer
from itmsctl.values.lean import dataclass


@dataclass(frozen=True)
class Assignment:
    """One attempt on one computer, claimed: only the holder of `token` may write its result (I4).

    `claimed_at` is the earliest moment at which a command can have started; `done` is what became of earlier steps;
    no step begins after `until`, when the maintenance window ends; `contacts` counts how often it did not answer;
    `around` is what was read of the computer for the steps that need it, by position; `stopped` tells by which verb
    somebody stopped it: no further step of it begins but those that are always run.
    """

    computer_id: int
    attempt: int
    token: int
    run_guid: str
    endpoint: Endpoint
    claimed_at: datetime | None = None
    done: Mapping[int, StepDone] = field(default_factory=dict)
    until: datetime | None = None
    contacts: int = 0
    around: Mapping[int, Surroundings] = field(default_factory=dict)
    stopped: str = ""

    @property
    def marker(self) -> str:
        """Return the marker of the attempt's first step."""
        return self.marker_of(0, 0)

    def marker_of(self, position: int, retry: int) -> str:
        """Return the marker of one try of a step."""
        return marker_of(self.run_guid, self.endpoint.guid, self.attempt, position, retry)

    @property
    def guid(self) -> str:
        """Return the computer's GUID."""
        return self.endpoint.guid

    @property
    def name(self) -> str:
        """Return the computer's name."""
        return self.endpoint.name


@dataclass(frozen=True)
class StepEnding:
    """What came of one try of one step."""

    position: int
    retry: int
    state: State
    outcome: CommandOutcome
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True)
class StepProgress:
    """Steps of a computer that goes on: they are stored, it stays claimed. `connection` is that of a first contact."""

    assignment: Assignment
    steps: tuple[StepEnding, ...]
    connection: Connection | None = None


@dataclass(frozen=True)
class Ending:
    """What came of an attempt; `outcome` is that of the step at `position`, which decided.

    `connection` is none where there never was one. `steps` are those not yet stored as progress. A computer that is to
    go on later is `queued`, not before `not_before`; one that is `suspended` goes on as a new attempt, for its steps
    that are always run were run and will be again.
    """

    assignment: Assignment
    state: State
    outcome: CommandOutcome
    connection: Connection | None
    started_at: datetime
    ended_at: datetime
    steps: tuple[StepEnding, ...] = ()
    position: int | None = None
    not_before: datetime | None = None
    done: Mapping[int, StepDone] = field(default_factory=dict)  # every step so far
    told: tuple[StepEnding, ...] = ()  # steps of this contact, stored or not
    suspended: bool = False


_STATES = {
    Answer.SUCCEEDED: State.SUCCEEDED,
    Answer.FAILED: State.FAILED,
    Answer.TIMED_OUT: State.TIMED_OUT,
    Answer.CANCELLED: State.CANCELLED,
    Answer.UNREACHABLE: State.UNREACHABLE,
    Answer.NEVER_STARTED: State.FAILED,
    Answer.RUNNING: State.UNKNOWN,
    Answer.UNKNOWN: State.UNKNOWN,
}


def state_after_run(outcome: CommandOutcome) -> State:
    """Return the state that a transport's outcome of `run` means.

    A computer that was reached but did not start the command has failed, with a reason and no exit status.
    """
    return _STATES[outcome.state]


def lost(assignment: Assignment, now: datetime, reason: str, message: str) -> Ending:
    """Return the end of an attempt whose outcome was not waited for: unknown, until its marker is asked."""
    outcome = CommandOutcome(Answer.UNKNOWN, assignment.marker, reason=reason, message=message)
    return Ending(assignment, State.UNKNOWN, outcome, None, now, now)


def removed(assignment: Assignment, now: datetime) -> Ending:
    """Return the end of an attempt whose outcome nobody will ever know: its computer was removed meanwhile."""
    message = "the computer was removed from the CMDB before it could be asked what became of it"
    outcome = CommandOutcome(Answer.FAILED, assignment.marker, reason="NOT-FOUND", message=message, leads_to=8)
    return Ending(assignment, State.FAILED, outcome, None, assignment.claimed_at or now, now)


def is_removed(ending: Ending) -> bool:
    """Return whether an attempt ended so because its computer had been removed, whatever still runs there."""
    return ending.state is State.FAILED and ending.outcome.reason == "NOT-FOUND"


def gone(assignment: Assignment, now: datetime) -> Ending:
    """Return the end of an attempt on a computer that was removed after the run had picked it: nothing was sent."""
    message = "the computer was removed from the CMDB before its turn came"
    outcome = CommandOutcome(Answer.UNREACHABLE, assignment.marker, reason="NOT-FOUND", message=message, leads_to=8)
    return Ending(assignment, State.UNREACHABLE, outcome, None, now, now)
