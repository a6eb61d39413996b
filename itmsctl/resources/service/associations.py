"""Typed relations between resources (PLAT-16): computer -> primary user, printer -> contract.

A type names the kinds of resources, or the levels of their hierarchy, at its two ends; any declared kind with
`table="resource"` may stand there, so later rooms add kinds without changing this one.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from itmsctl.cmdb import derived
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ConflictError, InputError, InUseError, NameTakenError, NotFoundError
from itmsctl.resources.association_types import PREDEFINED, checked_end, ends_of
from itmsctl.resources.devices import standing
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.rows import association_types, associations, resources
from itmsctl.resources.service.own_tables import own_types, type_of
from itmsctl.resources.service.scope import scoped
from itmsctl.values.counts import with_article
from itmsctl.values.kind import Kind, house
from itmsctl.values.names import check_name, did_you_mean
from itmsctl.values.times import from_text, to_text

_NAMESPACE = uuid.UUID("6f0b2d0a-5a39-5b55-9a6e-0d6c5f0b7a11")  # of the GUIDs under which history keeps relations
KIND = "association"
TYPE_KIND = "association_type"


@dataclass(frozen=True)
class RelationType:
    """A type: `many` tells whether one resource may have several at the other end."""

    id: int
    name: str
    from_kind: str
    to_kind: str
    many: bool


@dataclass(frozen=True)
class Relation:
    """One relation of a resource: `outward` where it points away from it. `since` is RFC 3339 text."""

    type: str
    outward: bool
    other_kind: str
    other: str
    other_guid: str
    source: str
    since: str

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def resource_kinds() -> dict[str, Kind]:
    """Return every declared kind of resource by its name."""
    return {kind.name: kind for kind in house().kinds() if kind.table == resources.name}


def define_type(unit: UnitOfWork, name: str, from_kind: str, to_kind: str, *, many: bool = True) -> RelationType:
    """Add a type of relation; an equal one is left as it is.

    Raises InputError for a kind that is no resource's, NameTakenError where a different type has the name.
    """
    name = check_name(name, "association type")
    known = [*resource_kinds(), *own_types(unit.connection)]
    from_kind, to_kind = (checked_end(text, known) for text in (from_kind, to_kind))
    found = find_type(unit, name)
    if found is not None:
        if (found.from_kind, found.to_kind, found.many) == (from_kind, to_kind, many):
            return found
        raise NameTakenError(f"a different association type `{name}` exists")
    made = RelationType(unit.next_ids(1)[0], name, from_kind, to_kind, many)
    unit.connection.execute(sa.insert(association_types).values(**asdict(made)))
    guid, _, document = type_record(made)
    unit.record("created", TYPE_KIND, guid, name, None, document)
    return made


def type_record(kind: RelationType) -> tuple[str, str, dict[str, Any]]:
    """Return what history keeps of a type: its GUID there, its name, its document."""
    document = {"name": kind.name, "from_kind": kind.from_kind, "to_kind": kind.to_kind, "many": kind.many}
    return str(uuid.uuid5(_NAMESPACE, kind.name)), kind.name, document


def remove_type(unit: UnitOfWork, name: str) -> None:
    """Remove a type that no relation has.

    Raises NotFoundError, InUseError.
    """
    kind = get_type(unit, name)
    used = unit.scalar(sa.select(sa.func.count()).select_from(associations).where(associations.c.type_id == kind.id))
    if used:
        raise InUseError(f"association type `{name}` is still used", why=f"by {used} relations")
    unit.connection.execute(sa.delete(association_types).where(association_types.c.id == kind.id))
    guid, _, document = type_record(kind)
    unit.record("removed", TYPE_KIND, guid, name, document, None)


def types(reader: Reader) -> list[RelationType]:
    """Return every type, by name."""
    return [_type(row) for row in reader.rows(sa.select(association_types).order_by(association_types.c.name))]


def find_type(reader: Reader, name: str) -> RelationType | None:
    """Return the type of that name, or None."""
    row = reader.connection.execute(sa.select(association_types).where(association_types.c.name == name)).first()
    return None if row is None else _type(row)


def predefined_type(unit: UnitOfWork, name: str) -> RelationType:
    """Return the type of that name; one that comes with the program is made. Raises NotFoundError."""
    if name in PREDEFINED and find_type(unit, name) is None:
        one = PREDEFINED[name]
        return define_type(unit, name, one.subject, one.object, many=one.several)
    return get_type(unit, name)


def get_type(reader: Reader, name: str) -> RelationType:
    """Return the type of that name; raises NotFoundError."""
    found = find_type(reader, name)
    if found is None:
        known = sorted({*PREDEFINED, *(t.name for t in types(reader))})
        raise NotFoundError(f"no association type `{name}`", hint=did_you_mean(name, known) or ", ".join(known))
    return found


def _type(row: Any) -> RelationType:
    return RelationType(row.id, row.name, row.from_kind, row.to_kind, bool(row.many))


def associate(
    unit: UnitOfWork,
    type_name: str,
    from_id: int,
    to_id: int,
    *,
    source: str = "admin",
    since: datetime | None = None,
) -> bool:
    """Relate two resources, since now where nothing else is said; return whether they were not related before.

    Raises NotFoundError, InputError where a resource is not of the type's kind, ConflictError where only one may stand
    at the other end and another does.
    """
    kind = get_type(unit, type_name)
    ends = _ends(unit, kind, from_id, to_id)
    existing = unit.rows(
        sa.select(associations.c.to_id).where(associations.c.type_id == kind.id, associations.c.from_id == from_id)
    )
    if any(row.to_id == to_id for row in existing):
        return False
    if existing and not kind.many:
        raise ConflictError(
            f"`{ends[0].name}` has a `{type_name}` already", hint="dissociate that one first: only one is allowed"
        )
    begun = since or unit.now
    unit.connection.execute(
        sa.insert(associations).values(type_id=kind.id, from_id=from_id, to_id=to_id, source=source, since=begun)
    )
    _look_again(unit, ends)
    unit.record("created", KIND, _guid(kind, ends), _label(kind, ends), None, _document(kind, ends, source, begun))
    return True


def dissociate(unit: UnitOfWork, type_name: str, from_id: int, to_id: int) -> bool:
    """Take a relation away; return whether there was one."""
    kind = get_type(unit, type_name)
    ends = _ends(unit, kind, from_id, to_id)
    this = (
        associations.c.type_id == kind.id,
        associations.c.from_id == from_id,
        associations.c.to_id == to_id,
    )
    row = unit.connection.execute(sa.select(associations).where(*this)).first()
    if row is None:
        return False
    unit.connection.execute(sa.delete(associations).where(*this))
    _look_again(unit, ends)
    document = _document(kind, ends, row.source, row.since)
    unit.record("removed", KIND, _guid(kind, ends), _label(kind, ends), document, None)
    return True


def _look_again(unit: UnitOfWork, ends: Sequence[Any]) -> None:
    computers = [end.id for end in ends if end.kind == COMPUTER.name]
    derived.rows_changed(unit, associations.name, computers)


def forget(unit: UnitOfWork, ids: Sequence[int]) -> None:
    """Take away all relations of resources that are about to go."""
    either = (member_of(unit.connection, column, ids) for column in (associations.c.from_id, associations.c.to_id))
    joined = associations.join(association_types, association_types.c.id == associations.c.type_id)
    found = sa.select(association_types.c.name, associations.c.from_id, associations.c.to_id).select_from(joined)
    for row in unit.rows(found.where(sa.or_(*either))):
        dissociate(unit, row.name, row.from_id, row.to_id)


def relations_of(reader: Reader, resource: int) -> list[Relation]:
    """Return all relations of a resource, those that point away from it first."""
    found = []
    for outward in (True, False):
        mine, other = (
            (associations.c.from_id, associations.c.to_id)
            if outward
            else (associations.c.to_id, associations.c.from_id)
        )
        statement = (
            sa.select(
                association_types.c.name.label("type"),
                type_of(resources).label("other_kind"),
                resources.c.name.label("other"),
                resources.c.guid.label("other_guid"),
                associations.c.source,
                associations.c.since,
            )
            .join_from(associations, association_types, association_types.c.id == associations.c.type_id)
            .join(resources, resources.c.id == other)
            .where(mine == resource)
            .order_by(association_types.c.name, resources.c.name)
        )
        for row in reader.rows(scoped(statement, reader)):
            since = to_text(row.since)
            found.append(Relation(row.type, outward, row.other_kind, row.other, row.other_guid, row.source, since))
    return found


def associations_of(reader: Reader, resource: int) -> list[dict[str, Any]]:
    """Return the relations of a resource for `show`."""
    return [
        {
            "type": r.type,
            "direction": "to" if r.outward else "from",
            "kind": r.other_kind,
            "name": r.other,
            "source": r.source,
        }
        for r in relations_of(reader, resource)
    ]


def carry(unit: UnitOfWork, loser: int, winner: int) -> None:
    """Give the winner of a merge the loser's relations; where only one may stand at an end, the winner's own stays."""
    held = [(r.type, r.outward, r.other_guid) for r in relations_of(unit, winner)]
    for relation in relations_of(unit, loser):
        kind = get_type(unit, relation.type)
        has_one = any(t == relation.type and outward for t, outward, _ in held)
        other = _id_of(unit, relation.other_guid)
        dissociate(unit, relation.type, *_pair(loser, other, relation.outward))
        if other == winner or (relation.outward and not kind.many and has_one):
            continue
        associate(unit, relation.type, *_pair(winner, other, relation.outward), source=relation.source)


def restore(
    unit: UnitOfWork, computer: int, relations: Sequence[Relation], winner: int | None, own: Sequence[Relation]
) -> None:
    """Restore the relations of a computer that a split brings back; the winner keeps those that were its `own`."""
    kept = {(r.type, r.outward, r.other_guid) for r in own}
    for relation in relations:
        other = _id_of(unit, relation.other_guid)
        if other is None or find_type(unit, relation.type) is None:
            continue  # the other end, or the type, has gone since
        mine = (relation.type, relation.outward, relation.other_guid)
        if winner is not None and other != winner and mine not in kept:
            dissociate(unit, relation.type, *_pair(winner, other, relation.outward))
        pair = _pair(computer, other, relation.outward)
        associate(unit, relation.type, *pair, source=relation.source, since=from_text(relation.since))


def _pair(one: int, other: int, outward: bool) -> tuple[int, int]:
    return (one, other) if outward else (other, one)


def _id_of(reader: Reader, guid: str) -> Any:
    return reader.scalar(scoped(sa.select(resources.c.id).where(resources.c.guid == guid), reader))


def _ends(reader: Reader, kind: RelationType, from_id: int, to_id: int) -> tuple[Any, Any]:
    shown = type_of(resources).label("type")
    statement = sa.select(resources.c.id, resources.c.guid, resources.c.name, resources.c.kind, shown)
    rows = {r.id: r for r in reader.rows(scoped(statement.where(resources.c.id.in_([from_id, to_id])), reader))}
    for end, wanted in ((from_id, kind.from_kind), (to_id, kind.to_kind)):
        if end not in rows:
            raise NotFoundError("one of the two resources is gone", details={"kind": wanted})
        if not may_stand(reader, rows[end].type, wanted):
            found = with_article(rows[end].type)
            raise InputError(f"`{rows[end].name}` is {found}; `{kind.name}` needs {said_end(wanted)} there")
    return rows[from_id], rows[to_id]


def may_stand(reader: Reader, type_: str, end: str) -> bool:
    """Return whether a resource of a type may stand at an end."""
    declared = resource_kinds().get(type_)
    above = standing(declared) if declared else {type_, *own_types(reader.connection)[type_].above}
    return not above.isdisjoint(ends_of(end))


def said_end(end: str) -> str:
    """Return an end in words: `a virtual-machine or an application`."""
    return " or ".join(map(with_article, ends_of(end)))


def all_relations(reader: Reader) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield every relation as history keeps it: its GUID there, its label, its document."""
    known = {kind.id: kind for kind in types(reader)}
    source, target = resources.alias("source"), resources.alias("target")
    statement = (
        sa.select(associations, source.c.guid, source.c.name, target.c.guid, target.c.name)
        .select_from(associations)
        .join(source, source.c.id == associations.c.from_id)
        .join(target, target.c.id == associations.c.to_id)
        .order_by(associations.c.type_id, associations.c.from_id, associations.c.to_id)
        .execution_options(yield_per=1000)
    )
    for type_id, _, _, came, since, *ends in reader.connection.execute(statement):
        kind, pair = known[type_id], (_End(*ends[:2]), _End(*ends[2:]))
        yield _guid(kind, pair), _label(kind, pair), _document(kind, pair, came, since)


class _End(NamedTuple):
    guid: str
    name: str


def _document(kind: RelationType, ends: tuple[Any, Any], source: str, since: datetime) -> dict[str, Any]:
    guids = {"from": ends[0].guid, "to": ends[1].guid}
    return {"type": kind.name, **guids, "source": source, "since": to_text(since)}


def _guid(kind: RelationType, ends: tuple[Any, Any]) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{kind.name}:{ends[0].guid}:{ends[1].guid}"))


def _label(kind: RelationType, ends: tuple[Any, Any]) -> str:
    return f"{ends[0].name} {kind.name} {ends[1].name}"
