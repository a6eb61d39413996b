"""SUBNETS: the shelf of subnets (SITE-2). What it changes of computers' sites it changes in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.sites.kinds import SUBNET
from itmsctl.sites.rows import computer_site
from itmsctl.sites.service import assignment, moves
from itmsctl.values.addresses import prefix


class Subnets(Shelf):
    """All subnets. The name of one is its canonical CIDR text: `10.1.0.0/16`, `2001:db8::/48`."""

    def name_of(self, text: str) -> str:
        """Return the canonical CIDR text.

        Raises InputError for what is not a prefix, or has host bits set.
        """
        return prefix(text).text

    def add(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], *, guid: str | None = None) -> Outcome:
        """Add a subnet. What was written without a length is one address, which is told."""
        if "/" not in name:
            unit.tell(f"{self.name_of(name)} holds one address; a network is written with its length, as 10.1.0.0/16")
        return super().add(unit, name, fields, guid=guid)

    def columns_of(self, reader: Reader, doc: Doc) -> dict[str, Any]:  # noqa: ARG002 - the shelf's signature
        """Return first and last address."""
        span = prefix(doc.name)
        return {"start": span.start, "end": span.end}

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Take the computers out of the subnet, and put them where they are without it."""
        computers = self._inside(unit, doc)
        with self.telling(unit, computers):
            unit.connection.execute(sa.delete(computer_site).where(computer_site.c.subnet_id == doc.id))
            self.moved(unit, computers, without=doc.id)

    def after_write(self, unit: UnitOfWork, before: Doc | None, doc: Doc | None) -> None:
        """Put the computers where they are now."""
        if doc is None:
            return
        if before is not None and before.name == doc.name:
            if before.fields["site"] != doc.fields["site"]:
                with self.telling(unit, self._inside(unit, doc)):
                    assignment.follow_subnet(unit, doc.id)
            return
        computers = set(assignment.computers_in(unit, prefix(doc.name)))
        if before is not None:
            computers.update(self._inside(unit, doc))
        with self.telling(unit, sorted(computers)):
            self.moved(unit, sorted(computers))

    def moved(self, unit: UnitOfWork, computers: Sequence[int], *, without: int | None = None) -> None:
        """Assign computers again; an import, which changes many subnets, does so once at its end."""
        assignment.assign(unit, computers, without=without)

    def telling(self, unit: UnitOfWork, computers: Sequence[int]) -> AbstractContextManager[None]:
        """Return what says, of these computers, who leaves a site meanwhile."""
        return moves.telling(unit, computers)

    def for_many(self) -> Subnets:
        """Return the shelf that assigns computers once, at the end."""
        return DeferredSubnets()

    @staticmethod
    def _inside(reader: Reader, doc: Doc) -> list[int]:
        statement = sa.select(computer_site.c.computer_id).where(computer_site.c.subnet_id == doc.id)
        return list(reader.connection.execute(statement).scalars())


class DeferredSubnets(Subnets):
    """The same shelf for many changes in one unit of work: the computers concerned are assigned by `settle`."""

    def __init__(self) -> None:
        super().__init__(SUBNET)
        self._waiting: set[int] = set()

    def moved(self, unit: UnitOfWork, computers: Sequence[int], *, without: int | None = None) -> None:  # noqa: ARG002 - the shelf's signature
        """Remember whom it concerns."""
        self._waiting.update(computers)

    def telling(self, unit: UnitOfWork, computers: Sequence[int]) -> AbstractContextManager[None]:  # noqa: ARG002 - the shelf's signature
        """Say nothing: where the computers are is known at the end."""
        return nullcontext()

    def settle(self, unit: UnitOfWork) -> None:
        """Assign all that were concerned."""
        assignment.assign(unit, sorted(self._waiting))
        self._waiting.clear()


SUBNETS = Subnets(SUBNET)
