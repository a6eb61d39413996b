"""Judging a few objects against the audit, before a secret goes where they say: no more is read than is about them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import chain
from itmsctl.cmdb.audit import horizon
from itmsctl.cmdb.rows import change_sets, changes
from itmsctl.cmdb.said import KEPT, LiveRows, Said
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.standing import Difference, Noun, compared
from itmsctl.cmdb.work import Reader
from itmsctl.values.kind import Kind


def of_docs(reader: Reader, kind: Kind, docs: Sequence[Any]) -> dict[int, Difference]:
    """Return the objects of a noun, by id, that do not stand as the audit said last."""
    if not docs:
        return {}
    said = _said(reader, {kind.name}, [doc.guid for doc in docs])
    by_guid = {doc.guid: doc.id for doc in docs}
    noun = Noun(reader, kind, whole=horizon(reader.connection).seq == 0)
    found = noun.page([doc.id for doc in docs], dict(said.living()))
    return {by_guid[one.guid]: one for one in found}


def of_seals(reader: Reader, kind: str, guids: Sequence[str], rows: Iterator[LiveRows]) -> dict[str, Difference]:
    """Return what of a sealed kind differs, by its GUID; `rows` are those that stand for these GUIDs."""
    left = dict(_said(reader, {kind}, guids).living())
    found = {}
    for live in rows:
        for one in compared(reader, live, left.pop((kind, live.guid), None)):
            found[live.guid] = one
    for (_, guid), last in left.items():
        found[guid] = Difference(kind, guid, "", f"is gone; change-set {last.seq} has it")
    return found


def _said(reader: Reader, kinds: Collection[str], guids: Sequence[str]) -> Said:
    """Return what the audit says of these objects. The change-sets that say it last must hold in themselves.

    Raises AuditChainError.
    """
    wanted = sorted({*kinds, *(KEPT + kind for kind in kinds)})
    columns = [changes.c[name] for name in ("kind", "guid", "name", "action", "before", "after")]
    statement = (
        sa.select(change_sets.c.seq, changes.c.ord, changes.c.change_set, *columns)
        .join_from(changes, change_sets, change_sets.c.id == changes.c.change_set)
        .where(changes.c.kind.in_(wanted), member_of(reader.connection, changes.c.guid, list(guids)))
        .order_by(change_sets.c.seq, changes.c.ord)
    )
    said = Said()
    for seq, ord_, change_set, *row in reader.connection.execute(statement):
        said.see(seq, ord_, change_set, tuple(row))
    chain.refuse_changed(reader.connection, {last.seq for _, last in said.living()})
    return said
