"""What a source tells of a computer: the form between those who gather or read data and those who store them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Rows = Sequence[Mapping[str, Any]]
"""Rows of one class as they were told, not yet in their one form (`canonical`)."""


@dataclass(frozen=True)
class LooseChange:
    """Rows of a class that a source says came and went since it last told, where it tells no whole class."""

    added: Rows = ()
    removed: Rows = ()


@dataclass(frozen=True)
class ToldChange:
    """What differs in one class from the rows whose digest is `base`; `digest` is that of the rows afterwards.

    `rows` are those that came or changed, `removed` the keys of those that went, as signed numbers.
    """

    base: str
    digest: str
    rows: Rows = ()
    removed: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """A program was started or stopped, was kept from starting, or runs at a moment (`running`).

    `seconds` is how long a program ran that stopped; `process` is its number on the computer. What is not known of a
    program is empty.
    """

    event: str
    at: datetime
    file: str
    path: str = ""
    product: str = ""
    vendor: str = ""
    version: str = ""
    user: str = ""
    seconds: float | None = None
    process: int | None = None


START, STOP, DENY_EVENT, RUNNING = "start", "stop", "deny", "running"


@dataclass(frozen=True)
class Told:
    """What a source told of a computer at a moment.

    `classes` are told whole: a row that is not there is gone. A class that is absent says nothing. `unread` are those
    that the source should know and could not read, or read in part only, and why. `changes` are for rows that are known
    already. A source that knows the digests of what is held may tell what differs from it (`deltas`), or that a class
    still has the digest that is held (`same`). `package` is the id of the stand-alone package that wrote it. `usage`
    are events of programs, which a later room keeps (hook `usage_told`).
    """

    source: str
    collected_at: datetime
    classes: Mapping[str, Rows]
    unread: Mapping[str, str] = field(default_factory=dict)
    changes: Mapping[str, LooseChange] = field(default_factory=dict)
    deltas: Mapping[str, ToldChange] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)
    package: str = ""
    usage: Sequence[UsageEvent] = ()


@dataclass(frozen=True)
class Subject:
    """Who a report is of, as it says itself: names and identity values by kind (`resources.kinds.IDENTITIES`)."""

    name: str = ""
    guid: str = ""
    identities: Mapping[str, Sequence[str]] = field(default_factory=dict)
    addresses: Sequence[str] = ()
    os_family: str = ""
    device_kind: str = ""
    groups: Sequence[str] = ()
    """Groups of the source that it is in, such as those of an Ansible inventory."""

    @property
    def said(self) -> Mapping[str, Sequence[str]]:
        """Return what it says, by the field of a computer that it is said of."""
        return {
            **self.identities,
            "os_family": [self.os_family],
            "device_kind": [self.device_kind],
            "address": self.addresses,
        }
