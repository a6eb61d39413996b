"""A part of policy and the computers that it is for."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass

from itmsctl.agents.content import PolicyPart


@dataclass(frozen=True, slots=True)
class DutySource:
    """A part of policy, written once for all its computers; `members` looks up which those are.

    `key` stays the same where the part says something else.
    """

    key: str
    part: PolicyPart
    members: Callable[[], Set[int]]
