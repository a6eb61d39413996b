"""Names that clash: an object that comes, and another one here that bears its name."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.nouns import of_kind
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.shelf import Shelf
from itmsctl.replication.records import ObjectPut
from itmsctl.replication.replicated import Replicated
from itmsctl.replication.service import conflicts
from itmsctl.replication.service.adopting import adopt
from itmsctl.replication.service.kept import known_of
from itmsctl.replication.service.receiving import Receiving
from itmsctl.resources.kinds import COMPUTER
from itmsctl.values.kind import Kind
from itmsctl.values.names import name_key
from itmsctl.values.replicated import Carried


class Clashes:
    """Who bears which name of a kind."""

    def __init__(self, to: Receiving, kind: Kind, shelf: Shelf, puts: Sequence[ObjectPut]) -> None:
        self.to, self.unit, self.kind, self.shelf = to, to.unit, kind, shelf
        table = shelf.table
        keys = member_of(self.unit.connection, table.c.name_key, [name_key(one.name) for one in puts])
        rows = self.unit.rows(of_kind(kind, sa.select(table.c.name_key, table.c.guid).where(keys)))
        self.bearers = {row.name_key: row.guid for row in rows}

    def name_for(self, put: ObjectPut) -> str | None:
        """Return the name under which an object is put; None where another one here stands for it."""
        key = name_key(put.name)
        bearer = self.bearers.get(key)
        if bearer is None or bearer == put.guid:
            self.bearers[key] = put.guid
            return put.name
        holder = self.shelf.of_guids(self.unit, [bearer]).get(bearer)
        if holder is None or name_key(holder.name) != key:
            self.bearers[key] = put.guid  # it has another name since
            return put.name
        if self._is_resource and self.kind is not COMPUTER:
            return self._as_one(put, holder)
        if self._stays(put, holder):
            return self._renamed_here(put)
        self._rename(holder, put)
        self.bearers[key] = put.guid
        return put.name

    def _known(self, holder: Doc) -> Replicated | None:
        return known_of(self.unit, self.kind.name, holder.guid)

    @property
    def _is_resource(self) -> bool:
        return self.kind.replication is not None and self.kind.replication.what is Carried.RESOURCE

    def _stays(self, put: ObjectPut, holder: Doc) -> bool:
        """Return whether the one that is here keeps its name: against all but the parent's, who overwrites.

        One of the same server has another name there by now. Of two that came from two servers, the one of the lesser
        GUID has it, whichever came first.
        """
        known = self._known(holder)
        if known is None:
            return not self.to.is_parent
        return not self.to.belongs(known) and not self.to.is_parent and holder.guid < put.guid

    def _renamed_here(self, put: ObjectPut) -> str:
        name = apart(put.name, put.guid)
        self.to.applied.renamed.append((self.kind.name, put.name, name))
        return name

    def _rename(self, holder: Doc, put: ObjectPut) -> None:
        name = apart(holder.name, holder.guid)
        self.shelf.set(self.unit, holder.guid, {}, rename=name)
        if self._known(holder) is not None:
            return  # its owner says its name again
        self.to.applied.counts["renamed here"] += 1
        why = f"{self.to.peer.name} sent another {self.kind.name} of this name; this server's is `{name}` now"
        self.unit.tell(f"{self.kind.name} {holder.name}: {why}")
        place = (self.kind.name, holder.guid, name)
        self.to.conflict(conflicts.RENAMED, place, why, holder.document(), put.document(), state=conflicts.THEIRS)

    def _as_one(self, put: ObjectPut, holder: Doc) -> str | None:
        """Make one of two resources of one name, which is their key: a parent's GUID survives, else the lesser one."""
        known = self._known(holder)
        if self.to.is_child and (known is None or holder.guid < put.guid):
            self.to.survives(self.kind.name, put.guid, holder.guid)
            return None
        if not self.to.is_child and not self.to.is_parent:
            self.to.side_by_side(conflicts.REFUSED, put, holder, "this server has one of this name")
            return None
        why = f"{self.to.peer.name} has one of the same name; its GUID {put.guid} survives"
        place = (self.kind.name, put.guid, put.name)
        self.to.conflict(conflicts.MERGED, place, why, holder.document(), put.document(), state=conflicts.THEIRS)
        if known is not None:
            self.to.moved(self.kind.name, holder.guid, known)
        adopt(self.unit, self.shelf, holder, put.guid)
        self.to.applied.counts["merged"] += 1
        return put.name


def apart(name: str, guid: str) -> str:
    """Return a name that tells an object apart from another of its name, the same on every server."""
    return f"{name}@{guid[:8]}"
