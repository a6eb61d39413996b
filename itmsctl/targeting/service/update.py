"""Membership updates: delta, complete, policy, and the one that follows a changed definition (MEMB-1 to MEMB-4).

A delta looks only at filters and groups whose inputs changed, and only at the computers that changed; its cost does not
depend on how many computers there are. After any sequence of deltas a complete update changes nothing (MEMB-12).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.rows import dirty as dirty_rows
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.resources.rows import computers
from itmsctl.targeting import sets
from itmsctl.targeting.rows import filters, groups, members, states, target_parts
from itmsctl.targeting.rules import CollectionRule
from itmsctl.targeting.service import rowwise, structure, target_update, whole
from itmsctl.targeting.service.ledger import MembershipLedger, MembershipPass
from itmsctl.values.kind import house
from itmsctl.values.times import Clock

Dirty = Mapping[str, frozenset[int]]
Moves = dict[int, frozenset[int] | None]

# From this share of the estate on, one pass over all computers is cheaper than one by one.
WHOLE_FROM = 0.2
FEW = 100


def delta(unit: UnitOfWork, clock: Clock | None = None) -> MembershipPass:
    """Update what changed since the update before (MEMB-2), and return what was done.

    Raises SqlFilterError, ExpressionError where a stored filter no longer runs; nothing is changed then.
    """
    ledger = MembershipLedger(unit, "delta", clock)
    dirty = _take_dirty(unit)
    everybody = frozenset().union(*dirty.values())
    ledger.computers = len(everybody)
    rules = structure.rules(unit)
    # Counting the estate is the one thing here that grows with it: only where the answer can matter.
    many = _many(unit) if len(everybody) > FEW or any(r.whole(dirty) for r in rules) else FEW
    wide = len(everybody) > many
    at_large = [r for r in rules if r.whole(dirty) or (wide and r.touched(dirty))]
    chosen = {r.id for r in at_large}
    one_by_one = [r for r in rules if r.id not in chosen and r.touched(dirty)]
    moves = _look_whole(ledger, at_large)
    moves |= rowwise.update(ledger, one_by_one, dirty)
    if "computer" in dirty:
        moves[sets.EVERYTHING_ID] = dirty["computer"]  # among them are those that are new
    target_update.follow(ledger, moves, many=many)
    return ledger.close()


def complete(unit: UnitOfWork, clock: Clock | None = None) -> MembershipPass:
    """Rebuild the membership of all filters, groups and targets (MEMB-3); only differences are written."""
    ledger = MembershipLedger(unit, "complete", clock)
    _take_dirty(unit)
    ledger.computers = _estate(unit)
    _look_whole(ledger, structure.rules(unit))
    ledger.flush()
    _recalculate(ledger, None)
    return ledger.close()


def policy(unit: UnitOfWork, clock: Clock | None = None) -> MembershipPass:
    """Update what policies that changed since the last update name, and the targets that changed (MEMB-4).

    A policy's target is marked as changed when the policy is saved; filters and groups that a changed target uses are
    looked at whole.
    """
    ledger = MembershipLedger(unit, "policy", clock)
    ledger.computers = _estate(unit)
    wanted = target_update.stale_ids(unit)
    users = sa.select(target_parts.c.collection_id).where(target_parts.c.target_id.in_(sorted(wanted)))
    used = set(unit.connection.execute(users).scalars()) if wanted else set()
    moves = _look_whole(ledger, [r for r in structure.rules(unit) if r.stale or r.id in used])
    target_update.follow(ledger, moves, many=_many(unit))
    return ledger.close()


def define(unit: UnitOfWork, kind: str, collection: int) -> MembershipPass:
    """Look at one filter, group or target whose definition was saved; targets that use it become stale (TGT-3).

    Raises SqlFilterError.
    """
    ledger = MembershipLedger(unit, "definition")
    ledger.computers = _estate(unit)
    if kind == "target":
        _recalculate(ledger, [collection])
        return ledger.close()
    moves = _look_whole(ledger, structure.rules(unit, [collection]))
    if any(changed is None or changed for changed in moves.values()):
        structure.invalidate_targets(unit, [collection])
    return ledger.close()


def dissolve(unit: UnitOfWork, kind: str, collection: int) -> None:
    """Let the members of a collection that is removed go; the log keeps who was in it."""
    held = sa.select(members.c.resource_id).where(members.c.collection_id == collection).limit(1)
    if unit.connection.execute(held).first() is not None:
        ledger = MembershipLedger(unit, "departure")
        ledger.saw(kind, [collection] if kind != "view" else [])
        ledger.empty(collection)
        ledger.close()


def wanted(reader: Reader) -> bool:
    """Return whether a delta update could change anything: what is stored may then be out of date."""
    return any(reader.connection.execute(question.limit(1)).first() is not None for question in _questions())


def wanted_by_policies(reader: Reader) -> bool:
    """Return whether a policy update could change anything: a target, or what a policy names, changed (MEMB-4)."""
    stale = sa.select(states.c.collection_id).where(states.c.stale)
    return reader.connection.execute(stale.limit(1)).first() is not None


def anything(reader: Reader) -> bool:
    """Return whether there is any filter, group or target that a complete update could rebuild."""
    return reader.connection.execute(sa.select(states.c.collection_id).limit(1)).first() is not None


def freshen(unit: UnitOfWork, clock: Clock | None = None) -> MembershipPass | None:
    """Bring membership up to date before it is acted upon; None where nothing waits (see `wanted`)."""
    return delta(unit, clock) if wanted(unit) else None


def _questions() -> Sequence[sa.Select[Any]]:
    return (
        sa.select(dirty_rows.c.seq),
        sa.select(states.c.collection_id).where(states.c.stale),
        sa.select(filters.c.id).where(filters.c.volatile),
        sa.select(groups.c.id).where(groups.c.volatile),
    )


def _take_dirty(unit: UnitOfWork) -> Dirty:
    # Reading and clearing are one statement: a row that is written meanwhile is either taken or left, never lost.
    statement = sa.delete(dirty_rows).returning(dirty_rows.c.class_name, dirty_rows.c.resource_id)
    found: defaultdict[str, set[int]] = defaultdict(set)
    for name, resource in unit.connection.execute(statement):
        found[name].add(resource)
    taken = {name: frozenset(ids) for name, ids in found.items()}
    if taken:  # whoever listens is imported only then
        for listener in house().calls("classes_changed"):
            listener(unit, taken)
    return taken


def _estate(reader: Reader) -> int:
    return int(reader.connection.execute(sa.select(sa.func.count()).select_from(computers)).scalar_one())


def _many(reader: Reader) -> int:
    return max(FEW, int(_estate(reader) * WHOLE_FROM))


def _look_whole(ledger: MembershipLedger, rules: Sequence[CollectionRule]) -> Moves:
    trees = structure.trees(ledger.unit, [r.id for r in rules if not r.by_hand and not r.by_sql])
    moves: Moves = {rule.id: whole.update(ledger, rule, trees) for rule in rules}
    for kind in ("filter", "group"):
        whole_now = [r.id for r in rules if r.kind == kind and (r.stale or ledger.kind == "definition")]
        if whole_now:
            ledger.settled(whole_now, kind)
    return moves


def _recalculate(ledger: MembershipLedger, ids: Collection[int] | None) -> None:
    found = target_update.definitions(ledger.unit, ids)
    held = structure.parts(ledger.unit)
    for target, definition in sorted(found.items()):
        target_update.recalculate(ledger, target, definition, sets.expanded(definition.tree, held))
