"""The tables of data classes, made from their definitions: current rows, and the dictionary of what rows share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeEngine

from itmsctl.cmdb.types import Big, Json, Moment, Text
from itmsctl.inventory.asking import dictionary_of, is_keyed, key_column, table_of_class
from itmsctl.inventory.definition import ClassColumn, DataClass
from itmsctl.inventory.rows import inventory_computers
from itmsctl.inventory.service.classes import every_class
from itmsctl.inventory.service.own_definitions import own_definitions
from itmsctl.values.kind import Type

_TYPES: dict[Type, TypeEngine[Any]] = {
    Type.INT: Big,
    Type.REAL: sa.Float(),
    Type.DURATION: sa.Float(),
    Type.BOOL: sa.Boolean(),
    Type.TIME: Moment(),
    Type.LIST: Json(),
    Type.MAP: Json(),
}
# By what values of these types are compared, where filters ask for them: a column of its own beside theirs.
_KEYS: dict[Type, TypeEngine[Any]] = {Type.VERSION: Text(), Type.ADDRESS: sa.LargeBinary()}


@dataclass(frozen=True)
class ClassTables:
    """The tables of a class: its current rows, and the entries that they point at where it has shared columns."""

    rows: sa.Table
    entries: sa.Table | None


@lru_cache(maxsize=1024)
def tables_of(one: DataClass) -> ClassTables:
    """Return the tables of a class. A row of a class that is one a computer has the key 0."""
    metadata = sa.MetaData()
    name = table_of_class(one.name)
    shared = [column for column in one.columns if column.is_shared]
    rows = sa.Table(
        name,
        metadata,
        sa.Column("computer_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("row_key", Big, primary_key=True, autoincrement=False),
        sa.Column("since", Moment(), nullable=True),  # none: since the first report of the computer
        *([sa.Column("entry_id", Big, nullable=False)] if shared else []),
        *_columns(column for column in one.columns if not column.is_shared),
        sa.ForeignKeyConstraint(
            ["computer_id"], [inventory_computers.c.computer_id], ondelete="CASCADE", info={"engines": {"sqlite"}}
        ),  # on PostgreSQL `owners` keeps it
        sqlite_with_rowid=False,
    )
    if not shared:
        return ClassTables(rows, None)
    sa.Index(f"ix_{name}", rows.c.entry_id)
    entries = sa.Table(
        dictionary_of(one.name),
        metadata,
        sa.Column("entry_id", Big, primary_key=True, autoincrement=False),
        *_columns(shared),
    )
    sa.Index(f"ix_{name}_entry", entries.c[shared[0].name])
    return ClassTables(rows, entries)


def sql_type(column: ClassColumn) -> TypeEngine[Any]:
    """Return the type of a column as the tables of its class have it."""
    return _TYPES.get(column.type, Text())


def defined_tables(connection: Connection) -> Iterator[sa.Table]:
    """Yield the tables of all classes (hook `defined_tables`)."""
    for one in (*every_class(), *own_definitions(connection)):
        tables = tables_of(one)
        yield tables.rows
        if tables.entries is not None:
            yield tables.entries


def _columns(columns: Iterable[ClassColumn]) -> Iterator[sa.Column[Any]]:
    for column in columns:
        yield sa.Column(column.name, sql_type(column), nullable=True)
        if is_keyed(column):
            yield sa.Column(key_column(column.name), _KEYS[column.type], nullable=True)
