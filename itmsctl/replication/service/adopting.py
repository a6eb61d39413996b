"""An object gets the GUID by which other servers know it."""

from __future__ import annotations

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.replication.service.kept import drop
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.service import merge
from itmsctl.values.names import new_guid


def adopt(unit: UnitOfWork, shelf: Shelf, doc: Doc, guid: str) -> None:
    """Give an object this GUID, which nobody has. A computer is merged into a new one, so that its old one leads on."""
    if shelf.kind is COMPUTER:
        _merge_into_new(unit, shelf, doc, guid)
    else:
        _rewrite(unit, shelf, doc, guid)
    drop(unit, [(shelf.kind.name, doc.guid)])


def _merge_into_new(unit: UnitOfWork, shelf: Shelf, doc: Doc, guid: str) -> None:
    shelf.add(unit, f"{doc.name}@{new_guid()[:8]}", {}, guid=guid)
    merge.merge(unit, guid, doc.guid)
    shelf.set(unit, guid, {}, rename=doc.name)


def _rewrite(unit: UnitOfWork, shelf: Shelf, doc: Doc, guid: str) -> None:
    """Rewrite the row: the audit sees one object go, and one of the new GUID come."""
    table = shelf.table
    by = unit.change_set_id
    values = {"guid": guid, "revision": 1, "changed_by": by, "changed_at": unit.now, "created_at": unit.now}
    unit.exhume([guid])
    unit.connection.execute(sa.update(table).where(table.c.id == doc.id).values(**values))
    unit.record("removed", shelf.kind.name, doc.guid, doc.name, doc.document(), None)
    unit.record("created", shelf.kind.name, guid, doc.name, None, doc.document())
