"""What the type of a field means, once for all who ask: options, columns, views, schemas, tables and messages."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

from itmsctl.errors import InputError
from itmsctl.values.column import Sql
from itmsctl.values.kind import Type
from itmsctl.values.lean import dataclass
from itmsctl.values.times import seconds

_TRUTHS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


@dataclass(frozen=True, eq=False, repr=False)
class TypeMeaning:
    """What a type means; by default that of a text."""

    said: str = "text"  # what its values are, in a message
    sql: Sql = "text"  # the column that holds one
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})  # of JSON
    option: type = str  # as what an option is read
    read: Callable[[str], Any] = str  # what a text means; raises ValueError, or InputError
    empty: Callable[[], Any] = lambda: None  # what a field holds before anything was given
    shown: Type = Type.TEXT  # as what a view shows it
    unit: str = ""  # in which form a view shows it
    hint: str = ""  # how one is written

    @property
    def is_number(self) -> bool:
        """Return whether it is counted or measured: a table writes it at the right."""
        return self.option in {int, float} or self.sql == "real"

    def value(self, given: Any) -> Any:
        """Return what a text means; a value of the type is as good as its text. Raises InputError."""
        text = str(given)
        try:
            return self.read(text)
        except InputError:
            raise
        except ValueError:
            raise self.refusal(text) from None

    def refusal(self, text: str) -> InputError:
        """Return the error of a text that is none: "is not a valid whole number"."""
        return InputError(f"`{text[:80]}` is not {self.said.replace('a ', 'a valid ', 1)}", hint=self.hint)


def _real(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _truth(text: str) -> bool:
    word = text.strip().lower()
    if word not in _TRUTHS:
        raise ValueError(text)
    return _TRUTHS[word]


_DURATION = {
    "type": ["number", "string"],
    "pattern": r"^(\d+(\.\d+)?[wdhms]?)+$",
    "examples": ["90", "15m", "1d12h"],
}
_MEANINGS: Mapping[Type, TypeMeaning] = {
    Type.INT: TypeMeaning("a whole number", "int", {"type": "integer"}, int, int, shown=Type.INT, hint="such as 22"),
    Type.REAL: TypeMeaning("a number", "real", {"type": "number"}, float, _real, shown=Type.REAL, hint="such as 2.5"),
    Type.BOOL: TypeMeaning("true or false", "bool", {"type": "boolean"}, bool, _truth, bool, Type.BOOL),
    Type.TIME: TypeMeaning("a time", "time", shown=Type.TIME),
    Type.DURATION: TypeMeaning("a duration", "real", _DURATION, read=seconds, shown=Type.REAL, unit="; in seconds"),
    Type.ADDRESS: TypeMeaning("an address"),
    Type.GUID: TypeMeaning(shown=Type.GUID),
    Type.LIST: TypeMeaning("a list", "json", {"type": "array"}, empty=list, unit="; as JSON"),
    Type.MAP: TypeMeaning(
        "a map", "json", {"type": "object", "additionalProperties": {"type": "string"}}, empty=dict, unit="; as JSON"
    ),
    Type.REF: TypeMeaning(sql="int"),
}
_TEXT = TypeMeaning()


def meaning(type_: Type) -> TypeMeaning:
    """Return what a type means."""
    return _MEANINGS.get(type_, _TEXT)
