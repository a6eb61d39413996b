"""One owner for each object: what a peer may put, and what is another's (CH1, HIER-19..21)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.hierarchy.service import peers
from itmsctl.replication.records import ObjectPut
from itmsctl.replication.replicated import Replicated
from itmsctl.replication.service import conflicts
from itmsctl.replication.service.receiving import Receiving
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.rows import merges
from itmsctl.resources.service.computers import winner_of
from itmsctl.values.kind import Kind


class Owners:
    """Whose the objects of a kind are."""

    def __init__(self, to: Receiving, kind: Kind, puts: Sequence[ObjectPut], here: Collection[str]) -> None:
        self.to, self.unit, self.kind, self.here = to, to.unit, kind, here
        self.left = peers.left_guids(to.unit) if to.is_child else frozenset()
        self.moved = conflicts.moved_from(to.unit, kind.name, to.peer.guid) if to.is_child else frozenset()
        self.merged = merged_among(to.unit, [one.guid for one in puts]) if kind is COMPUTER else frozenset()

    def takes(self, put: ObjectPut, known: Replicated | None) -> bool:
        """Return whether an object is to be put at all. Raises NotOwnerError for what is not the child's that sends."""
        if put.owner == self.unit.server_guid and not self.to.is_child:
            self.to.applied.counts["own"] += 1  # it comes back to its owner, who knows better
            return False
        if self._answers_survivor(put, known):
            return False
        if self.to.is_child:
            self._refuse_foreign(put, known)
        return True

    def may_overwrite(self, put: ObjectPut, before: Doc | None, known: Replicated | None) -> bool:
        """Return whether what is here may be overwritten: a standalone rule leaves what is not from that server."""
        if self.to.is_parent or self.to.is_child or before is None or self.to.belongs(known):
            return True
        why = "it is this server's own" if known is None else "it came from another server"
        self.to.refuse(self.kind.name, put.guid, why)
        self.to.side_by_side(conflicts.REFUSED, put, before, f"{why}, and a standalone rule overwrites no other's")
        return False

    def _answers_survivor(self, put: ObjectPut, known: Replicated | None) -> bool:
        """Return whether an object is another one here now, and have the sender told which, and whose."""
        survivor = None
        if not self.to.belongs(known) and put.guid in self.moved and put.guid in self.here:
            survivor = put.guid
        elif known is None and put.guid in self.merged:
            survivor = winner_of(self.unit, put.guid)
        if survivor is None:
            return False
        self.to.survives(self.kind.name, put.guid, survivor)
        return True

    def _refuse_foreign(self, put: ObjectPut, known: Replicated | None) -> None:
        if known is not None and known.origin in self.left:
            return  # it was of a server that left: who has it now says so
        if known is not None and not self.to.belongs(known):
            raise self.to.not_owner(self.kind.name, put.name, "it belongs to another branch of the hierarchy (CH1)")
        if known is None and put.guid in self.here:
            raise self.to.not_owner(self.kind.name, put.name, "it belongs to this server (CH1)")
        if put.owner == self.unit.server_guid:
            raise self.to.not_owner(self.kind.name, put.name, "it says that this server owns it, which never had it")
        through = self.to.origins.get(put.owner, self.to.peer.guid)
        if through != self.to.peer.guid:
            raise self.to.not_owner(self.kind.name, put.name, "its owner stands in another branch (CH1)")


def merged_among(reader: Reader, guids: Collection[str]) -> frozenset[str]:
    """Return those of these GUIDs whose computers were merged into others."""
    among = member_of(reader.connection, merges.c.loser_guid, guids)
    statement = sa.select(merges.c.loser_guid).where(merges.c.split_at.is_(None), among)
    return frozenset(reader.connection.execute(statement).scalars())
