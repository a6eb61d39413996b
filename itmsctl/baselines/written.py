"""The rows of a baseline as text: one JSON object a line, by the key of the class, in the order of the key."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from itmsctl.baselines.comparing import ItemRow, by_item
from itmsctl.errors import FieldError
from itmsctl.values.times import to_text

LONGEST = 32 * 1024 * 1024  # characters
MOST = 200_000  # rows


def plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as JSON has it, without what it says nothing of."""
    return {name: _plain(value) for name, value in row.items() if value is not None}


def text_of(rows: Mapping[str, ItemRow]) -> str:
    """Return rows as text."""
    lines = (json.dumps(rows[item], ensure_ascii=False, separators=(",", ":")) for item in sorted(rows))
    return "".join(line + "\n" for line in lines)


def rows_in(text: str, key: Sequence[str], known: Iterable[str]) -> dict[str, ItemRow]:
    """Return the rows that a text says. Raises FieldError that names the line."""
    if len(text) > LONGEST:
        raise FieldError(f"the rows are longer than {LONGEST} characters", hint="narrow them by --include")
    columns = frozenset(known)
    rows: list[ItemRow] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            rows.append(_row(line, number, key, columns))
    if not rows:
        raise FieldError("a baseline needs a row", hint='{"path": "/etc/hosts", "sha256": "..."}')
    if len(rows) > MOST:
        raise FieldError(f"{len(rows)} rows are more than {MOST}", hint="narrow them by --include")
    found = by_item(key, rows)
    if len(found) < len(rows):
        raise FieldError("two rows have the same key", why=f"the key is {', '.join(key)}")
    return found


def _row(line: str, number: int, key: Sequence[str], columns: frozenset[str]) -> ItemRow:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise FieldError(f"line {number} of the rows is not valid JSON", why=str(error)) from None
    except RecursionError:
        raise FieldError(f"line {number} of the rows is nested too deeply") from None
    if not isinstance(row, dict):
        raise FieldError(f"line {number} of the rows is not a JSON object")
    unknown = sorted(row.keys() - columns)
    if unknown:
        raise FieldError(
            f"line {number} of the rows has `{unknown[0]}`, which is not a column of the class",
            hint="columns: " + ", ".join(sorted(columns)),
        )
    if all(row.get(name) is None for name in key):
        raise FieldError(f"line {number} of the rows has no key", hint="the key is " + ", ".join(key))
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_text(value)
    return value
