"""What the type of a field means, once for all who ask: options, columns, views, schemas, tables and messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from itmsctl.values.column import Sql
from itmsctl.values.kind import Type
from itmsctl.values.times import seconds
from itmsctl.values.typed import TRUTHS


@dataclass(frozen=True)
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

    @property
    def is_number(self) -> bool:
        """Return whether it is counted or measured: a table writes it at the right."""
        return self.option in {int, float} or self.sql == "real"


def _truth(text: str) -> bool:
    if text.lower() not in TRUTHS:
        raise ValueError(text)
    return TRUTHS[text.lower()]


_DURATION = {
    "type": ["number", "string"],
    "pattern": r"^(\d+(\.\d+)?[wdhms]?)+$",
    "examples": ["90", "15m", "1d12h"],
}
_MEANINGS: Mapping[Type, TypeMeaning] = {
    Type.INT: TypeMeaning("a number", "int", {"type": "integer"}, int, int, shown=Type.INT),
    Type.REAL: TypeMeaning("a number", "real", {"type": "number"}, float, float, shown=Type.REAL),
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
