"""Lists of references kept in tables of pairs, served from their declaration (`values.kind.Link`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.nouns import pairs_of, table_of_kind
from itmsctl.cmdb.references import reference_ids
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.values.kind import Kind, house


def read(reader: Reader, kind: Kind, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return the linked lists of objects, by id: names in their order."""
    found: dict[int, dict[str, Any]] = {i: {field.name: [] for field, _ in kind.links} for i in ids}
    for field, link in kind.links:
        pairs, other = pairs_of(kind, field, link), table_of_kind(field.ref)
        statement = sa.select(pairs.c[link.own], other.c.name).join_from(
            pairs, other, other.c.id == pairs.c[link.other]
        )
        of_these = member_of(reader.connection, pairs.c[link.own], ids)
        for owner, name in reader.connection.execute(statement.where(of_these).order_by(other.c.name)):
            found[owner][field.name].append(name)
    return found


def write(unit: UnitOfWork, kind: Kind, owner: int, before: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
    """Store the linked lists of an object that are not as before."""
    for field, link in kind.links:
        if fields[field.name] == before.get(field.name, []):
            continue
        pairs = pairs_of(kind, field, link)
        unit.connection.execute(sa.delete(pairs).where(pairs.c[link.own] == owner))
        rows = [(owner, other) for other in reference_ids(unit, field.ref, fields[field.name]).values()]
        bulk.insert(unit.connection, link.table, (link.own, link.other), rows)


def clear(unit: UnitOfWork, kind: Kind, owner: int) -> None:
    """Remove the pairs of an object that goes away."""
    for field, link in kind.links:
        pairs = pairs_of(kind, field, link)
        unit.connection.execute(sa.delete(pairs).where(pairs.c[link.own] == owner))


def users(reader: Reader, kind_name: str, id_: int, limit: int) -> list[str]:
    """Return what holds an object in a linked list, in words; at most `limit` of each kind."""
    found = []
    for kind in house().kinds():
        for field, link in kind.links:
            if field.ref == kind_name:
                pairs, owner = pairs_of(kind, field, link), table_of_kind(kind.name)
                statement = sa.select(owner.c.name).join_from(pairs, owner, owner.c.id == pairs.c[link.own])
                held = statement.where(pairs.c[link.other] == id_).order_by(owner.c.name).limit(limit)
                found += [f"{kind.name} `{name}`" for name in reader.connection.execute(held).scalars()]
    return found


def owners(reader: Reader, kind: Kind, named: str, ids: Collection[int]) -> list[int]:
    """Return the objects of a kind that have some of these, of the kind `named`, in a linked list."""
    found: list[int] = []
    for field, link in kind.links:
        if field.ref == named:
            pairs = pairs_of(kind, field, link)
            where = member_of(reader.connection, pairs.c[link.other], ids)
            found += reader.connection.execute(sa.select(pairs.c[link.own]).where(where)).scalars()
    return found
