"""Rows that came, changed and went are written, and what they were before is closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Connection

from itmsctl.cmdb import bulk, derived
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.delta import Delta
from itmsctl.inventory.forming import FormedRow, FormedRows, former_of
from itmsctl.inventory.service.class_rows import ClassRows, KeptRow, RowId, key_number, plain

_CLOSED = ("computer_id", "class_name", "row_key", "since", "until", "row")


@dataclass
class RowChanges:
    """What changes in the rows of one class, of many computers."""

    of: DataClass
    added: list[tuple[int, FormedRow, Any]] = field(default_factory=list)
    changed: list[tuple[int, FormedRow, Any]] = field(default_factory=list)
    removed: list[tuple[RowId, Any]] = field(default_factory=list)
    loose: list[tuple[int, FormedRow]] = field(default_factory=list)
    computers: list[int] = field(default_factory=list)

    def take(
        self, id_: int, at: Any, formed: FormedRows, delta: Delta, loose: Sequence[FormedRow], *, is_new: bool
    ) -> None:
        """Take what differs in a computer's rows; `loose` are those that differ at most in volatile columns."""
        rows, since = formed.rows, None if is_new else at
        added = rows.values() if len(delta.added) == len(rows) else [rows[key] for key in delta.added]
        self.added += [(id_, row, since) for row in added]
        self.changed += [(id_, rows[key], at) for key in delta.changed]
        self.removed += [((id_, key_number(key)), at) for key in delta.removed]
        self.loose += [(id_, row) for row in loose]
        self.computers.append(id_)


class Churn:
    """How often classes were compared, and in how many of these comparisons each of their columns changed."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def compare(self, name: str) -> None:
        """Count one comparison of a class of a computer."""
        self._counts[name, ""] += 1

    def change(self, name: str, columns: set[str]) -> None:
        """Count the columns that changed in one comparison."""
        self._counts.update((name, column) for column in columns)

    def write(self, connection: Connection) -> None:
        """Add what was counted to what is held."""
        mark = "%s" if connection.dialect.name == "postgresql" else "?"
        rows = [(*of, number) for of, number in sorted(self._counts.items())]
        if rows:
            connection.exec_driver_sql(
                f"INSERT INTO inventory_churn (class_name, column_name, count) VALUES ({mark}, {mark}, {mark})"  # noqa: S608 - ours
                " ON CONFLICT (class_name, column_name) DO UPDATE SET count = inventory_churn.count + excluded.count",
                rows,
            )


def write_changes(unit: UnitOfWork, changes: RowChanges, churn: Churn) -> None:
    """Write what changes in the rows of a class, and close what they were."""
    rows = ClassRows(unit.connection, changes.of)
    changed_ids = [(id_, key_number(row[0])) for id_, row, _ in changes.changed]
    before = rows.read([*changed_ids, *(of for of, _ in changes.removed)])
    closed = [_closed(changes.of, of, before[of], at) for of, at in changes.removed if of in before]
    inserted = list(changes.added)
    columns: dict[int, set[str]] = {}
    for of, (id_, row, at) in zip(changed_ids, changes.changed, strict=True):
        was = before.get(of)
        differing = set() if was is None else _differing(changes.of, was, row)
        if was is None or differing:
            inserted.append((id_, row, at))
        else:
            inserted.append((id_, row, was.since))  # its digest is made in another way than it was
        if was is not None and differing:
            closed.append(_closed(changes.of, of, was, at))
            columns.setdefault(id_, set()).update(differing)
    rows.delete([*changed_ids, *(of for of, _ in changes.removed)])
    rows.insert(inserted)
    rows.update_volatile(changes.loose)
    bulk.insert(unit.connection, "inventory_closed", _CLOSED, [one for one in closed if one[3] < one[4]])
    for names in columns.values():
        churn.change(changes.of.name, names)
    derived.rows_changed(unit, rows.table, changes.computers)


def _closed(of: DataClass, row: RowId, was: KeptRow, at: Any) -> tuple[Any, ...]:
    return (row[0], of.name, row[1], was.since, at, canonical(plain(was.values)))


def _differing(of: DataClass, was: KeptRow, row: FormedRow) -> set[str]:
    now = former_of(of).row(row)
    return {name for name in of.stable if was.values.get(name) != now.get(name)}
