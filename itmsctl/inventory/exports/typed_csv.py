"""CSV of a data class with a type for each column: what DuckDB and pandas read without guessing.

A moment is RFC 3339 in UTC, a truth `true` or `false`, a number has no thousands marks, a list or map is JSON. An empty
cell says nothing: the CMDB keeps no empty text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from itmsctl.documents.json_text import json_text
from itmsctl.inventory.definition import DataClass
from itmsctl.values.kind import Type
from itmsctl.values.times import to_text
from itmsctl.values.untrusted import csv_cell

BEFORE = {"computer_guid": Type.GUID, "computer": Type.TEXT, "since": Type.TIME}
"""The columns that stand before those of the class, as in its documented view."""

_SQL = {
    Type.INT: "BIGINT",
    Type.REAL: "DOUBLE",
    Type.DURATION: "DOUBLE",
    Type.BOOL: "BOOLEAN",
    Type.TIME: "TIMESTAMP WITH TIME ZONE",
}
_TEXT = "VARCHAR"


def column_types(one: DataClass) -> dict[str, str]:
    """Return the columns of the CSV in their order, with the types that DuckDB calls so."""
    types = BEFORE | {column.name: column.type for column in one.columns}
    return {name: _SQL.get(of, _TEXT) for name, of in types.items()}


def schema_text(one: DataClass, file: str, *, as_sql: bool) -> str:
    """Return the types as JSON, or as a view of DuckDB that reads the CSV with them."""
    types = column_types(one)
    if not as_sql:
        return json_text({"class": one.name, "file": file, "columns": types}, indent=2) + "\n"
    columns = ",\n".join(f"    {_quoted(name)}: {_quoted(of)}" for name, of in types.items())
    reading = f"header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '', columns = {{\n{columns}\n  }}"
    view = f'CREATE OR REPLACE VIEW "{one.name}" AS'
    return f"-- {one.help}\n{view} SELECT * FROM read_csv({_quoted(file)},\n  {reading});\n"  # noqa: S608 - ours


def cells_of(one: DataClass, *, raw: bool) -> Callable[[Mapping[str, Any]], list[str | None]]:
    """Return what makes the cells of a row. Unless `raw`, text that a spreadsheet would run has a `'` before it."""
    names = list(column_types(one))

    def cells(row: Mapping[str, Any]) -> list[str | None]:
        return [None if (value := row[name]) is None else _cell(value, raw=raw) for name in names]

    return cells


def _cell(value: Any, *, raw: bool) -> str:
    if isinstance(value, str):
        return value if raw else str(csv_cell(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return to_text(value)
    return json_text(value) if isinstance(value, dict | list) else repr(value)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
