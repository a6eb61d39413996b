"""The tables that statements work with: those of nouns made from their declarations, others said column by column.

They hold what a statement needs and nothing that only making a table does: no index, no unique key. SQLAlchemy alone is
enough for them; the SQLModel classes in the rooms' `tables.py` are the whole schema, for people and for migrations, and
a test holds each of them equal to its table here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from itmsctl.cmdb.types import Big, Json, Moment, Text
from itmsctl.values.column import ITEM, Sql, TableColumn
from itmsctl.values.kind import Field, Kind, Link, Type, house
from itmsctl.values.types import meaning

_S = TypeVar("_S", bound=sa.Select[Any])

METADATA = sa.MetaData()
_made: dict[str, sa.Table] = {}
_making = threading.RLock()

_SQL: dict[Sql, TypeEngine[Any]] = {
    "text": Text(),
    "int": sa.Integer(),
    "big": Big,
    "real": sa.Float(),
    "bool": sa.Boolean(),
    "time": Moment(),
    "json": Json(),
    "bytes": sa.LargeBinary(),
}


def table(name: str, *columns: TableColumn) -> sa.Table:
    """Return a table, made on first use."""
    made = _made.get(name)
    if made is not None:
        return made
    with _making:  # else two threads would make it; what METADATA knows may be half made
        if name not in _made:
            _made[name] = sa.Table(name, METADATA, *map(_column, columns))
        return _made[name]


def table_of(kind: Kind) -> sa.Table:
    """Return the table with the ids, GUIDs and names of a kind, and with its fields unless it has `typed`."""
    if kind.typed:
        return table(kind.table, ITEM[0], TableColumn("kind"), *ITEM[1:])
    made = _made.get(kind.table)
    return table(kind.table, *ITEM, *kind.own, *_of_fields(kind)) if made is None else made


def typed_table_of(kind: Kind) -> sa.Table:
    """Return the table of the fields of a kind that shares `table` with others."""
    made = _made.get(kind.typed)
    if made is not None:
        return made
    return table(kind.typed, TableColumn("id", "int", key=True, ref=f"{kind.table}.id"), *kind.own, *_of_fields(kind))


def fields_table_of(kind: Kind) -> sa.Table:
    """Return the table that has the columns of the fields of a kind: its own, also where it shares `table`."""
    return typed_table_of(kind) if kind.typed else table_of(kind)


def of_kind(kind: Kind, statement: _S) -> _S:
    """Return a statement over `table_of(kind)`, narrowed to objects of that kind: several kinds may share a table."""
    return statement.where(table_of(kind).c.kind == kind.name) if kind.typed else statement


def table_of_kind(name: str) -> sa.Table:
    """Return the table of the kind of that name (`table_of`)."""
    return table_of(kind_of(name))


def pairs_of(kind: Kind, field: Field, link: Link) -> sa.Table:
    """Return the table of pairs that a list of references is kept in."""
    own = TableColumn(link.own, "int", key=True, ref=f"{kind.table}.id", cascade=True)
    return table(link.table, own, TableColumn(link.other, "int", key=True, ref=f"{table_of_kind(field.ref).name}.id"))


def view(name: str, *columns: str, moments: tuple[str, ...] = ()) -> sa.TableClause:
    """Return a view, by the columns that are read of it; `moments` are those that hold one."""
    return sa.table(name, *(sa.column(c) for c in columns), *(sa.column(c, Moment) for c in moments))


def _of_fields(kind: Kind) -> Iterator[TableColumn]:
    for field in kind.fields:
        if field.column_name:
            is_flag = field.type is Type.BOOL
            yield TableColumn(
                field.column_name,
                field.sql or meaning(field.type).sql,
                null=not (field.required or is_flag) if field.null is None else field.null,
                default=False if is_flag and field.default is None else field.default,
                ref=f"{table_name(field.ref)}.id" if field.type is Type.REF else "",
            )


def table_name(kind_name: str) -> str:
    """Return the name of the table of a kind."""
    return kind_of(kind_name).table


def kind_of(name: str) -> Kind:
    """Return the kind of that name, which is declared."""
    kind = house().kind(name)
    assert kind is not None, name
    return kind


def _column(one: TableColumn) -> sa.Column[Any]:
    refers = [sa.ForeignKey(one.ref, ondelete="CASCADE" if one.cascade else None)] if one.ref else []
    return sa.Column(
        one.name,
        _SQL[one.sql],
        *refers,
        primary_key=one.key,
        nullable=one.null,
        default=one.default,
        autoincrement=one.key and one.sql == "big",
    )
