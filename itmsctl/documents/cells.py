"""Several values in one cell: `a;b` and `k=v;k=v`, and how a value reads in a cell.

A value that itself holds a separator cannot stand so; then the whole cell is JSON. Reading knows both by the first
character, and what was written comes back as it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from itmsctl.errors import InputError
from itmsctl.values.times import to_text


def cell_text(value: Any) -> str:
    """Return a value as text: RFC 3339 for a moment, `true`/`false`, nothing for none, `a;b`, `k=v;k=v`."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, Mapping):
        return join_map(value)
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        return join_list(value)
    return str(value)


def join_list(values: Sequence[Any]) -> str:
    """Write a list into a cell."""
    texts = [value if isinstance(value, str) else cell_text(value) for value in values]
    if all(_plain(text) for text in texts):
        return ";".join(texts)
    return json.dumps(texts, ensure_ascii=False)


def split_list(cell: str) -> list[str]:
    """Read a list from a cell; blanks around values are dropped, as are empty ones.

    Raises InputError where a JSON list was begun and is none.
    """
    text = cell.strip()
    if text.startswith("["):
        from itmsctl.documents import strict_json

        values = strict_json.loads(text)
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise InputError("a list in brackets holds texts only", hint='write a;b or ["a", "b"]')
        return values
    return [part for part in (part.strip() for part in text.split(";")) if part]


def join_map(values: Mapping[str, Any]) -> str:
    """Write a map into a cell."""
    texts = {str(key): cell_text(value) for key, value in values.items()}
    if all(_plain(key) and "=" not in key and _value_plain(value) for key, value in texts.items()):
        return ";".join(f"{key}={value}" for key, value in texts.items())
    return json.dumps(texts, ensure_ascii=False)


def split_map(cell: str) -> dict[str, str]:
    """Read `k=v;k=v` from a cell; a key without `=` has the empty value.

    Raises InputError for a key that comes twice, an empty key, or broken JSON.
    """
    text = cell.strip()
    if text.startswith("{"):
        from itmsctl.documents import strict_json

        values = strict_json.loads(text)
        if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
            raise InputError("a map in braces holds texts only", hint='write k=v;k2=v2 or {"k": "v"}')
        return values
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        key, _, value = (side.strip() for side in part.partition("="))
        if not key:
            raise InputError(f"`{part}` has no key", hint="write k=v;k2=v2")
        if key in found:
            raise InputError(f"`{key}` comes twice")
        found[key] = value
    return found


def _plain(text: str) -> bool:
    return bool(text) and ";" not in text and text == text.strip() and text[0] not in "[{"


def _value_plain(text: str) -> bool:
    return ";" not in text and text == text.strip()
