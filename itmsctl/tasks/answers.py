"""What the answer of an endpoint's marker means for a computer whose outcome is unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from itmsctl.errors import ReplyGarbledError
from itmsctl.tasks.states import State
from itmsctl.transports.outcome import CommandOutcome
from itmsctl.transports.outcome import RemoteState as Answer

MARKER_ABSENT, RESTARTED = "MARKER-ABSENT", "COMPUTER-RESTARTED"
ENDS_UNKNOWN = frozenset({RESTARTED, "PROCESS-GONE", "MARKER-LOST", MARKER_ABSENT})
"""Reasons of a `failed` whose exit status nobody can tell: what it did before it ended is to be looked at there."""

LATE_S = 15.0  # how long after its time limit a command is still left to the keeper on the endpoint
_TRUE = {
    Answer.SUCCEEDED: State.SUCCEEDED,
    Answer.FAILED: State.FAILED,
    Answer.TIMED_OUT: State.TIMED_OUT,
    Answer.CANCELLED: State.CANCELLED,
}


def state_after_ask(outcome: CommandOutcome, *, claimed_at: datetime | None, now: datetime, idempotent: bool) -> State:
    """Return the state that an answer leads to.

    An end is the true end; so is that the computer was restarted, or that the process is gone: it does not run any more
    and leaves no exit status. A marker that was never started is sealed: the computer is queued for a new attempt.
    Where the folder of markers is missing and the computer was, or may have been, booted after the claim, it may have
    begun and has surely ended: failed. Only a command that runs, and a computer that cannot be asked, stay unknown. An
    idempotent task is tried again wherever its end cannot be told.
    """
    if idempotent and outcome.reason in ENDS_UNKNOWN:
        return State.QUEUED
    if outcome.state in _TRUE:
        return _TRUE[outcome.state]
    if outcome.state is Answer.NEVER_STARTED:
        proven = outcome.reason != MARKER_ABSENT or _up_since(outcome, claimed_at, now)
        return State.QUEUED if proven else State.FAILED
    return State.UNKNOWN


def _up_since(outcome: CommandOutcome, claimed_at: datetime | None, now: datetime) -> bool:
    """Return whether the endpoint has surely run without a boot since the claim."""
    if claimed_at is None or outcome.host.uptime_s is None:
        return False
    return now - timedelta(seconds=outcome.host.uptime_s) < claimed_at


def told(outcome: CommandOutcome, state: State) -> CommandOutcome:
    """Return the outcome with words for what the answer alone does not say: why it failed, or is still unknown."""
    if state is State.FAILED and outcome.state is Answer.NEVER_STARTED:
        restarted = outcome.host.uptime_s is not None
        since = "the computer was restarted since" if restarted else "it does not tell when it was started"
        return replace(
            outcome,
            state=Answer.FAILED,
            reason=RESTARTED if restarted else MARKER_ABSENT,
            message=f"no marker is left, and {since}: it may have begun, and does not run any more",
        )
    if state is State.UNKNOWN:
        reason, message = why_unknown(outcome)
        return replace(outcome, reason=reason, message=message)
    return outcome


def unasked(outcome: CommandOutcome) -> CommandOutcome:
    """Return what is kept of a computer that says somebody stopped its command, where nobody did: nothing is known."""
    message = f"it says that {outcome.marker} was stopped, which nobody asked for"
    return CommandOutcome(
        Answer.UNKNOWN, outcome.marker, reason=ReplyGarbledError.code, message=message, host=outcome.host,
        leads_to=ReplyGarbledError.exit_status, duration_s=outcome.duration_s,
    )  # fmt: skip


def why_unknown(outcome: CommandOutcome) -> tuple[str, str]:
    """Return reason and message for a computer that stays unknown after it was asked."""
    if outcome.state is Answer.RUNNING:
        return "STILL-RUNNING", "the command still runs on the computer"
    return outcome.reason or "UNKNOWN", outcome.message


def is_late(outcome: CommandOutcome, limit_s: float) -> bool:
    """Return whether a command that runs has passed its time limit for longer than its keeper there takes to end it."""
    return outcome.age_s is not None and outcome.age_s > limit_s + LATE_S
