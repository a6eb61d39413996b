"""Keep targets true: the stale ones whole, the others for the computers whose collections changed (TGT-3, TGT-4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.resources.rows import computers
from itmsctl.targeting import sets
from itmsctl.targeting.definition import Definition
from itmsctl.targeting.rows import members, states, target_parts, targets
from itmsctl.targeting.service import structure, whole
from itmsctl.targeting.service.ledger import MembershipLedger

CHUNK = 1000

# Who changed, by collection; none: too many to name, every computer may have.
Moved = Mapping[int, frozenset[int] | None]


def definitions(reader: Reader, ids: Collection[int] | None = None) -> dict[int, Definition]:
    """Return what targets are made of: all, or some."""
    statement: sa.Select[Any] = sa.select(targets.c.id, targets.c.definition)
    if ids is not None:
        statement = statement.where(member_of(reader.connection, targets.c.id, sorted(ids)))
    return {i: Definition.from_json(value) for i, value in reader.connection.execute(statement)}


def stale_ids(reader: Reader) -> set[int]:
    """Return the targets that have to be recalculated whole."""
    statement = sa.select(states.c.collection_id).where(states.c.kind == "target", states.c.stale)
    return set(reader.connection.execute(statement).scalars())


def follow(ledger: MembershipLedger, moved: Moved, *, many: int) -> None:
    """Bring targets up to date after members of collections changed. More than `many` changed computers: whole."""
    wanted = stale_ids(ledger.unit)
    some: dict[int, frozenset[int]] = {}
    for target, changed in _touched(ledger.unit, moved).items():
        if target in wanted or changed == frozenset():
            continue
        if changed is None or len(changed) > many:
            wanted.add(target)
        else:
            some[target] = changed
    if not wanted and not some:
        return
    found = definitions(ledger.unit, wanted | some.keys())
    held = structure.parts(ledger.unit)
    trees = {i: sets.expanded(definition.tree, held) for i, definition in found.items()}
    ledger.flush()
    for target in sorted(wanted):
        recalculate(ledger, target, found[target], trees[target])
    _some(ledger, {i: (trees[i], some[i]) for i in sorted(some)})


def _touched(reader: Reader, moved: Moved) -> dict[int, frozenset[int] | None]:
    if not moved:
        return {}
    statement = sa.select(target_parts.c.target_id, target_parts.c.collection_id).where(
        member_of(reader.connection, target_parts.c.collection_id, sorted(moved))
    )
    found: dict[int, frozenset[int] | None] = {}
    for target, collection in reader.connection.execute(statement):
        before, more = found.get(target, frozenset()), moved[collection]
        found[target] = None if before is None or more is None else before | more
    return found


def recalculate(ledger: MembershipLedger, target: int, definition: Definition, tree: sets.SetTree) -> None:
    """Calculate a whole target again, and note what it is made of now."""
    ledger.saw("target", [target])
    connection = ledger.unit.connection
    parts = definition.ids | sets.ids_of(tree) | ({sets.EVERYTHING_ID} if sets.holds_strangers(tree) else set())
    connection.execute(sa.delete(target_parts).where(target_parts.c.target_id == target))
    bulk.insert(connection, "target_part", ("target_id", "collection_id"), [(target, part) for part in sorted(parts)])
    whole.replace(ledger, target, whole.in_set(ledger.unit, tree))
    ledger.settled([target], "target")


def _some(ledger: MembershipLedger, wanted: Mapping[int, tuple[sets.SetTree, frozenset[int]]]) -> None:
    deciders = {target: (sets.decider(tree), changed) for target, (tree, changed) in wanted.items()}
    ledger.saw("target", deciders)
    everybody = sorted(frozenset().union(*(changed for _, changed in deciders.values())))
    for chunk in bulk.chunks(everybody, CHUNK):
        bits = bits_of(ledger.unit, chunk)
        for target, (holds, changed) in deciders.items():
            inside = [i for i in chunk if i in changed and i in bits]
            added = [i for i in inside if target not in bits[i] and holds(bits[i])]
            removed = [i for i in inside if target in bits[i] and not holds(bits[i])]
            ledger.write(target, added, removed)


def bits_of(reader: Reader, ids: Iterable[int]) -> dict[int, set[int]]:
    """Return, for each computer that exists, the collections that hold it."""
    among = list(ids)
    alive = sa.select(computers.c.id).where(member_of(reader.connection, computers.c.id, among))
    found: dict[int, set[int]] = {i: set() for i in reader.connection.execute(alive).scalars()}
    rows = reader.connection.execute(
        sa.select(members.c.resource_id, members.c.collection_id).where(
            member_of(reader.connection, members.c.resource_id, among)
        )
    )
    held: defaultdict[int, set[int]] = defaultdict(set, found)
    for computer, collection in rows.all():
        held[computer].add(collection)
    return {i: held[i] for i in found}
