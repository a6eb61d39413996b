"""A part of policy and the computers that it is for."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass

from itmsctl.agents.content import PackageContent, PolicyPart

_WINDOWS, _DELIVERY = "windows", "delivery"


@dataclass(frozen=True, slots=True)
class DutySource:
    """A part of policy, written once for all its computers; `members` looks up which those are.

    `key` stays the same where the part says something else.
    """

    key: str
    part: PolicyPart
    members: Callable[[], Set[int]]
    contents: tuple[PackageContent, ...] = ()


def key_of(document: str, zone: str = "") -> str:
    """Return the key of what a document says to all its computers, or to those in one time zone."""
    return f"{document} {zone}".rstrip()


def key_of_windows(digest: str) -> str:
    """Return the key of windows: they follow from no one document."""
    return key_of(_WINDOWS, digest)


def document_of(key: str) -> str:
    """Return the GUID of the document that a source follows from."""
    return key.partition(" ")[0]


def suffix_of_delivery(digest: str) -> str:
    """Return what is added to the key of a delivery: computers of one may take packages from different places."""
    return f"{_DELIVERY} {digest[:32]}"


def is_steady(key: str) -> bool:
    """Return whether a source follows from more than documents of policies: it stays until all is looked at."""
    return document_of(key) == _WINDOWS or _DELIVERY in key.split()
