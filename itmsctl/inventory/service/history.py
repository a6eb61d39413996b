"""What is known of the past of inventory: how far it reaches back, what of it goes, and what makes too much of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.admin.retention import Purgeable, Removed
from itmsctl.cmdb import bulk
from itmsctl.cmdb.facts import INVENTORY_HORIZON, fact, note_fact
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import PurgedError
from itmsctl.inventory.rows import inventory_churn, inventory_closed, inventory_set_aside, inventory_states
from itmsctl.resources.rows import resources
from itmsctl.values.findings import Finding, Severity
from itmsctl.values.times import from_text, to_text
from itmsctl.values.untrusted import shell_arg

_ROWS = 5000
_RESTLESS, _RUNS = 0.8, 20  # a column that changes in more than this share of so many comparisons


def purgeable() -> tuple[Purgeable, ...]:
    """Return what this room can purge (hook)."""
    return (Purgeable("inventory", _purge),)


def removed(unit: UnitOfWork, ids: Sequence[int]) -> None:
    """Say that the inventory of computers goes with them (event `computer_removed`): no undo brings it back."""
    held = member_of(unit.connection, inventory_states.c.computer_id, ids)
    merged = sa.select(resources.c.id).join(inventory_set_aside, inventory_set_aside.c.guid == resources.c.guid)
    gone = (held, inventory_states.c.computer_id.not_in(merged))  # of one that is merged it is set aside
    count = unit.scalar(sa.select(sa.func.count(inventory_states.c.computer_id.distinct())).where(*gone))
    if count:
        whose = "its inventory goes with it" if len(ids) == 1 else f"the inventory of {count} of them goes with them"
        unit.tell(f"{whose}, with its history: an undo does not bring it back")


def refuse_before_history(reader: Reader, moment: datetime) -> None:
    """Raise PurgedError where what was true at a moment may have been purged."""
    text = fact(reader, INVENTORY_HORIZON)
    if text is not None and moment < from_text(text):
        raise PurgedError(
            f"the history of inventory was purged up to {text[:19]}Z",
            hint=f"the earliest moment is {text}",
            details={"horizon": text},
        )


def _purge(unit: UnitOfWork, before: datetime, _cursor: Any) -> Removed:
    closed = inventory_closed.c
    keys = (closed.computer_id, closed.class_name, closed.row_key, closed.since)
    old: list[Any] = unit.rows(sa.select(*keys).where(closed.until < before).order_by(closed.until).limit(_ROWS))
    if not old:
        return Removed(done=True)
    rows = [(row[0], row[1], row[2], bulk.moment(unit.connection, row[3])) for row in old]
    bulk.delete(unit.connection, "inventory_closed", [key.name for key in keys], rows)
    horizon = fact(unit, INVENTORY_HORIZON)
    if horizon is None or from_text(horizon) < before:
        note_fact(unit, INVENTORY_HORIZON, to_text(before))
    unit.note("inventory", purged=len(rows))
    return Removed({"inventory_rows": len(rows)})


def restless(reader: Reader) -> Iterator[Finding]:
    """Yield a finding for each column that makes history in nearly every report (hook `doctor`)."""
    rows: list[Any] = reader.rows(sa.select(inventory_churn))
    counts = {(row[0], row[1]): int(row[2]) for row in rows}
    for (name, column), changed in sorted(counts.items()):
        runs = counts.get((name, ""), 0)
        if column and runs >= _RUNS and changed > _RESTLESS * runs:
            yield Finding(
                "INVENTORY-RESTLESS",
                Severity.WARNING,
                f"`{column}` of {name} changed in {changed} of {runs} reports: each leaves a row of history",
                "what changes by itself is told apart from what somebody changed by `volatile` in the class",
                f"itmsctl data-class show {shell_arg(name)}",
                {"class": name, "column": column, "changed": changed, "reports": runs},
            )
