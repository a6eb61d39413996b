"""Membership as it is at this moment, of just the computers concerned: whatever protects them asks here.

Definitions are evaluated on the records of these computers alone, as an update does it: a few indexed queries, however
many computers there are, and nothing is written. A SQL filter can only be asked whole: it is, where something that it
reads changed since the last update, and what is stored is right where nothing did.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.rows import dirty as dirty_rows
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.expressions import records
from itmsctl.expressions.registry import Registry
from itmsctl.targeting import sets
from itmsctl.targeting.rows import members
from itmsctl.targeting.rules import CollectionRule
from itmsctl.targeting.service import rowwise, sqlrun, structure, target_update

Holding = dict[int, frozenset[int]]


def holding(reader: Reader, collections: Collection[int], ids: Collection[int]) -> Holding:
    """Return which of these computers each collection holds now; one that was removed holds nobody.

    Raises SqlFilterError, ExpressionError where a definition no longer runs: what cannot be judged protects nobody, so
    nothing may go on as if it did.
    """
    if not collections or not ids:
        return dict.fromkeys(collections, frozenset())
    trees, rules = _asked(reader, collections)
    found: defaultdict[int, set[int]] = defaultdict(set)
    for chunk in bulk.chunks(sorted(ids), rowwise.CHUNK):
        alive = rowwise.alive(reader, chunk)
        bits = _bits(reader, rules, alive)
        for collection, tree in trees.items():
            holds = sets.decider(tree)
            found[collection].update(i for i in alive if holds(bits[i]))
    return {collection: frozenset(found[collection]) for collection in collections}


def inside(reader: Reader, collections: Collection[int], ids: Collection[int]) -> frozenset[int]:
    """Return which of these computers any of the collections holds now. Raises as `holding` does."""
    return frozenset().union(*holding(reader, collections, ids).values())


def _asked(reader: Reader, collections: Collection[int]) -> tuple[Mapping[int, sets.SetTree], Sequence[CollectionRule]]:
    """Return each collection as a set over filters and groups by themselves, and the rules of those."""
    definitions = target_update.definitions(reader, collections)
    trees: dict[int, sets.SetTree] = {
        i: definitions[i].tree if i in definitions else sets.AnyOf(frozenset({i})) for i in collections
    }
    named = frozenset().union(*map(sets.ids_of, trees.values()))
    rules = structure.rules(reader, named)
    if named == {rule.id for rule in rules if rule.kind == "filter"}:
        return trees, rules
    parts = structure.parts(reader)  # views and groups hold the groups inside
    trees = {i: sets.expanded(tree, parts) for i, tree in trees.items()}
    return trees, structure.rules(reader, frozenset().union(*map(sets.ids_of, trees.values())))


def _bits(reader: Reader, rules: Sequence[CollectionRule], ids: Sequence[int]) -> dict[int, set[int]]:
    """Return the filters and groups, of these rules, that hold each computer."""
    found: dict[int, set[int]] = {i: set() for i in ids}
    asked = [rule.id for rule in rules if not rule.by_hand and not rule.by_sql]
    if asked:
        predicates, needs = rowwise.compiled(reader, asked)
        registry = Registry.of(reader.connection)
        for computer, record in next(records.load(reader.connection, ids, needs, registry), {}).items():
            found[computer].update(i for i, matches in predicates.items() if matches(record))
    by_hand = [rule.id for rule in rules if rule.by_hand]
    if by_hand:
        for collection, held in rowwise.put_by_hand(reader, ids, by_hand).items():
            for computer in held:
                found[computer].add(collection)
    for rule in rules:
        if rule.by_sql:
            for computer in _by_sql(reader, rule, ids):
                found[computer].add(rule.id)
    return found


def _by_sql(reader: Reader, rule: CollectionRule, ids: Sequence[int]) -> set[int]:
    if rule.stale or rule.volatile or _changed(reader, rule):
        return set(sqlrun.matching_ids(reader, structure.sql_of(reader, rule.id))).intersection(ids)
    among = member_of(reader.connection, members.c.resource_id, ids)
    statement = sa.select(members.c.resource_id).where(members.c.collection_id == rule.id, among)
    return set(reader.connection.execute(statement).scalars())


def _changed(reader: Reader, rule: CollectionRule) -> bool:
    """Return whether something that a rule reads changed since it was last looked at whole."""
    since = sa.select(dirty_rows.c.seq).where(
        dirty_rows.c.seq > rule.seen_seq, dirty_rows.c.class_name.in_(sorted(rule.classes))
    )
    return reader.connection.execute(since.limit(1)).first() is not None
