"""NDJSON: one object a line, each line judged by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from itmsctl.documents import strict_json
from itmsctl.documents.lines import Line, Lines
from itmsctl.documents.shapes import BROKEN, Columns, Row, RowProblem, column_check
from itmsctl.errors import InputError


def ndjson_rows(lines: Lines, columns: Columns, dropped: dict[str, None]) -> Iterator[Row | RowProblem]:
    """Give every object as a row; empty lines are no rows."""
    for text in lines:
        line = lines.record[0]
        lines.begin()
        if line.fault:
            yield RowProblem(line.number, "", f"the line {line.fault}", line.data)
        elif not text.isspace():
            yield _row(line, columns, dropped)


def _row(line: Line, columns: Columns, dropped: dict[str, None]) -> Row | RowProblem:
    try:
        found = strict_json.loads(line.text)
        if not isinstance(found, dict):
            raise InputError("the line is not an object", hint='write {"name": "..."}')
    except InputError as error:
        return _problem(line, "", error)
    values: dict[str, Any] = {}
    for key, value in found.items():
        try:
            _take(key, value, columns, dropped, values)
        except InputError as error:
            return _problem(line, key, error)
    for field in columns.required:
        if values.get(field) in (None, ""):
            return _problem(line, field, InputError(f"`{field}` is missing"))
    return Row(line.number, values, line.data)


def _take(key: str, value: Any, columns: Columns, dropped: dict[str, None], values: dict[str, Any]) -> None:
    if key == BROKEN:
        raise InputError("this line was rejected as no JSON object, and still stands as it was")
    field, refusal = column_check(columns, key)
    if refusal is not None:
        raise refusal
    if field is None:
        if not columns.is_ignored(key):
            dropped[key] = None
    elif field in values:
        raise InputError(f"`{field}` is given twice")
    else:
        values[field] = value


def _problem(line: Line, column: str, error: InputError) -> RowProblem:
    hint = f"; {error.hint}" if error.hint else ""
    return RowProblem(line.number, column, error.message + hint, line.data)
