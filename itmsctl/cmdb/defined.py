"""Tables that follow from definitions, not from migrations: made with a database, and widened where one grew.

A room names what makes them from its definitions in `HOOKS = {"defined_tables": "module:function"}`: a function of the
connection that gives their `sa.Table`s. They are made in the transaction that brings the schema to the newest revision,
and by `itmsctl db upgrade`. A column that a definition has no more stays, with what it holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

from itmsctl.values.kind import house

_LOCK = 0x17_35_C7_03
_SAME = {"FLOAT": "DOUBLE PRECISION", "DATETIME": "TEXT"}
_Stored = dict[str, dict[str, Any]]  # the columns of each table by name


def declared(connection: Connection) -> list[sa.Table]:
    """Return the tables that the definitions of this program, and those in the database, make."""
    return [table for call in house().calls("defined_tables") for table in call(connection)]


def make(connection: Connection) -> list[str]:
    """Make the tables that are missing, and the columns that others lack; return the names of these tables.

    Two that do so at once wait for each other.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    tables = declared(connection)
    stored = _columns(connection, tables)
    made = []
    for table in tables:
        there = stored.get(table.name, {})
        missing = [column for column in table.columns if column.name not in there]
        if missing:
            _make(connection, table, missing)
            made.append(table.name)
    return made


def drop(connection: Connection) -> None:
    """Take every such table away: those that they refer to are about to go."""
    there = set(sa.inspect(connection).get_table_names())
    for table in declared(connection):
        if table.name in there:
            connection.exec_driver_sql(f'DROP TABLE "{table.name}"')


def differences(connection: Connection) -> Iterator[str]:
    """Yield what the tables of definitions lack, or hold otherwise than their definitions say, in words."""
    tables = declared(connection)
    stored = _columns(connection, tables)
    for table in tables:
        if table.name not in stored:
            yield f"table `{table.name}` is missing"
            continue
        for column in table.columns:
            found = stored[table.name].get(column.name)
            if found is None:
                yield f"table `{table.name}`: column `{column.name}` is missing"
                continue
            was, wanted = (type_text(one, connection.dialect) for one in (found["type"], column.type))
            if was != wanted:
                yield f"table `{table.name}`: column `{column.name}` is {was}, its definition says {wanted}"


def type_text(type_: Any, dialect: Dialect) -> str:
    """Return the type of a column as the database writes it, in one word where it has two for the same."""
    text = str(type_.compile(dialect=dialect))
    return _SAME.get(text, text)


def _columns(connection: Connection, tables: list[sa.Table]) -> _Stored:
    inspector = sa.inspect(connection)
    there = set(inspector.get_table_names())
    found = inspector.get_multi_columns(filter_names=[table.name for table in tables if table.name in there])
    return {name: {column["name"]: column for column in columns} for (_, name), columns in found.items()}


def _make(connection: Connection, table: sa.Table, missing: list[sa.Column[Any]]) -> None:
    if len(missing) == len(table.columns):
        for part in _parts_of(table, connection.dialect):
            connection.execute(part)
    else:
        for column in missing:
            said = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f'ALTER TABLE "{table.name}" ADD COLUMN {said}')


def _parts_of(table: sa.Table, dialect: Dialect) -> list[CreateTable | CreateIndex]:
    """Return what makes a table; a foreign key whose `info` names engines is one of theirs alone."""
    keys = [one for one in table.foreign_key_constraints if dialect.name in one.info.get("engines", {dialect.name})]
    made = CreateTable(table, include_foreign_key_constraints=keys)
    return [made, *(CreateIndex(index) for index in table.indexes)]


# --- definitions as SQLite keeps them ---------------------------------------------------------------------------------

_PLAIN = re.compile(r'"?[a-z][a-z0-9_]*"? (?:TEXT|INTEGER|FLOAT|BOOLEAN|BLOB)')


def is_ours(connection: Connection, name: str, sql: str) -> bool:
    """Return whether the text with which SQLite keeps one of these tables, or its index, is one that we made.

    A column that was added later stands elsewhere in it, and one of an older definition may stand in it still.
    """
    parts = (one for table in declared(connection) for one in _parts_of(table, connection.dialect))
    named = (one for one in parts if one.element.name == name)
    ours = next(named, None)
    if ours is None:
        return False
    head, wanted, tail = _parts(str(ours.compile(dialect=connection.dialect)))
    found_head, found, found_tail = _parts(sql)
    return (head, tail) == (found_head, found_tail) and all(_PLAIN.fullmatch(one) for one in found - wanted)


def _parts(sql: str) -> tuple[str, frozenset[str], str]:
    """Return what stands before the outer brackets, between their commas, and behind them."""
    text = " ".join(sql.split())
    start, end = text.find("("), text.rfind(")")
    parts, depth, begin = [], 0, start + 1
    for place in range(start + 1, end):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if text[place] == "," and depth == 0:
            parts.append(text[begin:place])
            begin = place + 1
    return text[:start].strip(), frozenset(part.strip() for part in (*parts, text[begin:end])), text[end + 1 :].strip()
