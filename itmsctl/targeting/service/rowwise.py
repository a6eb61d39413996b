"""Look at changed computers only: their records are loaded once, thousands of compiled filters meet them in Python."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.expressions import records
from itmsctl.expressions.evaluate import Predicate, Record, compile_python
from itmsctl.expressions.registry import Registry
from itmsctl.resources.rows import computers
from itmsctl.targeting.rows import members, static_members
from itmsctl.targeting.rules import CollectionRule
from itmsctl.targeting.service import structure
from itmsctl.targeting.service.ledger import MembershipLedger

CHUNK = 500  # computers whose records are held at once
CHUNK_OF_INVENTORY = 50  # where rows of inventory are among them: hundreds a computer
NAMED_AT_MOST = 300  # collections that are named in a statement; beyond it all of a computer's are read

Truth = Callable[[int], bool]


def update(
    ledger: MembershipLedger, rules: Sequence[CollectionRule], dirty: Mapping[str, frozenset[int]]
) -> dict[int, frozenset[int] | None]:
    """Bring these filters and groups up to date for the computers whose data changed; return who moved in each."""
    if not rules:
        return {}
    for kind in ("filter", "group"):
        ledger.saw(kind, [r.id for r in rules if r.kind == kind])
    asked = _by_input(rules, dirty)
    predicates, needs = compiled(ledger.unit, [r.id for r in rules if not r.by_hand])
    moved: defaultdict[int, set[int]] = defaultdict(set)
    everybody = sorted(frozenset().union(*(ids for ids, _ in asked)))
    registry = Registry.of(ledger.unit.connection)
    size = CHUNK_OF_INVENTORY if any(registry.cls(name).collected_in for name in needs) else CHUNK
    load = partial(records.load, ledger.unit.connection, wanted=needs, registry=registry)
    for chunk in bulk.chunks(everybody, size):
        _chunk(ledger, chunk, asked, predicates, load, moved)
    return {collection: frozenset(ids) for collection, ids in moved.items()}


def _by_input(
    rules: Sequence[CollectionRule], dirty: Mapping[str, frozenset[int]]
) -> list[tuple[frozenset[int], list[CollectionRule]]]:
    """Return the rules put together by the changed classes that decide them, with the computers to look at."""
    found: defaultdict[frozenset[str], list[CollectionRule]] = defaultdict(list)
    for rule in rules:
        found[rule.classes.intersection(dirty)].append(rule)
    return [(group[0].changed(dirty), group) for group in found.values()]


def compiled(reader: Reader, collections: Sequence[int]) -> tuple[dict[int, Predicate], records.Needs]:
    """Return the expressions of query filters and dynamic groups as functions, and what they read of a computer."""
    registry = Registry.of(reader.connection)
    trees = structure.trees(reader, collections)
    predicates = {i: compile_python(tree, now=reader.now, registry=registry) for i, tree in trees.items()}
    return predicates, records.needs(trees.values(), registry)


def _chunk(
    ledger: MembershipLedger,
    chunk: list[int],
    asked: Sequence[tuple[frozenset[int], list[CollectionRule]]],
    predicates: Mapping[int, Predicate],
    load: Callable[[Sequence[int]], Iterator[dict[int, Record]]],
    moved: defaultdict[int, set[int]],
) -> None:
    there = alive(ledger.unit, chunk)
    found = next(load(there), {})
    by_hand = put_by_hand(ledger.unit, there) if any(r.by_hand for _, group in asked for r in group) else {}
    held = _held(ledger.unit, there, [r.id for _, group in asked for r in group])
    nobody: set[int] = set()
    for ids, group in asked:
        inside = [i for i in there if i in ids]
        for rule in group:
            now_in = (
                by_hand.get(rule.id, nobody).intersection(inside)
                if rule.by_hand
                else {i for i in inside if predicates[rule.id](found[i])}
            )
            was_in = held.get(rule.id, nobody).intersection(inside)
            if now_in != was_in:
                ledger.write(rule.id, now_in - was_in, was_in - now_in)
                moved[rule.id] |= now_in ^ was_in


def alive(reader: Reader, ids: Sequence[int]) -> list[int]:
    """Return those of these computers that still exist."""
    wanted = member_of(reader.connection, computers.c.id, ids)
    return list(reader.connection.execute(sa.select(computers.c.id).where(wanted).order_by(computers.c.id)).scalars())


def _held(reader: Reader, ids: Sequence[int], collections: Sequence[int]) -> dict[int, set[int]]:
    statement = sa.select(members.c.collection_id, members.c.resource_id).where(
        member_of(reader.connection, members.c.resource_id, ids)
    )
    if len(collections) <= NAMED_AT_MOST:
        statement = statement.where(member_of(reader.connection, members.c.collection_id, collections))
    return _sets(reader, statement)


def put_by_hand(reader: Reader, ids: Sequence[int], collections: Sequence[int] | None = None) -> dict[int, set[int]]:
    """Return which of these computers were put by hand into each collection: of all, or of some."""
    statement = sa.select(static_members.c.collection_id, static_members.c.resource_id).where(
        member_of(reader.connection, static_members.c.resource_id, ids)
    )
    if collections is not None:
        statement = statement.where(member_of(reader.connection, static_members.c.collection_id, collections))
    return _sets(reader, statement)


def _sets(reader: Reader, statement: sa.Select[Any]) -> dict[int, set[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for collection, resource in reader.connection.execute(statement).all():
        found[collection].add(resource)
    return found
