"""`plan`, `diff` and `apply`: documents read from files, what they would change, and the change itself.

A plan is the very same work as applying, in a unit of work that is rolled back: what it says is what happens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from itmsctl.cmdb.declared import Loss
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import PlanChangedError
from itmsctl.plans.declared import Batch
from itmsctl.plans.ordering import Key
from itmsctl.plans.outcome import DELETED, Changed, Done
from itmsctl.plans.service import sets
from itmsctl.plans.service.applying import Removal, absent, apply
from itmsctl.plans.service.opened import Opened
from itmsctl.plans.service.seeing import Stand, stand, touched
from itmsctl.values.kind import Danger, house


@dataclass(frozen=True)
class Order:
    """What is asked: who asks, and the apply set that is pruned; empty for none."""

    by: str = ""
    prune: str = ""


@dataclass
class Plan:
    """What applying would do, and how everything stands that it would read or write."""

    done: Done
    rows: list[Changed] = field(default_factory=list)  # of tables, one by one
    losses: list[Loss] = field(default_factory=list)
    touched: dict[Key, Stand] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)  # how the objects of each table stand, as digests

    @property
    def differs(self) -> bool:
        """Tell whether applying would change anything."""
        return self.done.differs


def plan(unit: UnitOfWork, opened: Opened, order: Order) -> Plan:
    """Answer what applying would do. Everything is done for it: give the unit of work up.

    Raises what `applying.apply` does.
    """
    removals = _removals(unit, opened.batch, order)
    seen = touched(unit, opened, removals)
    tables = [table.state(unit) for _, table in opened.tables]
    before = [call(unit) for call in house().calls("memberships")]
    rows: list[Changed] = []
    done = apply(unit, opened, by=order.by, pruned=removals[len(absent(opened.batch)) :], see=rows.append)
    made = Plan(done, rows, touched=seen, tables=tables)
    if made.differs:
        gone = {change.id: change.name for change in done.changes if change.action == DELETED}
        made.losses = [loss for memberships in before for loss in memberships.lost(unit, gone)]
    return made


def carry_out(unit: UnitOfWork, opened: Opened, order: Order, expected: Sequence[Removal] | None = None) -> Done:
    """Apply documents, and keep which set they belong to. `expected` are the removals that somebody confirmed.

    Raises what `applying.apply` does, PlanChangedError where others would be removed than were confirmed.
    """
    removals = _removals(unit, opened.batch, order)
    if expected is not None and _there(unit, removals) != set(expected):
        raise PlanChangedError("what would be deleted has changed meanwhile", hint="run the same command again")
    done = apply(unit, opened, by=order.by, pruned=removals[len(absent(opened.batch)) :])
    sets.remember(unit, opened.batch, done)
    return done


def deletions(reader: Reader, batch: Batch, order: Order) -> list[Removal]:
    """Answer what applying would delete: what is there of what is to be absent, and what is pruned."""
    return [one for one in _removals(reader, batch, order) if stand(reader, one.node) is not None]


def danger_of(removals: Sequence[Removal], order: Order) -> Danger:
    """Answer how much a set of deletions can hurt; pruning always can."""
    kinds = [noun for one in removals if (noun := house().kind(one.kind)) is not None]
    if order.prune or any(kind.danger is Danger.SEVERE for kind in kinds):
        return Danger.SEVERE
    return Danger.MODERATE


def _removals(reader: Reader, batch: Batch, order: Order) -> list[Removal]:
    return [*absent(batch), *(sets.to_prune(reader, batch, order.prune) if order.prune else ())]


def _there(reader: Reader, removals: Sequence[Removal]) -> set[Removal]:
    return {one for one in removals if stand(reader, one.node) is not None}


def compare(store: Store, opened: Opened, order: Order) -> Plan:
    """Answer the plan; nothing is written."""
    return store.write(lambda unit: plan(unit, opened, order), dry_run=True)
