"""Who was in a collection at a moment, by the name that it had then, and by the tree of groups of then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.rows import tombstones
from itmsctl.cmdb.work import Reader
from itmsctl.targeting.grouping import GroupPlace, parts_of
from itmsctl.targeting.rows import TABLES
from itmsctl.targeting.service import roster

_NOWHERE = 0  # the id of no view and no group


def members(reader: Reader, kind: str, past: Any, groups: Any, name: str, at: datetime) -> Iterator[dict[str, Any]]:
    """Yield the members of a collection; `past` and `groups` are its kind, and groups, as they were at the moment.

    Raises NotFoundError where there was none of this name.
    """
    doc = past.get(reader, name)
    collection = _ids(reader, kind).get(doc.guid)
    if collection is None:
        return  # removed so long ago that its tombstone was purged
    held = {collection}
    if kind in {"group", "view"}:
        held = set(parts_of(_places(reader, groups, kind, doc, collection)).get(collection, ()))
    yield from roster.members_at(reader, held, at)


def _places(reader: Reader, groups: Any, kind: str, doc: Any, collection: int) -> list[GroupPlace]:
    docs = list(groups.list(reader, sort="name", descending=False, limit=None))
    ids = _ids(reader, "group")
    of_names = {group.name: ids.get(group.guid, _NOWHERE) for group in docs}
    return [
        GroupPlace(
            of_names[group.name],
            collection if kind == "view" and group.fields["view"] == doc.name else _NOWHERE,
            of_names.get(group.fields["parent"]),
        )
        for group in docs
    ]


def _ids(reader: Reader, kind: str) -> dict[str, int]:
    """Return the ids of all that live or lie buried, by GUID."""
    table = TABLES[kind]
    buried = sa.select(tombstones.c.guid, tombstones.c.item_id).where(tombstones.c.kind == kind)
    rows = [*reader.connection.execute(buried), *reader.connection.execute(sa.select(table.c.guid, table.c.id))]
    return {row[0]: row[1] for row in rows}
