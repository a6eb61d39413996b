"""Named moments of a run, in their order. Each is a call of `reached`, which does nothing.

They say in the code what the promises of F1 are about: between any two of them the process may die. Tests
put a function in the place of `reached` that kills the process there.
"""

from __future__ import annotations

from typing import Literal

Checkpoint = Literal[
    "after_plan",  # the run and its computers are stored, none is claimed
    "after_claim",  # a slice is claimed, nothing was sent
    "before_dispatch",  # a worker is about to connect
    "after_dispatch",  # the endpoint has answered with the end of the command
    "first_output",  # output is at hand, nothing of it is stored
    "after_exit_before_commit",  # the writer holds results, its unit of work has not begun
    "after_commit",  # results are stored, nothing was said yet
]


def reached(name: Checkpoint) -> None:
    """Mark a moment of a run."""
