"""What a merge and a split of computers do to their inventories (PLAT-11).

The computer that stays keeps its own inventory. The other's is set aside whole, history too, and comes back with it.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk, derived
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.inventory.asking import table_of_class
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.rows import (
    inventory_closed,
    inventory_computers,
    inventory_digests,
    inventory_set_aside,
    inventory_states,
)
from itmsctl.inventory.service.class_tables import ClassTables, tables_of
from itmsctl.inventory.service.classes import classes_in
from itmsctl.inventory.service.entries import rely_on_entries
from itmsctl.resources.rows import resources
from itmsctl.values.times import from_text, to_text

_OWN = (inventory_computers, inventory_states, inventory_digests, inventory_closed)  # those that others refer to first
_PAGE = 500


def set_aside(unit: UnitOfWork, computers: Sequence[int]) -> None:
    """Keep the inventory of a computer that is about to be merged away (event `computers_merged`)."""
    _, loser = computers
    guid = _guid_of(unit, loser)
    unit.connection.execute(sa.delete(inventory_set_aside).where(inventory_set_aside.c.guid == guid))
    held = {table.name: rows for table, rows in _held(unit, loser)}
    if held:
        packed = zlib.compress(canonical(held).encode())
        unit.connection.execute(sa.insert(inventory_set_aside).values(guid=guid, held=packed))
        unit.note("inventory", set_aside=1)


def put_back(unit: UnitOfWork, computers: Sequence[int]) -> None:
    """Restore the inventory of a computer that is split off (event `computer_split`)."""
    _, back = computers
    mine = inventory_set_aside.c.guid == _guid_of(unit, back)
    packed = unit.scalar(sa.select(inventory_set_aside.c.held).where(mine))
    if packed is None:
        return
    held: Mapping[str, list[list[Any]]] = json.loads(zlib.decompress(packed))
    for tables in _tables(one for one in classes_in(unit).values() if table_of_class(one.name) in held):
        for table in (tables.entries, tables.rows):  # rows point at entries
            if table is not None:
                _restore(unit, table, held.get(table.name, []), back)
    unit.connection.execute(sa.delete(inventory_set_aside).where(mine))
    unit.note("inventory", put_back=1)


def _guid_of(reader: Reader, computer: int) -> str:
    return str(reader.connection.execute(sa.select(resources.c.guid).where(resources.c.id == computer)).scalar_one())


def _tables(classes: Iterable[DataClass]) -> Iterator[ClassTables]:
    """Yield the tables of inventory: those of all classes together, then those of each."""
    yield from (ClassTables(table, None) for table in _OWN)
    yield from map(tables_of, classes)


def _held(reader: Reader, computer: int) -> Iterator[tuple[sa.Table, list[list[Any]]]]:
    """Yield the tables with rows of a computer, and these rows as values that JSON has."""
    of = sa.select(inventory_states.c.class_name).where(inventory_states.c.computer_id == computer)
    names = set(reader.connection.execute(of).scalars())
    for tables in _tables(one for name, one in classes_in(reader).items() if name in names):
        table, entries = tables.rows, tables.entries
        statement = sa.select(*(column for column in table.c if column.name != "computer_id"))
        rows = reader.connection.execute(statement.where(table.c.computer_id == computer)).all()
        if rows and entries is not None:
            ids = sorted({row.entry_id for row in rows})
            shared = sa.select(entries).where(member_of(reader.connection, entries.c.entry_id, ids))
            yield entries, [[_plain(value) for value in row] for row in reader.connection.execute(shared)]
        if rows:
            yield table, [[_plain(value) for value in row] for row in rows]


def _restore(unit: UnitOfWork, table: sa.Table, rows: Sequence[Sequence[Any]], computer: int) -> None:
    is_shared = "computer_id" not in table.c
    names = [column.name for column in table.c if column.name != "computer_id"]
    found = [dict(zip(names, map(_value, row), strict=False)) for row in rows]
    if is_shared:  # what other computers share may be there still
        rely_on_entries(unit.connection)
        ids = [row["entry_id"] for row in found]
        among = sa.select(table.c.entry_id).where(member_of(unit.connection, table.c.entry_id, ids))
        there = set(unit.connection.execute(among).scalars())
        found = [row for row in found if row["entry_id"] not in there]
    own = {} if is_shared else {"computer_id": computer}
    for page in bulk.chunks(found, _PAGE):
        unit.connection.execute(sa.insert(table), [row | own for row in page])
    if found and not is_shared:
        derived.rows_changed(unit, table.name, [computer])


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"at": to_text(value)}
    if isinstance(value, bytes | memoryview):
        return {"bytes": base64.b64encode(bytes(value)).decode()}
    return {"json": value} if isinstance(value, dict | list) else value


def _value(plain: Any) -> Any:
    if not isinstance(plain, dict):
        return plain
    if "at" in plain:
        return from_text(plain["at"])
    return base64.b64decode(plain["bytes"]) if "bytes" in plain else plain["json"]
