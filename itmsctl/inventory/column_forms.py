"""How values of one column become their form, and the text of it that digests are taken over.

The hot path of all that is stored or compared: values of short texts and of whole numbers are remembered, since
computers report the same ones again and again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from json.encoder import encode_basestring_ascii
from typing import Any, NamedTuple

from itmsctl.inventory.canonical import form_of
from itmsctl.inventory.definition import ClassColumn
from itmsctl.values.kind import Type
from itmsctl.values.times import to_text

_MOST_FAULTS = 100
_MOST_VALUES, _MOST_MOMENTS, _LONGEST_KEPT, _LONGEST_PLAIN = 512, 4096, 64, 1000


@dataclass(frozen=True, order=True)
class Fault:
    """What was left out of a report and why; `column` is empty where it was a whole row."""

    column: str
    why: str


class FaultsFound:
    """What is left out of a report: each fault once, and of too many the first in the order of their letters."""

    def __init__(self) -> None:
        self.number = 0  # how often there was one
        self._found: dict[Fault, None] = {}

    def add(self, column: str, why: str) -> None:
        """Note what is left out."""
        self.number += 1
        self._found[Fault(column, why)] = None
        if len(self._found) > 10 * _MOST_FAULTS:
            self._found = dict.fromkeys(self.first())

    def first(self) -> tuple[Fault, ...]:
        """Return the faults that are told."""
        return tuple(sorted(self._found)[:_MOST_FAULTS])


class SaidValue(NamedTuple):
    """A value in its one form, as JSON, and with its name in front: what a digest is taken over."""

    form: Any
    json: str
    named: str


class ColumnFormer:
    """Forms the values of one column, and remembers those of short texts and of whole numbers."""

    def __init__(self, of: ClassColumn) -> None:
        self.of = of
        self.kept: dict[Any, SaidValue | None] = {}
        self._form = form_of(of)
        self._is_int, self._is_text = of.type is Type.INT, of.type in {Type.TEXT, Type.VERSION}
        self._most = _MOST_MOMENTS if of.type is Type.TIME else _MOST_VALUES
        self._name = f"{encode_basestring_ascii(of.name)}:"

    def said(self, value: Any) -> SaidValue | None:
        """Return a value in its form; None where it says nothing. Raises one of NOT_OF_TYPE."""
        found = None
        is_str = type(value) is str
        if is_str and self._is_text and value.isascii() and len(value) < _LONGEST_PLAIN and "\0" not in value:
            form = value.strip()  # most of what is told
            if form:
                text = encode_basestring_ascii(form)
                found = SaidValue(form, text, self._name + text)
        else:
            form = self._form(value)
            if form is not None:
                text = _json(form)
                found = SaidValue(form, text, self._name + text)
        # Whole numbers but 0 and 1, which are equal to no and yes.
        if (is_str and len(value) <= _LONGEST_KEPT) or (type(value) is int and self._is_int and value > 1):
            if len(self.kept) >= self._most:
                self.kept.clear()
            self.kept[value] = found
        return found


def _json(form: Any) -> str:
    if type(form) is str:
        return encode_basestring_ascii(form)
    if type(form) is datetime:
        return f'"{to_text(form)}"'
    if type(form) is bool:
        return "true" if form else "false"
    if type(form) is int:
        return str(form)
    return json.dumps(form, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
