"""A part of policy and the computers that it is for."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass

from itmsctl.agents.content import PolicyPart

_WINDOWS = "windows"


@dataclass(frozen=True, slots=True)
class DutySource:
    """A part of policy, written once for all its computers; `members` looks up which those are.

    `key` stays the same where the part says something else.
    """

    key: str
    part: PolicyPart
    members: Callable[[], Set[int]]


def key_of(document: str, zone: str = "") -> str:
    """Return the key of what a document says to all its computers, or to those in one time zone."""
    return f"{document} {zone}".rstrip()


def key_of_windows(digest: str) -> str:
    """Return the key of windows: they follow from no one document."""
    return key_of(_WINDOWS, digest)


def document_of(key: str) -> str:
    """Return the GUID of the document that a source follows from."""
    return key.partition(" ")[0]


def is_of_windows(key: str) -> bool:
    """Return whether a source follows from windows alone, which no change of a policy touches."""
    return document_of(key) == _WINDOWS
