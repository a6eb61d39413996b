"""Apply sets: what was applied under a name, and what of it no document declares any longer.

An object may belong to several sets as long as they say the same of it. Computers of a table belong to no set: a file
that lost its rows must not cost an estate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.documents.located import DocumentPlace
from itmsctl.errors import NotFoundError
from itmsctl.plans.declared import Batch
from itmsctl.plans.outcome import DELETED, ApplySummary, Kept
from itmsctl.plans.rows import set_members as rows
from itmsctl.plans.rows import set_names as names
from itmsctl.plans.service.removal import Removal
from itmsctl.plans.service.set_rows import COLUMNS, holders
from itmsctl.values.kind import house
from itmsctl.values.names import did_you_mean, name_key


def to_prune(reader: Reader, batch: Batch, group: str) -> tuple[list[Removal], list[Kept]]:
    """Return the objects of a set that are there and that no document of the batch declares: to remove, and to keep.

    One that another set holds too is kept.
    """
    own = reader.connection.execute(sa.select(rows.c.kind, rows.c.guid).where(rows.c.set_key == name_key(group)))
    members = sorted((kind, guid) for kind, guid in own)
    shared = holders(reader, besides=[group]) if members else {}
    declared = {one.node for one in batch.objects} | {one.was_node for one in batch.objects}
    removals, kept = [], []
    for kind, guid in members:
        noun = house().kind(kind)
        doc = None if noun is None else noun.load_shelf().find(reader, guid)
        if doc is None or (kind, name_key(doc.name)) in declared or (kind, guid) in declared:
            continue
        if guid in shared:
            kept.append(Kept(f"{kind}/{doc.name}", shared[guid]))
        else:
            removals.append(Removal(kind, doc.name, DocumentPlace(f"set {group}"), doc.guid))
    return sorted(removals), sorted(kept)


def remember(unit: UnitOfWork, batch: Batch, done: ApplySummary, *, pruned: str = "", take: bool = False) -> None:
    """Keep which sets each object belongs to that was declared in some; release those deleted or pruned.

    With `take` what was declared leaves all other sets.
    """
    groups_of = {one.node: one.groups for one in batch.objects if one.groups and not one.absent}
    gone = {change.guid for change in done.changes if change.action == DELETED}
    wanted: dict[tuple[str, str, str], str] = {}
    for change in done.changes:
        groups = groups_of.get((change.kind, name_key(change.name))) or groups_of.get((change.kind, change.guid), ())
        if change.action != DELETED:
            wanted |= {(name_key(group), change.kind, change.guid): group for group in groups}
    own = name_key(pruned) if pruned else ""
    held = _held(unit, [change.guid for change in done.changes if change.guid], own)
    taken = {guid for _, _, guid in wanted} if take else set()
    lost = {row for row in held if row not in wanted and (row[2] in gone or row[2] in taken or row[0] == own)}
    added = wanted.keys() - held
    bulk.insert(unit.connection, "apply_set", ("set_key", "name"), sorted(_first(wanted)), ignore=True)
    bulk.insert(unit.connection, "apply_set_member", COLUMNS, sorted(added))
    bulk.delete(unit.connection, "apply_set_member", COLUMNS, sorted(lost))
    if added or lost:
        unit.note("apply-set", added=len(added), removed=len(lost))


def _first(wanted: Mapping[tuple[str, str, str], str]) -> list[tuple[str, str]]:
    return list({key: (key, group) for (key, _, _), group in wanted.items()}.values())


def _held(reader: Reader, guids: Iterable[str], own: str) -> set[tuple[str, str, str]]:
    among = sorted(set(guids))
    wanted = member_of(reader.connection, rows.c.guid, among) if among else sa.false()
    statement = sa.select(rows).where(sa.or_(wanted, rows.c.set_key == own))
    return {(r.set_key, r.kind, r.guid) for r in reader.connection.execute(statement)}


# --- looking at them, and dropping them -------------------------------------------------------------------------------


def listed(reader: Reader) -> list[dict[str, object]]:
    """Return each set with the number of its objects, by name."""
    count = sa.func.count(rows.c.guid)
    joined = names.outerjoin(rows, names.c.set_key == rows.c.set_key)
    statement = sa.select(names.c.name, count.label("objects")).select_from(joined)
    found = reader.connection.execute(statement.group_by(names.c.name).order_by(names.c.name))
    return [{"name": row.name, "objects": row.objects} for row in found]


def shown(reader: Reader, name: str) -> list[dict[str, object]]:
    """Return the objects of a set, and which other sets hold them. Raises NotFoundError."""
    key = _key(reader, name)
    also = holders(reader, besides=[name])
    found = []
    for row in reader.connection.execute(sa.select(rows).where(rows.c.set_key == key)):
        noun = house().kind(row.kind)
        doc = None if noun is None else noun.load_shelf().find(reader, row.guid)
        if doc is not None:
            one = {"object": f"{row.kind}/{doc.name}", "kind": row.kind, "name": doc.name, "id": row.guid}
            found.append({**one, "also_in": list(also.get(row.guid, ()))})
    return sorted(found, key=lambda one: (str(one["kind"]), str(one["name"])))


def count(reader: Reader, name: str) -> int:
    """Return how many objects a set holds. Raises NotFoundError."""
    statement = sa.select(sa.func.count()).select_from(rows).where(rows.c.set_key == _key(reader, name))
    return int(reader.connection.execute(statement).scalar_one())


def remove(unit: UnitOfWork, name: str) -> int:
    """Drop a set; its objects stay. Return how many it held. Raises NotFoundError."""
    key, held = _key(unit, name), count(unit, name)
    for table in (rows, names):
        unit.connection.execute(sa.delete(table).where(table.c.set_key == key))
    unit.note("apply-set", dropped=1, removed=held)
    return held


def _key(reader: Reader, name: str) -> str:
    key = name_key(name)
    known = {row.set_key: row.name for row in reader.connection.execute(sa.select(names))}
    if key not in known:
        hint = did_you_mean(name, known.values()) or "itmsctl apply-set list"
        raise NotFoundError(f"no apply set `{name}`", hint=hint)
    return key
