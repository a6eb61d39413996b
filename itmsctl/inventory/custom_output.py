"""What commands and files of administrators tell: rows of the classes that they added, in one of three plain forms.

`json`: an object a row, alone, in a list, or one a line. `csv`: the first line names the columns; the character that
follows the first name divides fields (comma, semicolon, tab or bar). `pairs`: a line each of `column: value` or
`column=value`; an empty line begins another row.
"""

from __future__ import annotations

import json
import re
from typing import Any

MOST_ROWS = 20_000
"""Rows that one class may have."""

MOST_BYTES = 3_000_000
"""Bytes of one output or file; what is longer is refused, never cut."""

_Rows = list[dict[str, Any]]
_HEAD = re.compile(r"\s*\"?\w+\"?\s*([,;\t|])")
_FIELD = r'(?:(?!SEPARATOR)\s)*(?:"((?:[^"]|"")*)"(?:(?!SEPARATOR)\s)*|([^SEPARATOR]*))(?:SEPARATOR|$)'
_PAIR = re.compile(r"\s*(\w+)\s*[:=]\s*(.*?)\s*")


class CustomOutputError(Exception):
    """An output is not of its form; the text says what is wrong."""


def rows_of(form: str, text: str) -> _Rows:
    """Return rows, names of columns in small letters. Raises CustomOutputError."""
    rows = {"json": _of_json, "csv": _of_csv, "pairs": _of_pairs}[form](text)
    if len(rows) > MOST_ROWS:
        raise CustomOutputError("it has more than %d rows" % MOST_ROWS)  # noqa: UP031 - as Python 3.6 reads it
    return [{name.strip().lower(): value for name, value in row.items() if value not in ("", None)} for row in rows]


def _of_json(text: str) -> _Rows:
    try:
        found = json.loads(text) if text.strip() else []
    except ValueError:
        found = [_line(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    except RecursionError:
        raise _no_json("it is nested too deep") from None
    rows = found if isinstance(found, list) else [found]
    for row in rows:
        if not isinstance(row, dict):
            raise _no_json("it is no object of JSON, and no list of them")
    return rows


def _line(number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        raise _no_json(f"line {number} is no JSON") from None


def _no_json(why: str) -> CustomOutputError:
    return CustomOutputError(f"what it tells is not json: {why}")


def _of_csv(text: str) -> _Rows:
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return []
    found = _HEAD.match(lines[0])
    field = re.compile(_FIELD.replace("SEPARATOR", re.escape(found.group(1) if found else ",")))
    names = _fields(field, lines[0])
    return [dict(zip(names, _fields(field, line))) for line in lines[1:]]  # noqa: B905 - Python 3.6 reads it


def _fields(field: re.Pattern[str], line: str) -> list[str]:
    found = []
    for one in field.finditer(line):
        quoted = one.group(1)
        found.append(one.group(2).strip() if quoted is None else quoted.replace('""', '"'))
        if one.end() == len(line):
            break  # the separator that follows a field belongs to it, so nothing ends the line but its last one
    return found


def _of_pairs(text: str) -> _Rows:
    rows: _Rows = [{}]
    for line in text.splitlines():
        found = _PAIR.fullmatch(line)
        if not line.strip():
            rows.append({})
        elif found is not None:
            rows[-1][found.group(1)] = found.group(2)
    return [row for row in rows if row]
