"""The types of relations that come with the program, and which resources may stand at the ends of a type (PLAT-16).

An end names kinds of resources, or levels of their hierarchy: `device` is every kind of device.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from itmsctl.errors import InputError
from itmsctl.resources.devices import LEVELS
from itmsctl.values.names import did_you_mean


class DeclaredType(NamedTuple):
    """A type of relation: what may stand at its ends, and whether one resource may have several at the other end."""

    subject: str
    object: str
    several: bool
    help: str


PREDEFINED = {
    "primary-user": DeclaredType("computer", "user", False, "who uses it most"),
    "owner": DeclaredType("resource", "user", False, "whose it is"),
    "user": DeclaredType("device", "user", True, "who uses it"),
    "managed-by": DeclaredType("resource", "user", True, "who looks after it"),
    "runs-on": DeclaredType("virtual-machine,application", "device,virtual-machine", True, "what it runs on"),
    "guest": DeclaredType("virtual-machine", "computer", False, "the computer that it is, seen from inside"),
    "connected-to": DeclaredType("device", "device", True, "what it is connected to"),
    "prints-on": DeclaredType("computer,user", "printer", True, "where it prints"),
    "member-of": DeclaredType("resource", "resource", True, "what it is a part of"),
    "depends-on": DeclaredType("resource", "resource", True, "what it needs"),
}


def ends_of(text: str) -> tuple[str, ...]:
    """Return the kinds and levels that an end names, with commas between them."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def checked_end(text: str, kinds: Collection[str]) -> str:
    """Return an end as it is kept. Raises InputError for a word that is neither one of these kinds nor a level."""
    ends = ends_of(text)
    known = [*(level.name for level in LEVELS), *kinds]
    for one in ends or (text,):
        if one not in known:
            raise InputError(f"`{one}` is no kind of resource", hint=did_you_mean(one, known) or ", ".join(known))
    return ",".join(ends)
