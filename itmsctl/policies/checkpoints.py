"""Named moments of a tick, in their order. Each is a call of `reached`, which does nothing: see those of `tasks`."""

from __future__ import annotations

from typing import Literal

Checkpoint = Literal[
    "in_membership",  # membership was updated, and is not stored yet
    "after_lease",  # the lease is ours, nothing is decided
    "after_decision",  # an occurrence and its run are stored
    "after_release",  # all is decided, nothing is driven
    "after_drive",  # a run was driven and let go of, nothing was said yet
]


def reached(name: Checkpoint) -> None:
    """Mark a moment of a tick."""
