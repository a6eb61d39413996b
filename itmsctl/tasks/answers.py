"""What the answer of an endpoint's marker means for a computer whose outcome is unknown."""

from __future__ import annotations

from datetime import datetime, timedelta

from itmsctl.tasks.states import State
from itmsctl.transports.outcome import Outcome
from itmsctl.transports.outcome import State as Answer

MARKER_ABSENT = "MARKER-ABSENT"
_TRUE = {
    Answer.SUCCEEDED: State.SUCCEEDED,
    Answer.FAILED: State.FAILED,
    Answer.TIMED_OUT: State.TIMED_OUT,
    Answer.CANCELLED: State.CANCELLED,
}


def state_after_ask(outcome: Outcome, *, claimed_at: datetime | None, now: datetime, idempotent: bool) -> State:
    """Answer the state that an answer leads to.

    An end is the true end. A marker that was never started is sealed: the computer is queued for a new attempt. Where
    the folder of markers is missing and the computer was, or may have been, booted after the claim, that proves
    nothing: still unknown. So is a command that runs, one whose marker was lost, and a computer that cannot be asked;
    an idempotent task may be tried again where the marker was lost.
    """
    if outcome.state in _TRUE:
        return _TRUE[outcome.state]
    if outcome.state is Answer.NEVER_STARTED:
        proven = outcome.reason != MARKER_ABSENT or _up_since(outcome, claimed_at, now)
        return State.QUEUED if proven or idempotent else State.UNKNOWN
    if idempotent and outcome.reason == "MARKER-LOST":
        return State.QUEUED
    return State.UNKNOWN


def _up_since(outcome: Outcome, claimed_at: datetime | None, now: datetime) -> bool:
    """Tell whether the endpoint has surely run without a boot since the claim."""
    if claimed_at is None or outcome.host.uptime_s is None:
        return False
    return now - timedelta(seconds=outcome.host.uptime_s) < claimed_at


def why_unknown(outcome: Outcome) -> tuple[str, str]:
    """Answer reason and message for a computer that stays unknown after it was asked."""
    if outcome.state is Answer.RUNNING:
        return "STILL-RUNNING", "the command still runs on the computer"
    if outcome.state is Answer.NEVER_STARTED:
        return MARKER_ABSENT, "no marker is left, and the computer was booted since: that proves nothing"
    return outcome.reason or "UNKNOWN", outcome.message
