"""Inventory that a test tells of computers, and takes away again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from itmsctl.cmdb import derived
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.inventory.asking import table_of_class
from itmsctl.inventory.rows import inventory_states
from itmsctl.inventory.service.class_tables import tables_of
from itmsctl.inventory.service.classes import class_in
from itmsctl.inventory.service.storing import store_told
from itmsctl.inventory.told import Rows, Told


def tell(store: Store, at: datetime, told: Mapping[str, Mapping[str, Rows]], source: str = "test") -> None:
    """Store classes of computers by their names."""

    def work(unit: UnitOfWork) -> None:
        known = {row[0]: row[1] for row in unit.connection.execute(sa.text("SELECT name, id FROM resource"))}
        store_told(unit, [(known[name], Told(source, at, classes)) for name, classes in told.items()])

    store.write(work)


def forget(store: Store, name: str, class_name: str) -> None:
    """Take what is known of a class of a computer away."""

    def work(unit: UnitOfWork) -> None:
        id_ = unit.scalar(sa.text("SELECT id FROM resource WHERE name = :name").bindparams(name=name))
        rows = tables_of(class_in(unit, class_name)).rows
        unit.connection.execute(sa.delete(rows).where(rows.c.computer_id == id_))
        mine = (inventory_states.c.computer_id == id_, inventory_states.c.class_name == class_name)
        unit.connection.execute(sa.delete(inventory_states).where(*mine))
        derived.rows_changed(unit, table_of_class(class_name), [id_])

    store.write(work)
