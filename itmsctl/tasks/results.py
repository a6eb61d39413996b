"""A computer of a run as people and programs see it: one flat object, the same live and from the CMDB."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from itmsctl.tasks.assignment import Ending
from itmsctl.tasks.states import State
from itmsctl.tasks.streams import Streams
from itmsctl.tasks.tally import Tally


@dataclass(frozen=True, slots=True)
class Result:
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

    def as_dict(self, run: str | None, *, with_output: bool = True) -> dict[str, Any]:
        """Answer the object of NDJSON output: `type` is `result`."""
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
        }

    def row(self) -> dict[str, Any]:
        """Answer the row of a table: the first line of output stands for all of it."""
        output = self.streams.first_line() or self.message or ""
        return {
            "computer": self.computer,
            "state": str(self.state),
            "exit_status": self.exit_status,
            "duration_s": self.duration_s,
            "output": output,
        }


def of_ending(ending: Ending) -> Result:
    """Answer the result of an attempt that has just ended."""
    outcome = ending.outcome
    return Result(
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
    )


def summary(tally: Tally, *, run: str | None, state: str, seconds: float | None = None) -> dict[str, Any]:
    """Answer the last object of NDJSON output: every count, and what to type next is left to stderr."""
    found: dict[str, Any] = {"type": "summary", "run": run, "state": state, **tally.as_dict()}
    found["computers"] = tally.computers
    found["duration_s"] = None if seconds is None else round(seconds, 3)
    found["reasons"] = reasons(tally)
    return found


def reasons(tally: Tally) -> list[Mapping[str, Any]]:
    """Answer why computers did not succeed, the most frequent first."""
    ordered = sorted(tally.reasons.items(), key=lambda item: (-item[1], item[0]))
    return [{"state": state, "reason": reason, "computers": number} for (state, reason), number in ordered]
