"""Sets of values of any size inside a statement, bound as one parameter."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection


def member_of(
    connection: Connection, column: sa.ColumnElement[Any], values: Collection[int] | Collection[str]
) -> sa.ColumnElement[bool]:
    """Return the condition that a column holds one of these numbers or texts.

    An array on PostgreSQL, `json_each` on SQLite: drivers cap the number of parameters (32,766 and 65,535), and a
    statement of ten thousand marks is parsed each time.
    """
    if not values:
        return sa.false()
    if connection.dialect.name == "postgresql":
        kind = sa.Text() if any(isinstance(v, str) for v in values) else sa.BigInteger()
        return column == sa.any_(sa.bindparam(None, list(values), type_=sa.ARRAY(kind)))
    return _in_json(column, sa.bindparam(None, json.dumps(list(values)), type_=sa.Text()))


def among(dialect: str, column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """Return `member_of` of ids that come later, as `ids_of` gives them, for a statement that is built once."""
    if dialect == "postgresql":
        return column == sa.any_(sa.bindparam(name, type_=sa.ARRAY(sa.BigInteger())))
    return _in_json(column, sa.bindparam(name, type_=sa.Text()))


def ids_of(dialect: str, ids: Collection[int]) -> list[int] | str:
    """Return ids as the parameter of `among`."""
    return list(ids) if dialect == "postgresql" else json.dumps(list(ids))


def _in_json(column: sa.ColumnElement[Any], text: sa.BindParameter[str]) -> sa.ColumnElement[bool]:
    each = sa.func.json_each(text).table_valued("value")
    return column.in_(sa.select(each.c.value))
