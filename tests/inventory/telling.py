"""Inventory that a test tells of computers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import derived
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.inventory.asking import table_of_class
from itmsctl.inventory.canonical import value_of
from itmsctl.inventory.rows import inventory_computers, inventory_states
from itmsctl.inventory.service.class_tables import tables_of
from itmsctl.inventory.service.classes import class_in
from itmsctl.values.addresses import to_bytes
from itmsctl.values.kind import Type
from itmsctl.values.versions import version_key

Rows = Sequence[Mapping[str, Any]]


def tell(store: Store, at: datetime, told: Mapping[str, Mapping[str, Rows]]) -> None:
    """Store classes of computers by their names."""

    def work(unit: UnitOfWork) -> None:
        known = {row[0]: row[1] for row in unit.connection.execute(sa.text("SELECT name, id FROM resource"))}
        for name, classes in told.items():
            for class_name, rows in classes.items():
                _put(unit, known[name], class_name, rows, at)

    store.write(work)


def forget(store: Store, name: str, class_name: str) -> None:
    """Take what is known of a class of a computer away."""

    def work(unit: UnitOfWork) -> None:
        id_ = unit.scalar(sa.text("SELECT id FROM resource WHERE name = :name").bindparams(name=name))
        _take(unit, id_, class_name)
        derived.rows_changed(unit, table_of_class(class_name), [id_])

    store.write(work)


def _take(unit: UnitOfWork, id_: int, class_name: str) -> None:
    rows = tables_of(class_in(unit, class_name)).rows
    unit.connection.execute(sa.delete(rows).where(rows.c.computer_id == id_))
    mine = (inventory_states.c.computer_id == id_, inventory_states.c.class_name == class_name)
    unit.connection.execute(sa.delete(inventory_states).where(*mine))


def _put(unit: UnitOfWork, id_: int, class_name: str, rows: Rows, at: datetime) -> None:
    _take(unit, id_, class_name)
    connection, one = unit.connection, class_in(unit, class_name)
    if (
        unit.scalar(sa.select(inventory_computers.c.computer_id).where(inventory_computers.c.computer_id == id_))
        is None
    ):
        connection.execute(sa.insert(inventory_computers).values(computer_id=id_, first_at=at, last_at=at))
    state = {"row_count": len(rows), "collected_at": at, "changed_at": at, "epoch": 1, "counter": 0, "source": "test"}
    connection.execute(sa.insert(inventory_states).values(computer_id=id_, class_name=class_name, **state))
    tables = tables_of(one)
    for row in rows:
        values = _valued(one, row)
        own = {k: v for k, v in values.items() if k in tables.rows.c}
        if tables.entries is not None:
            shared = {k: v for k, v in values.items() if k in tables.entries.c}
            entry = _number(repr(sorted(shared.items())))
            own["entry_id"] = entry
            held = sa.select(tables.entries.c.entry_id).where(tables.entries.c.entry_id == entry)
            if unit.scalar(held) is None:
                connection.execute(sa.insert(tables.entries).values(entry_id=entry, **shared))
        key = _number(repr([values.get(name) for name in one.key])) if one.key else 0
        connection.execute(sa.insert(tables.rows).values(computer_id=id_, row_key=key, since=at, **own))
    derived.rows_changed(unit, table_of_class(class_name), [id_])


def _valued(one: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: value_of(one.by_name[name], value) for name, value in row.items()}
    for name, value in list(found.items()):
        column = one.by_name[name]
        if column.is_filter and value is not None and column.type in {Type.VERSION, Type.ADDRESS}:
            found[f"{name}_key"] = version_key(value) if column.type is Type.VERSION else to_bytes(value)
    return found


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)
