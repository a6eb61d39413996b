"""NDJSON: one object a line, each line judged by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from itmsctl.documents import strict_json
from itmsctl.documents.lines import Lines, TextLine
from itmsctl.documents.shapes import BROKEN, Columns, RowProblem, TableHeader, TableRow
from itmsctl.errors import InputError

_SHAPES = 1000  # different sets of keys whose meaning is remembered


def ndjson_rows(lines: Lines, columns: Columns, dropped: dict[str, None]) -> Iterator[TableRow | RowProblem]:
    """Yield every object as a row; empty lines are no rows."""
    objects = _Objects(columns, dropped)
    for text in lines:
        line = lines.record[0]
        lines.begin()
        if line.fault:
            yield RowProblem(line.number, "", f"the line {line.fault}", line.data)
        elif not text.isspace():
            yield objects.row(line)


class _Objects:
    """Reads objects; what their keys mean is looked up once for each set of keys."""

    def __init__(self, columns: Columns, dropped: dict[str, None]) -> None:
        self._columns = columns
        self._dropped = dropped
        self._shapes: dict[tuple[str, ...], TableHeader] = {}

    def row(self, line: TextLine) -> TableRow | RowProblem:
        """Return the row of a line, or what is wrong with it."""
        try:
            found = strict_json.loads(line.text)
            if not isinstance(found, dict):
                raise InputError("the line is not an object", hint='write {"name": "..."}')
        except InputError as error:
            return _problem(line, "", error)
        header = self._header(tuple(found))
        if BROKEN in found:
            text = "this line was rejected as no JSON object, and still stands as it was"
            return _problem(line, BROKEN, InputError(text))
        if header.unknown:
            return _problem(line, header.unknown[0], self._columns.refusal(header.unknown))
        if header.twice is not None:
            return _problem(line, header.twice[0], InputError(f"`{header.twice[1]}` is given twice"))
        values: dict[str, Any] = {
            field: value for field, value in zip(header.fields, found.values(), strict=True) if field is not None
        }
        for field in () if self._columns.mapping.says else self._columns.required:
            if values.get(field) in (None, ""):
                return _problem(line, field, InputError(f"`{field}` is missing"))
        self._dropped.update(dict.fromkeys(header.dropped))
        return TableRow(line.number, values, line.data)

    def _header(self, keys: tuple[str, ...]) -> TableHeader:
        known = self._shapes.get(keys)
        if known is None:
            known = self._columns.read(keys)
            if len(self._shapes) < _SHAPES:
                self._shapes[keys] = known
        return known


def _problem(line: TextLine, column: str, error: InputError) -> RowProblem:
    hint = f"; {error.hint}" if error.hint else ""
    return RowProblem(line.number, column, error.message + hint, line.data)
