"""A computer of a run as people and programs see it: one flat object, the same live and from the CMDB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from itmsctl.tasks.assignment import Ending
from itmsctl.tasks.states import State
from itmsctl.tasks.streams import Streams
from itmsctl.tasks.tally import Tally
from itmsctl.tasks.walk import Walker
from itmsctl.transports.outcome import CommandOutcome
from itmsctl.transports.outcome import RemoteState as Answer
from itmsctl.values.lean import dataclass

_MARKS = {
    "succeeded": "✓", "failed": "✗", "timed_out": "✗ time limit", "cancelled": "✗ stopped", "skipped": "-",
    "waiting": "·",
}  # fmt: skip


@dataclass(frozen=True)
class StepResult:
    """How one step of a job stands on a computer; `tries` counts how often it was run in that attempt."""

    step: str
    state: str
    exit_status: int | None = None
    attempt: int | None = None
    tries: int = 0
    reason: str = ""
    message: str = ""
    duration_s: float | None = None
    why: str = ""
    streams: Streams = field(default_factory=Streams)

    def mark(self) -> str:
        """Return the cell of a table: how it ended, with an exit status that is not 0."""
        sign = _MARKS.get(self.state, self.state)
        status = f" {self.exit_status}" if self.exit_status else ""
        tries = f" ({self.tries}x)" if self.tries > 1 else ""
        return f"{sign}{status}{tries}"

    def as_dict(self, *, with_output: bool) -> dict[str, Any]:
        """Return the object inside a computer's."""
        return {
            "step": self.step,
            "state": self.state,
            "exit_status": self.exit_status,
            **(self.streams.as_dict() if with_output and self.tries else {}),
            "duration_s": None if self.duration_s is None else round(self.duration_s, 3),
            "reason": self.reason,
            "message": self.message,
            "why": self.why,
            "attempt": self.attempt,
            "tries": self.tries,
        }


@dataclass(frozen=True)
class ComputerResult:
    """How one computer of a run stands."""

    computer: str
    guid: str
    state: State
    attempt: int
    exit_status: int | None = None
    reason: str | None = None
    message: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_s: float | None = None
    streams: Streams = field(default_factory=Streams)
    steps: tuple[StepResult, ...] = ()

    def as_dict(self, run: str | None, *, with_output: bool = True) -> dict[str, Any]:
        """Return the object of NDJSON output: `type` is `result`. That of a job has its `steps`."""
        steps = [step.as_dict(with_output=with_output) for step in self.steps]
        return {
            "type": "result",
            "computer": self.computer,
            "id": self.guid,
            "state": str(self.state),
            "exit_status": self.exit_status,
            **(self.streams.as_dict() if with_output else {}),
            "duration_s": None if self.duration_s is None else round(self.duration_s, 3),
            "reason": self.reason or "",
            "message": self.message or "",
            "run": run,
            "attempt": self.attempt,
            **({"steps": steps} if steps else {}),
        }

    def row(self) -> dict[str, Any]:
        """Return the row of a table: the first line of output, and in `more` whether there is more."""
        has_more = self.streams.has_more()
        output = (self.streams.first_line() or self.message or "") + (" …" if has_more else "")
        return {
            "computer": self.computer,
            "state": str(self.state),
            "exit_status": self.exit_status,
            "duration_s": self.duration_s,
            "output": output,
            "more": has_more,
            "steps": {step.step: step.mark() for step in self.steps},
        }


def steps_of(walker: Walker, ending: Ending) -> tuple[StepResult, ...]:
    """Return the steps of a job on a computer that has just ended; what they printed only where it is at hand."""
    fresh = {step.position: step for step in ending.told}
    found = []
    for seen in walker.trace(ending.done, cut=ending.state is State.CANCELLED):
        done, step = ending.done.get(seen.position), fresh.get(seen.position)
        if done is None:
            found.append(StepResult(seen.label, seen.state, why=seen.why))
            continue
        outcome = step.outcome if step is not None else CommandOutcome(Answer.SUCCEEDED, "")
        found.append(
            StepResult(
                seen.label,
                seen.state,
                done.exit_status,
                ending.assignment.attempt,
                done.retry + 1,
                done.reason or "",
                outcome.message,
                outcome.duration_s,
                seen.why,
                Streams(outcome.stdout, outcome.stderr),
            )
        )
    return tuple(found)


def of_ending(ending: Ending, walker: Walker | None = None) -> ComputerResult:
    """Return the result of an attempt that has just ended; with a job's walker, its steps too."""
    outcome = ending.outcome
    return ComputerResult(
        computer=ending.assignment.name,
        guid=ending.assignment.guid,
        state=ending.state,
        attempt=ending.assignment.attempt,
        exit_status=outcome.exit_status,
        reason=outcome.reason,
        message=outcome.message,
        started_at=ending.started_at,
        ended_at=ending.ended_at,
        duration_s=outcome.duration_s,
        streams=Streams(outcome.stdout, outcome.stderr),
        steps=() if walker is None else steps_of(walker, ending),
    )


def summary(tally: Tally, *, run: str | None, state: str, seconds: float | None = None) -> dict[str, Any]:
    """Return the last object of NDJSON output: every count, and what to type next is left to stderr."""
    found: dict[str, Any] = {"type": "summary", "run": run, "state": state, **tally.as_dict()}
    found["computers"] = tally.computers
    found["duration_s"] = None if seconds is None else round(seconds, 3)
    found["reasons"] = reasons(tally)
    return found


def reasons(tally: Tally) -> list[Mapping[str, Any]]:
    """Return why computers did not succeed, the most frequent first."""
    ordered = sorted(tally.reasons.items(), key=lambda item: (-item[1], item[0]))
    return [{"state": state, "reason": reason, "computers": number} for (state, reason), number in ordered]
