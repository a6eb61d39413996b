"""How numbers are written in files of numbers: `8+`, `true`, `1-1000`, `<1000`, `>15000`."""

from __future__ import annotations

import re
from typing import Any

from itmsctl.errors import InputError
from itmsctl.sizing.numbers import Cell, Span, Value

_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)(\+?)")
_SPAN = re.compile(r"(\d+)-(\d+)")
_BELOW = re.compile(r"<(\d+)")
_ABOVE = re.compile(r">(\d+)")
_WORDS = {"true": True, "false": False}


def cell_of(raw: Any, *, text: bool = False) -> Cell:
    """Return the cell that a value is written as: none, text or a list of texts. `text`: never a number.

    Raises InputError for a map or a list of anything but texts.
    """
    if raw is None or (text and isinstance(raw, str)):
        return Cell(raw)
    if isinstance(raw, list) and all(isinstance(one, str) for one in raw):
        return Cell(tuple(raw))
    if not isinstance(raw, str):
        raise InputError("a value is a number, a word or a list of words")
    if raw in _WORDS:
        return Cell(_WORDS[raw])
    if (match := _NUMBER.fullmatch(raw)) is None:
        return Cell(raw)
    digits, plus = match.groups()
    return Cell(float(digits) if "." in digits else int(digits), or_more=bool(plus))


def span_of(raw: Any) -> Span:
    """Return the range that a text says. Raises InputError where it says none."""
    text = str(raw)
    if match := _SPAN.fullmatch(text):
        low, high = int(match[1]), int(match[2])
        if low <= high:
            return Span(low, high, text)
    elif match := _BELOW.fullmatch(text):
        return Span(1, int(match[1]) - 1, text)
    elif match := _ABOVE.fullmatch(text):
        return Span(int(match[1]) + 1, None, text)
    raise InputError(f"`{text[:40]}` is no range of endpoints", hint="write 1-1000, <1000 or >15000")


def same_type(value: Value, known: Value) -> bool:
    """Return whether a value is of the type that stands there now; none is of every type, whole or not is one type."""
    if value is None or known is None:
        return True
    if isinstance(value, bool) or isinstance(known, bool):
        return isinstance(value, bool) and isinstance(known, bool)
    if isinstance(value, (int, float)) or isinstance(known, (int, float)):
        return isinstance(value, (int, float)) and isinstance(known, (int, float))
    return type(value) is type(known)


def type_name(value: Value) -> str:
    """Return what a value is, in a word or two."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    return "a list" if isinstance(value, tuple) else "a word"
