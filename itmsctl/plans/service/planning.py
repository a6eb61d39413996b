"""`plan`, `diff` and `apply`: documents read from files, what they would change, and the change itself.

A plan is the very same work as applying, in a unit of work that is rolled back: what it says is what happens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from itmsctl.cmdb.losses import Loss, Memberships
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import PlanChangedError, SizeGuardError
from itmsctl.plans.declared import Batch
from itmsctl.plans.ordering import Key
from itmsctl.plans.outcome import DELETED, ApplySummary, Changed, Kept
from itmsctl.plans.service import set_rows, sets
from itmsctl.plans.service.applying import See, apply
from itmsctl.plans.service.opened import OpenedBatch
from itmsctl.plans.service.removal import Removal, absent
from itmsctl.plans.service.seeing import Stand, stand, touched
from itmsctl.values.kind import Danger, house
from itmsctl.values.untrusted import shell_arg

# Deleting more than this share of a kind has to be confirmed by number; of fewer objects a share says nothing.
SHARE = 0.3
SHARE_FROM = 20


@dataclass(frozen=True)
class Order:
    """What is asked: who asks, the apply set that is pruned (empty for none), and whether objects leave other sets."""

    by: str = ""
    prune: str = ""
    take: bool = False  # what other sets hold changes hands


@dataclass
class ApplyPlan:
    """What applying would do, and how everything stands that it would read or write."""

    done: ApplySummary
    rows: list[Changed] = field(default_factory=list)  # of tables, one by one
    losses: list[Loss] = field(default_factory=list)
    touched: dict[Key, Stand] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)  # how the objects of each table stand, as digests

    @property
    def differs(self) -> bool:
        """Return whether applying would change anything."""
        return self.done.differs


def plan(unit: UnitOfWork, opened: OpenedBatch, order: Order) -> ApplyPlan:
    """Return what applying would do. Everything is done for it: give the unit of work up.

    Raises what `applying.apply` does.
    """
    removals, kept = _removals(unit, opened.batch, order)
    seen = touched(unit, opened, removals)
    tables = [table.state(unit) for _, table in opened.tables]
    before: list[Memberships] = [call(unit) for call in house().calls("memberships")]
    rows: list[Changed] = []
    done = _apply(unit, opened, order, removals, kept, rows.append)
    made = ApplyPlan(done, rows, touched=seen, tables=tables)
    if made.differs:
        gone = {change.id: change.name for change in done.changes if change.action == DELETED}
        made.losses = [loss for memberships in before for loss in memberships.lost(unit, gone)]
    return made


def carry_out(
    unit: UnitOfWork, opened: OpenedBatch, order: Order, expected: Sequence[Removal] | None = None
) -> ApplySummary:
    """Apply documents, and keep which set they belong to. `expected` are the removals that somebody confirmed.

    Raises what `applying.apply` does, PlanChangedError where others would be removed than were confirmed.
    """
    removals, kept = _removals(unit, opened.batch, order)
    if expected is not None and _there(unit, removals) != set(expected):
        raise PlanChangedError("what would be deleted has changed meanwhile", hint="run the same command again")
    done = _apply(unit, opened, order, removals, kept)
    sets.remember(unit, opened.batch, done, pruned=order.prune, take=order.take)
    return done


def _apply(
    unit: UnitOfWork,
    opened: OpenedBatch,
    order: Order,
    removals: Sequence[Removal],
    kept: Sequence[Kept],
    see: See | None = None,
) -> ApplySummary:
    held = set_rows.holders(unit) if not order.take and any(one.groups for one in opened.batch.objects) else {}
    pruned = removals[len(absent(opened.batch)) :]
    done = apply(unit, opened, by=order.by, pruned=pruned, see=see, held=held)
    done.kept += kept
    return done


def deletions(reader: Reader, batch: Batch, order: Order) -> list[Removal]:
    """Return what applying would delete: what is there of what is to be absent, and what is pruned."""
    return [one for one in _removals(reader, batch, order)[0] if stand(reader, one.node) is not None]


def danger_of(removals: Sequence[Removal], order: Order) -> Danger:
    """Return how much a set of deletions can hurt; pruning always can."""
    kinds = [noun for one in removals if (noun := house().kind(one.kind)) is not None]
    if order.prune or any(kind.danger is Danger.SEVERE for kind in kinds):
        return Danger.SEVERE
    return Danger.MODERATE


def guard(reader: Reader, removals: Sequence[Removal], wanted: str, given: str | None, guard_max: int) -> None:
    """Let deletions pass, or refuse them where they are more than the guard allows, or a large share of a kind.

    Raises SizeGuardError with the exact `--confirm`, which is `wanted`.
    """
    counts = Counter(one.kind for one in removals)
    whole = {kind: _count(reader, kind) for kind in counts}
    found = too_many(counts, whole, guard_max)
    if found and given != wanted:
        said = f"; --confirm says `{given}`" if given is not None else ""
        raise SizeGuardError(
            f"nothing was applied: {found[0]}{said}",
            why="; ".join(found[1:]),
            hint=f"look with `itmsctl plan`, then add --confirm {shell_arg(wanted)}",
            details={"deletions": dict(counts), "guard_max": guard_max, "reasons": found},
        )


def too_many(counts: Mapping[str, int], whole: Mapping[str, int], guard_max: int) -> list[str]:
    """Return why deletions want to be confirmed by their number: more than `guard_max`, or a large share of a kind."""
    total = sum(counts.values())
    found = [f"it would delete {total} objects, and the guard is {guard_max}"] if total > guard_max else []
    for kind, number in sorted(counts.items()):
        if whole[kind] >= SHARE_FROM and number > SHARE * whole[kind]:
            found.append(f"it would delete {number} of {whole[kind]} of kind {kind}, over {SHARE:.0%}")
    return found


def _count(reader: Reader, kind: str) -> int:
    noun = house().kind(kind)
    assert noun is not None, kind
    return int(noun.load_shelf().count(reader))


def _removals(reader: Reader, batch: Batch, order: Order) -> tuple[list[Removal], list[Kept]]:
    pruned, kept = sets.to_prune(reader, batch, order.prune) if order.prune else ([], [])
    return [*absent(batch), *pruned], kept


def _there(reader: Reader, removals: Sequence[Removal]) -> set[Removal]:
    return {one for one in removals if stand(reader, one.node) is not None}


def compare(store: Store, opened: OpenedBatch, order: Order) -> ApplyPlan:
    """Return the plan; nothing is written."""
    return store.write(lambda unit: plan(unit, opened, order), dry_run=True)
