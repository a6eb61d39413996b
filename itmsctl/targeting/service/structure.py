"""Where groups stand, and the rules of filters and groups: all that an update must know before it looks at anything."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.expressions import encoding
from itmsctl.expressions import tree as t
from itmsctl.targeting.grouping import GroupPlace, ancestors, parts_of
from itmsctl.targeting.rows import filters, groups, states, target_parts
from itmsctl.targeting.rules import BY_HAND, CollectionRule


def places(reader: Reader) -> dict[int, GroupPlace]:
    """Return where every group stands, by id."""
    rows = reader.connection.execute(sa.select(groups.c.id, groups.c.view_id, groups.c.parent_id))
    return {row[0]: GroupPlace(*row) for row in rows}


def parts(reader: Reader) -> dict[int, frozenset[int]]:
    """Return the groups that each group and view holds."""
    return parts_of(places(reader).values())


def rules(reader: Reader, ids: Collection[int] | None = None) -> list[CollectionRule]:
    """Return the rules of all filters and groups, or of some."""
    found = []
    for kind, table in (("filter", filters), ("group", groups)):
        stale = sa.func.coalesce(states.c.stale, sa.true())
        statement: sa.Select[Any] = (
            sa.select(table.c.id, table.c.type, table.c.classes, table.c.volatile, stale, states.c.seen_seq)
            .select_from(table.outerjoin(states, states.c.collection_id == table.c.id))
            .order_by(table.c.id)
        )
        if ids is not None:
            statement = statement.where(member_of(reader.connection, table.c.id, sorted(ids)))
        for i, type_, classes, volatile, old, seen in reader.connection.execute(statement):
            found.append(
                CollectionRule(i, kind, type_, frozenset(classes or (BY_HAND,)), bool(volatile), bool(old), seen or 0)
            )
    return found


def classes_asked(reader: Reader) -> frozenset[str]:
    """Return the data classes that decide any filter or group."""
    return frozenset(
        name
        for table in (filters, groups)
        for classes in reader.connection.execute(sa.select(table.c.classes).distinct()).scalars()
        for name in classes or ()
    )


def trees(reader: Reader, ids: Collection[int]) -> dict[int, t.Node]:
    """Return the stored expressions of query filters and dynamic groups; nothing is parsed.

    Raises ExpressionError where one cannot be read.
    """
    found: dict[int, t.Node] = {}
    if ids:
        for table in (filters, groups):
            wanted = member_of(reader.connection, table.c.id, sorted(ids))
            rows = reader.connection.execute(
                sa.select(table.c.id, table.c.tree).where(wanted, table.c.tree.is_not(None))
            )
            found |= {i: encoding.from_json(tree) for i, tree in rows}
    return found


def sql_of(reader: Reader, filter_id: int) -> str:
    """Return the text of a SQL filter."""
    return str(reader.connection.execute(sa.select(filters.c.sql).where(filters.c.id == filter_id)).scalar_one())


def holders(places_by_id: Mapping[int, GroupPlace], group: int) -> frozenset[int]:
    """Return a group, the groups that it lies in, and their view: whatever changes when its members do."""
    place = places_by_id.get(group)
    if place is None:
        return frozenset({group})
    return frozenset({group, place.view_id, *ancestors(group, places_by_id)})


def mark_changed(unit: UnitOfWork, collections: Collection[int]) -> None:
    """Have the next update look at these collections whole; at the groups inside for groups and views."""
    held = parts(unit)
    ids = frozenset().union(*(held.get(i, frozenset({i})) for i in collections))
    if ids:
        chosen = member_of(unit.connection, states.c.collection_id, sorted(ids))
        unit.connection.execute(sa.update(states).where(chosen).values(stale=True))


def invalidate_targets(unit: UnitOfWork, collections: Collection[int]) -> int:
    """Mark the targets that use any of these collections, so that the next update recalculates them (TGT-3, ORG-5).

    Returns how many there are.
    """
    if not collections:
        return 0
    users = sa.select(target_parts.c.target_id).where(target_parts.c.collection_id.in_(sorted(collections)))
    done = unit.connection.execute(sa.update(states).where(states.c.collection_id.in_(users)).values(stale=True))
    return int(done.rowcount)
