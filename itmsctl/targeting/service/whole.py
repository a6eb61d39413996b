"""Look at a whole collection: who ought to be in it, by SQL, against who is in it; only differences are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader
from itmsctl.expressions import tree as t
from itmsctl.expressions.registry import COMPUTER, Registry
from itmsctl.expressions.sql import compile_sql
from itmsctl.resources.rows import computers
from itmsctl.resources.service.scope import scoped
from itmsctl.targeting import sets
from itmsctl.targeting.rows import members, static_members
from itmsctl.targeting.rules import CollectionRule
from itmsctl.targeting.service import sqlrun, structure
from itmsctl.targeting.service.ledger import MembershipLedger
from itmsctl.targeting.service.scope import all_computers, members_of, viewed_computers

Wanted = sa.Select[Any]


def matching(reader: Reader, tree: t.Node) -> Wanted:
    """Return the SELECT of the computers that surely match an expression."""
    registry = Registry.of(reader.connection)
    # The view of computers is joined only for what is asked of it.
    computer = viewed_computers(registry) if COMPUTER in t.classes_used(tree) else None
    key: sa.ColumnElement[Any] = computers.c.id if computer is None else computer.c[registry.cls(COMPUTER).key]
    predicate = compile_sql(tree, resource_id=key, now=reader.now, computer=computer, registry=registry)
    return scoped(sa.select(key).where(predicate), reader)


def put_by_hand(collection: int) -> Wanted:
    """Return the SELECT of the computers that were put into a collection by hand."""
    return (
        sa.select(static_members.c.resource_id)
        .join(computers, computers.c.id == static_members.c.resource_id)
        .where(static_members.c.collection_id == collection)
    )


def in_set(reader: Reader, tree: sets.SetTree) -> Wanted:
    """Return the SELECT of the computers of a set over collections, which hold what they held last."""
    if isinstance(tree, sets.AnyOf) and len(tree.ids) == 1:
        return members_of(tree.ids)
    return all_computers(reader).where(_predicate(tree, computers.c.id))


def _predicate(tree: sets.SetTree, key: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    match tree:
        case sets.AnyOf(ids):
            return key.in_(members_of(ids))
        case sets.Both(left, right):
            return sa.and_(_predicate(left, key), _predicate(right, key))
        case sets.Either(left, right):
            return sa.or_(_predicate(left, key), _predicate(right, key))
        case sets.Without(left, right):
            return sa.and_(_predicate(left, key), sa.not_(_predicate(right, key)))
        case _:
            return sa.true()


def update(ledger: MembershipLedger, rule: CollectionRule, trees: Mapping[int, t.Node]) -> frozenset[int] | None:
    """Look at a whole filter or group and write its differences. Return who changed; None where it was empty."""
    reader = ledger.unit
    ledger.saw(rule.kind, [rule.id])
    if rule.by_sql:
        ids = sqlrun.matching_ids(reader, structure.sql_of(reader, rule.id))
        return differ(ledger, rule.id, frozenset(ids))
    wanted = put_by_hand(rule.id) if rule.by_hand else matching(reader, trees[rule.id])
    return replace(ledger, rule.id, wanted)


def replace(ledger: MembershipLedger, collection: int, wanted: Wanted) -> frozenset[int] | None:
    """Make a SELECT's result the members of a collection. Return who changed; None where it was empty before."""
    connection = ledger.unit.connection
    if (
        connection.execute(
            sa.select(members.c.resource_id).where(members.c.collection_id == collection).limit(1)
        ).first()
        is None
    ):
        return None if ledger.fill(collection, wanted) else frozenset()
    return differ(ledger, collection, frozenset(connection.execute(wanted).scalars().all()))


def differ(ledger: MembershipLedger, collection: int, wanted: frozenset[int]) -> frozenset[int]:
    """Make these ids the members of a collection; return who changed."""
    held = frozenset(ledger.unit.connection.execute(members_of(frozenset({collection}))).scalars().all())
    ledger.write(collection, wanted - held, held - wanted)
    return wanted ^ held
