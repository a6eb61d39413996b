"""What is known of the past of inventory: how far it reaches back, what of it goes, and what makes too much of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.admin.retention import NOTHING, Purgeable, PurgeBatch, Removed
from itmsctl.cmdb import bulk
from itmsctl.cmdb.facts import INVENTORY_HORIZON, fact, note_fact
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import PurgedError
from itmsctl.inventory.rows import (
    inventory_churn,
    inventory_closed,
    inventory_files,
    inventory_set_aside,
    inventory_states,
)
from itmsctl.inventory.service.classes import class_in
from itmsctl.resources.rows import merges, resources
from itmsctl.values.findings import Finding, Severity
from itmsctl.values.times import from_text, to_text
from itmsctl.values.untrusted import shell_arg

_ROWS, _MERGED = 5000, 50
_RESTLESS, _RUNS = 0.8, 20  # a column that changes in more than this share of so many comparisons


def purgeable() -> tuple[Purgeable, ...]:
    """Return what this room can purge (hook)."""
    history = Purgeable("inventory", _history((), False), _history)
    return history, Purgeable("files", _files), Purgeable("merged", _merged)


def removed(unit: UnitOfWork, ids: Sequence[int]) -> None:
    """Say that the inventory of computers goes with them (event `computer_removed`): no undo brings it back."""
    held = member_of(unit.connection, inventory_states.c.computer_id, ids)
    merged = sa.select(resources.c.id).join(inventory_set_aside, inventory_set_aside.c.guid == resources.c.guid)
    gone = (held, inventory_states.c.computer_id.not_in(merged))  # of one that is merged it is set aside
    count = unit.scalar(sa.select(sa.func.count(inventory_states.c.computer_id.distinct())).where(*gone))
    if count:
        whose = "its inventory goes with it" if len(ids) == 1 else f"the inventory of {count} of them goes with them"
        unit.tell(f"{whose}, with its history: an undo does not bring it back")


def refuse_before_history(reader: Reader, class_name: str, moment: datetime) -> None:
    """Raise PurgedError where what was true of a class at a moment may have been purged."""
    texts = [fact(reader, name) for name in (INVENTORY_HORIZON, _horizon_of(class_name))]
    text = max((text for text in texts if text is not None), default=None)
    if text is not None and moment < from_text(text):
        raise PurgedError(
            f"the history of {class_name} was purged up to {text[:19]}Z",
            hint=f"the earliest moment is {text}",
            details={"horizon": text},
        )


def _horizon_of(class_name: str) -> str:
    return f"{INVENTORY_HORIZON}.{class_name}"


def _history(names: Collection[str], inside: bool) -> PurgeBatch:
    """Return what purges the history of these classes alone, or of all others."""

    def batch(unit: UnitOfWork, before: datetime, cursor: Any) -> Removed:
        if inside and cursor is None:
            for name in names:
                class_in(unit, name)  # raises NotFoundError
        return _purge(unit, before, cursor, _among(names, inside))

    return batch


def _among(names: Collection[str], inside: bool) -> sa.ColumnElement[bool]:
    name = inventory_closed.c.class_name
    if not names:
        return sa.true()
    return name.in_(sorted(names)) if inside else name.not_in(sorted(names))


def _purge(unit: UnitOfWork, before: datetime, cursor: Any, among: sa.ColumnElement[bool]) -> Removed:
    """Remove the oldest rows, and remember of their classes how far back they are known now.

    `cursor` is up to when rows were removed already: those before it are of other classes.
    """
    closed = inventory_closed.c
    keys = (closed.computer_id, closed.class_name, closed.row_key, closed.since, closed.until)
    statement = sa.select(*keys).where(closed.until < before, among)
    if cursor is not None:
        statement = statement.where(closed.until >= cursor)
    old: list[Any] = unit.rows(statement.order_by(closed.until).limit(_ROWS))
    if not old:
        return NOTHING
    rows = [(row[0], row[1], row[2], bulk.moment(unit.connection, row[3])) for row in old]
    bulk.delete(unit.connection, "inventory_closed", [key.name for key in keys[:4]], rows)
    for name in sorted({row[1] for row in old}):
        horizon = fact(unit, _horizon_of(name))
        if horizon is None or from_text(horizon) < before:
            note_fact(unit, _horizon_of(name), to_text(before))
    unit.note("inventory", purged=len(rows))
    return Removed({"inventory_rows": len(rows)}, old[-1][4])


def _files(unit: UnitOfWork, before: datetime, _cursor: Any) -> Removed:
    """Remove what is known of contents that have not come for long."""
    own = inventory_files.c
    statement = sa.select(own.digest).where(own.last_at < before).order_by(own.last_at).limit(_ROWS)
    return _gone(unit, own.digest, unit.rows(statement), "file_records")


def _merged(unit: UnitOfWork, before: datetime, _cursor: Any) -> Removed:
    """Remove inventory that was set aside when computers were merged, a few at a time: each may be large."""
    own = inventory_set_aside.c
    late = sa.select(merges.c.loser_guid).where(merges.c.at >= before)
    statement = sa.select(own.guid).where(own.guid.not_in(late)).order_by(own.guid).limit(_MERGED)
    return _gone(unit, own.guid, unit.rows(statement), "merged_inventories")


def _gone(unit: UnitOfWork, key: sa.ColumnElement[Any], found: Sequence[Any], what: str) -> Removed:
    if not found:
        return NOTHING
    table = key.table
    unit.connection.execute(sa.delete(table).where(member_of(unit.connection, key, [row[0] for row in found])))
    unit.note("inventory", purged=len(found))
    return Removed({what: len(found)})


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
