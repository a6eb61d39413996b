"""Records of what goes: objects, rows of data classes, members of targets, what is gone, and what is verified."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.errors import NotFoundError
from itmsctl.replication.complete_list import MOST_LISTED, CompleteList, complete_lists
from itmsctl.replication.part_check import PartCheck, checks_of, part_of
from itmsctl.replication.records import TargetMembers, canonical, written
from itmsctl.replication.rule import part_due
from itmsctl.replication.service import secrets, sent, telling
from itmsctl.replication.service.choosing import Choosing
from itmsctl.replication.service.given_run import GivenRun, Views
from itmsctl.replication.service.object_page import ChosenObject, fields_of
from itmsctl.replication.service.row_pages import RowPages
from itmsctl.resources.rows import resources
from itmsctl.targeting import selector
from itmsctl.targeting.service import picking


class Building:
    """Makes the records of one run, in the order in which they go."""

    def __init__(self, run: GivenRun, views: Views) -> None:
        self.run, self.views = run, views
        self.part = part_due(run.runs, run.rule.verify_pct)
        self.hashes: dict[str, dict[str, str]] = {}  # of what goes now and is verified, by kind

    def lines(self) -> Iterator[bytes]:
        """Yield them as lines, read once."""
        for chosen in Choosing(self.run, self.views).objects():
            self._verified(chosen.kind.name, chosen.guid, chosen.hash)
            yield canonical(record_of(chosen, purge=self.run.rule.purge))
            if chosen.kind.name == "credential" and chosen.doc is not None and self.run.vault is not None:
                with self.views() as reader:
                    yield canonical(secrets.record_of_secret(reader, self.run.vault, self.run.peer, chosen.doc))
            if chosen.kind.name == "target" and chosen.doc is not None:
                with suppress(NotFoundError):  # it went meanwhile: the next run says so
                    yield from map(written, self._members(chosen))
        yield from RowPages(self.run, self.views).lines()
        yield from map(written, telling.results(self.run, self.views))
        if self.run.complete:
            yield from map(written, self._complete())
        if self.part is not None:
            yield from map(written, self._checks(*self.part))

    def _members(self, chosen: ChosenObject) -> Iterator[TargetMembers]:
        """Yield all computers of a target as they are now (REPL-22)."""
        with self.views() as reader:
            ids = picking.resolve(reader, selector.quoted(chosen.name, "target"))
            where = member_of(reader.connection, resources.c.id, sorted(ids))
            guids = sorted(reader.connection.execute(sa.select(resources.c.guid).where(where)).scalars())
        for begin in range(0, max(1, len(guids)), MOST_LISTED):
            yield TargetMembers(chosen.guid, tuple(guids[begin : begin + MOST_LISTED]))

    # --- what the neighbour is to have ------------------------------------------------------------------------------

    def _verified(self, kind: str, guid: str, digest: str) -> None:
        if self.part is not None and part_of(guid, self.part[1]) == self.part[0]:
            self.hashes.setdefault(kind, {})[guid] = digest

    def _complete(self) -> Iterator[CompleteList]:
        """Yield all that the neighbour is to have of each kind: what it has beyond that from here is gone."""
        for kind in self.run.rule.kinds:
            yield from complete_lists(kind.name, self.run.given.get(kind.name, ()))

    def _checks(self, part: int, parts: int) -> Iterator[PartCheck]:
        """Yield what one part of the objects of each kind comes to; each run takes the next part (REPL-13)."""
        for kind in self.run.rule.kinds:
            with self.views() as reader:
                there = {
                    guid: digest
                    for guid, digest in sent.every_hash(reader, self.run.peer.guid, kind.name)
                    if digest is not None and part_of(guid, parts) == part
                }
            there |= self.hashes.get(kind.name, {})
            there = {guid: digest for guid, digest in there.items() if digest}
            yield from checks_of(kind.name, there, part, parts)


def record_of(chosen: ChosenObject, *, purge: bool) -> dict[str, Any]:
    """Return the record of an object that goes, or is gone."""
    if chosen.doc is None:
        return {
            "op": "gone", "kind": chosen.kind.name, "guid": chosen.guid, "name": chosen.name, "at": chosen.changed,
            "purge": purge,
        }  # fmt: skip
    return {
        "op": "put", "kind": chosen.kind.name, "guid": chosen.guid, "name": chosen.name, "hash": chosen.hash,
        "owner": chosen.owner, "changed": chosen.changed, "fields": fields_of(chosen.kind, chosen.doc),
        "refs": chosen.refs, "editable": sorted(chosen.editable),
    }  # fmt: skip
