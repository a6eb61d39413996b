"""What a step that acts comes to where its program was not begun, or what it did could not be looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from itmsctl.errors import ItmsError, OutcomeUnknownError, TransferCutError
from itmsctl.packages.service.stocking import StopRequestedError
from itmsctl.tasks.brakes import KILLED
from itmsctl.transports.outcome import CommandOutcome, RemoteState


def begun_or_not(marker: str, act: Callable[[], CommandOutcome]) -> CommandOutcome:
    """Return the outcome of an act whose errors all come before its marker was begun. Raises other ItmsErrors."""
    try:
        return act()
    except StopRequestedError:
        return ended(marker, RemoteState.CANCELLED, KILLED, "`run kill` ended it; nothing was run there", leads_to=9)
    except (OutcomeUnknownError, TransferCutError) as error:
        # The marker was not begun: whatever came of the link, it may be done again.
        return CommandOutcome.of_error(RemoteState.UNREACHABLE, marker, error)


def looked_at(marker: str, look: Callable[[], CommandOutcome]) -> CommandOutcome:
    """Return the outcome of looking at what a program did that has ended; unknown where that was not possible."""
    try:
        return look()
    except ItmsError as error:
        # It ended, and what it did could not be looked at: `run reconcile` asks again.
        unknown = CommandOutcome.of_error(RemoteState.UNKNOWN, marker, error)
        return replace(unknown, leads_to=OutcomeUnknownError.exit_status)


def ended(
    marker: str, state: RemoteState, reason: str, message: str, *, leads_to: int = 0, brought: Any = None
) -> CommandOutcome:
    """Return the outcome of a step in which no program was run."""
    status = 0 if state is RemoteState.SUCCEEDED else None
    return CommandOutcome(state, marker, status, reason=reason, message=message, leads_to=leads_to, brought=brought)
