"""What a literal means for a field: text becomes a time or an address where the field is one. Types are checked."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from itmsctl.errors import InputError
from itmsctl.expressions import tree as t
from itmsctl.values import addresses, times
from itmsctl.values.kind import Type
from itmsctl.values.types import meaning
from itmsctl.values.versions import has_epoch, version_key

_TEXTS = frozenset({Type.TEXT, Type.GUID, Type.REF, Type.VERSION})
_UNUSABLE = {
    Type.PREFIX: "prefixes cannot be compared",
    Type.LIST: "lists cannot be compared",
    Type.MAP: "maps cannot be compared",
}
_EXACT = 2**53  # integers beyond are not exact as double precision
_INT64 = 2**63


class TypeFaultError(Exception):
    """A value or operator that the field's type does not take; `hint` says what it takes."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def is_text(type_: Type) -> bool:
    """Return whether like, ilike and ~ work on a type."""
    return type_ in _TEXTS


def require_usable(ref: t.Ref) -> None:
    """Refuse a field of a type that filters cannot ask about."""
    if ref.type in _UNUSABLE:
        raise TypeFaultError(f"`{ref.text}`: {_UNUSABLE[ref.type]}")


def require_ordered(ref: t.Ref, op: str) -> None:
    """Refuse `<` and the like where order means nothing."""
    if op in {"=", "!="}:
        return
    if ref.type is Type.BOOL:
        raise TypeFaultError(f"`{ref.text}` is true or false: it has no order")
    if ref.type is Type.ADDRESS:
        raise TypeFaultError(f"`{ref.text}` is an address", f"write within({ref.text}, '10.0.0.0/8')")


def same_type(left: t.Ref, right: t.Ref) -> bool:
    """Return whether two fields can be compared with each other."""
    numbers = {Type.INT, Type.REAL}
    if left.type in numbers and right.type in numbers:
        return left.type is right.type
    if Type.VERSION in {left.type, right.type}:
        return left.type is right.type
    return left.type is right.type or (left.type in _TEXTS and right.type in _TEXTS)


def for_field(ref: t.Ref, value: t.Value) -> t.Literal:
    """Return a written value as the field's type holds it; raises TypeFaultError where it cannot."""
    match ref.type:
        case Type.TEXT | Type.REF if isinstance(value, str):
            return t.Literal(value)
        case Type.GUID if isinstance(value, str):
            return t.Literal(value.lower())
        case Type.VERSION if isinstance(value, str):
            return t.Literal(_version(value))
        case Type.INT | Type.REAL if isinstance(value, int | float) and not isinstance(value, bool):
            return t.Literal(_number(ref, value))
        case Type.BOOL if isinstance(value, bool):
            return t.Literal(value)
        case Type.TIME if isinstance(value, str):
            return t.Literal(_moment(value))
        case Type.ADDRESS if isinstance(value, str):
            return t.Literal(_address(ref, value))
    raise TypeFaultError(f"`{ref.text}` is {meaning(ref.type).said}, not {_what(value)}", _example(ref, value))


def in_order(type_: Type, value: t.Value) -> t.Value:
    """Return what a field of this type is compared with for a value: of a version its key."""
    return version_key(value) if type_ is Type.VERSION and isinstance(value, str) else value


def prefix(text: str) -> addresses.Prefix:
    """Read a prefix, or one address as the range of itself."""
    try:
        if "/" not in text:
            single = addresses.to_bytes(text)
            return addresses.Prefix(single, single)
        return addresses.prefix(text)
    except InputError as error:
        raise TypeFaultError(error.message, error.hint) from None


def _number(ref: t.Ref, value: int | float) -> int | float:
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        raise TypeFaultError(f"{value} is larger than any number can be")
    if isinstance(value, float) and not math.isfinite(value):
        raise TypeFaultError("the number is too large")
    if ref.type is Type.INT and isinstance(value, int):
        return value
    if abs(value) > _EXACT:
        raise TypeFaultError(f"{value} cannot be compared exactly", "write a number below 9007199254740992")
    return float(value)


def _version(text: str) -> str:
    if has_epoch(text):
        plain = text.partition(":")[2]
        raise TypeFaultError(f"'{text}' begins with an epoch: versions are compared without", f"write '{plain}'")
    return text


def _moment(text: str) -> datetime:
    try:
        return times.from_text(text).astimezone(UTC)
    except (InputError, OverflowError):
        raise TypeFaultError(f"'{text}' is not a time", "write '2026-01-31T23:59:59Z' or '2026-01-31'") from None


def _address(ref: t.Ref, text: str) -> bytes:
    if "/" in text:
        raise TypeFaultError(f"'{text}' is a prefix, not an address", f"write within({ref.text}, '{text}')")
    try:
        return addresses.to_bytes(text)
    except InputError as error:
        raise TypeFaultError(error.message, error.hint) from None


def _what(value: t.Value) -> str:
    if isinstance(value, bool):
        return "true or false"
    return "text" if isinstance(value, str) else "a number"


def _example(ref: t.Ref, value: t.Value) -> str:
    if is_text(ref.type):
        return f"write '{value!s}' in single quotes"
    if ref.type is Type.TIME:
        return "write '2026-01-31T23:59:59Z' or now() - interval '30 days'"
    if ref.type is Type.BOOL:
        return f"write `{ref.text}` or `not {ref.text}`"
    return "write the number without quotes" if isinstance(value, str) else ""
