"""What stops a run between two steps of a computer, and what is then still owed.

| brake | the next normal step | steps that are always run | then |
|---|---|---|---|
| `run cancel`, `run kill` (computers by name) | does not begin | run at once | `cancelled` |
| the first Ctrl-C, the end of a maintenance window | does not begin | run at once | queued as a new attempt |
| the STOP switch, a STOP file | does not begin | owed | queued, until the switch is lifted |
| a tick whose time is up | does not begin | come in their turn | queued, the next tick goes on |

What the server always does after all computers is done at the end of a run that was cancelled or killed, too, once no
computer is at work any more; by the other brakes the run is not over.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from itmsctl.values.lean import dataclass

if TYPE_CHECKING:
    from itmsctl.tasks.engine import Stop

CANCELLED, CUT_SHORT, KILLED = "CANCELLED", "CUT-SHORT", "KILLED"
"""Why a computer is `cancelled`: before anything was sent, between two steps, and in the middle of one."""

KILLED_AGAIN = "KILLED-AGAIN"
"""The mark of a computer for which `run kill` was said twice: steps that are always run are stopped too."""

STOPPED, WINDOW = "STOPPED", "WINDOW-CLOSED"
"""Why a computer stands in the queue between two steps."""

PUT_OFF = "PUT-OFF"
"""Why it stands there before a step that its user put off."""

BY_AGENT = "BY-AGENT"
"""Why it stands there where its own agent carries the run out: nobody contacts it, and it tells what came of it."""


def kills(mark: str, role: str) -> bool:
    """Return whether a mark stops what runs of a step of this role."""
    return mark == KILLED_AGAIN or (mark == KILLED and role != "always")


class Brake(enum.StrEnum):
    """What holds for every computer of a drive at this moment."""

    NONE = "none"
    PAUSE = "pause"
    HOLD = "hold"
    CUT = "cut"


@dataclass()
class Brakes:
    """The brakes of one drive. The writer replaces `named` as a whole; workers only read it."""

    stop: Stop
    named: Mapping[int, str] = field(default_factory=dict)  # computers that somebody stopped, and by which verb

    def now(self) -> Brake:
        """Return what holds for every computer."""
        if self.stop.held():
            return Brake.HOLD
        if self.stop.interruptions():
            return Brake.CUT
        return Brake.PAUSE if self.stop.time_up() else Brake.NONE

    def of(self, computer_id: int) -> str:
        """Return by which verb somebody stopped this very computer; empty where nobody did."""
        return self.named.get(computer_id, "")

    def is_killed(self, computer_id: int, before: str, role: str) -> bool:
        """Return whether somebody killed steps of this role on a computer; `before` is its mark when it was claimed."""
        return kills(self.of(computer_id) or before, role)
