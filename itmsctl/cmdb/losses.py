"""What was lost by a change: who is no longer in what held them, as rooms tell it (hook `memberships`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

from itmsctl.cmdb.work import UnitOfWork


class Loss(NamedTuple):
    """A computer that is no longer in what held it: a filter, a target, a site."""

    kind: str
    name: str
    computer: str


class Memberships(Protocol):
    """Who was in what at one moment of a unit of work (hook `memberships`, called with the unit)."""

    def lost(self, unit: UnitOfWork, gone: Mapping[int, str]) -> Iterator[Loss]:
        """Yield the computers that are in less than they were; `gone` names removed computers by id."""
