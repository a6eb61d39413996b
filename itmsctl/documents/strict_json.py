"""JSON as strict as our own tables: no key twice, no NaN, not too deep, nothing a database cannot hold."""

from __future__ import annotations

import json
import re
from typing import Any

from itmsctl.errors import InputError

MAX_DEPTH = 64
_BRACKETS = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)  # a text that never ends is looked at once
_POISON = re.compile(r"\\u(?:0000|d[89a-f])", re.IGNORECASE)


def loads(text: str) -> Any:
    """Read one JSON value.

    Raises InputError saying what is wrong: no JSON, a key twice, NaN or Infinity, deeper than 64, a NUL or a lone
    surrogate in a text.
    """
    if is_too_deep(text):
        raise InputError(f"nested deeper than {MAX_DEPTH}")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg} at column {error.colno}") from None
    except RecursionError:
        raise InputError("nested too deep") from None
    except InputError:
        raise
    except ValueError as error:  # a number of more digits than Python converts
        raise InputError(f"not JSON: {error}") from None
    if _POISON.search(text):
        _check_texts(value)
    return value


def is_too_deep(text: str) -> bool:
    """Return whether lists and maps are nested deeper than any of ours: the parser's own limit is the C stack's."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    depth = 0
    for match in _BRACKETS.finditer(text):
        mark = match[0]
        if mark in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif mark in "]}":
            depth -= 1
    return False


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise InputError(f"the key `{key}` comes twice")
            seen.add(key)
    return found


def _constant(word: str) -> Any:
    raise InputError(f"{word} is not a value of JSON")


def _check_texts(value: Any) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise InputError("a text holds a NUL character")
        if any(0xD800 <= ord(char) <= 0xDFFF for char in value):
            raise InputError("a text holds half a character (lone surrogate)")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_texts(key)
            _check_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_texts(inner)
