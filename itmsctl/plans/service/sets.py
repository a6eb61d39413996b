"""Apply sets: what was applied under a name, and what of it no document declares any longer.

Computers of a table belong to no set: a file that lost its rows must not cost an estate.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.plans.declared import Batch
from itmsctl.plans.outcome import DELETED, Done
from itmsctl.plans.service.applying import Removal
from itmsctl.values.kind import house
from itmsctl.values.names import name_key

_COLUMNS = ("set_key", "kind", "guid")
rows = sa.table("apply_set_member", *(sa.column(name) for name in _COLUMNS))


def to_prune(reader: Reader, batch: Batch, group: str) -> list[Removal]:
    """Answer the objects of a set that are there, and that no document of the batch declares.

    One that another set holds too is left to that set.
    """
    own = reader.connection.execute(sa.select(rows.c.kind, rows.c.guid).where(rows.c.set_key == name_key(group)))
    members = [(kind, guid) for kind, guid in own]
    others = sa.select(rows.c.guid).where(rows.c.set_key != name_key(group)).distinct()
    shared = set(reader.connection.execute(others).scalars()) if members else set()
    declared = {one.node for one in batch.objects}
    found = []
    for kind, guid in sorted(members):
        noun = house().kind(kind)
        doc = None if noun is None or guid in shared else noun.load_shelf().find(reader, guid)
        if doc is None or (kind, name_key(doc.name)) in declared or (kind, guid) in declared:
            continue
        found.append(Removal(kind, doc.name, f"set {group}", doc.guid))
    return found


def remember(unit: UnitOfWork, batch: Batch, done: Done) -> None:
    """Keep which set each object belongs to that was declared in one; let go of those deleted."""
    group_of = {one.node: one.group for one in batch.objects if one.group and not one.absent}
    gone = [change.guid for change in done.changes if change.action == DELETED]
    held = _held(unit, [change.guid for change in done.changes if change.guid])
    wanted = {
        (name_key(group), change.kind, change.guid)
        for change in done.changes
        if change.action != DELETED
        and (group := group_of.get((change.kind, name_key(change.name)), group_of.get((change.kind, change.guid))))
    }
    moved = {guid for _, _, guid in wanted}
    lost = {row for row in held if row[2] in gone or (row[2] in moved and row not in wanted)}
    added = wanted - held
    bulk.insert(unit.connection, "apply_set_member", _COLUMNS, sorted(added))
    bulk.delete(unit.connection, "apply_set_member", _COLUMNS, sorted(lost))
    if added or lost:
        unit.note("apply-set", added=len(added), removed=len(lost))


def _held(reader: Reader, guids: Iterable[str]) -> set[tuple[str, str, str]]:
    from itmsctl.cmdb.sets import member_of

    among = sorted(set(guids))
    if not among:
        return set()
    wanted = member_of(reader.connection, rows.c.guid, among)
    return {(r.set_key, r.kind, r.guid) for r in reader.connection.execute(sa.select(rows).where(wanted))}
