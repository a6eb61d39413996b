"""Values of fields: what a field takes, how it is held, and what it holds before anything was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from itmsctl.errors import FieldError, InputError
from itmsctl.values.kind import Field, Kind, Type
from itmsctl.values.names import near_or_all
from itmsctl.values.types import meaning
from itmsctl.values.untrusted import is_storable


def empty(field: Field) -> Any:
    """Return what a field holds before anything was given."""
    return meaning(field.type).empty()


def typed(kind: Kind, field: Field, value: Any) -> Any:
    """Return a value as a field holds it.

    Raises FieldError for one that it does not take.
    """
    if value is None or value == "":
        return empty(field)
    if field.type in {Type.INT, Type.REAL, Type.DURATION}:
        return _number(kind, field, value)
    if field.type is not Type.LIST:
        _check_member(kind, field, value)
    else:
        for position, member in enumerate(value):
            _check_member(kind, field, member, position)
    if field.form and isinstance(value, str):
        return _FORMS[field.form](value)
    return list(value) if field.type is Type.LIST else value


def _check_member(kind: Kind, field: Field, member: Any, *position: int) -> None:
    if field.choices and member not in field.choices:
        hint = near_or_all(str(member), field.choices)
        error = FieldError(f"`{member}` is no value for `{field.flag}` of {kind.one}", hint=hint)
        raise error.about(field.name, *position)
    if isinstance(member, str) and not is_storable(member):
        error = FieldError(f"`{field.flag}` of {kind.one} holds a character that is no text", why=repr(member)[:80])
        raise error.about(field.name, *position)


def accepts(kind: Kind, field: Field, value: Any) -> InputError | None:
    """Return why a field would not take a value that is stored in it; None where it would."""
    try:
        typed(kind, field, value)
    except InputError as error:
        return error
    return None


def _zone(text: str) -> str:
    from itmsctl.values.zones import zone

    return zone(text.strip()).key


_FORMS: Mapping[str, Callable[[str], str]] = {"zone": _zone}


def _number(kind: Kind, field: Field, value: Any) -> int | float:
    where = f"no value for `{field.name}` of {kind.one}"
    try:
        number: int | float = meaning(field.type).value(value)
    except InputError as error:
        raise FieldError(f"{error.message}: {where}", hint=field.help) from None
    if abs(number) > _most(field):
        raise FieldError(f"`{value}` is {where}", hint=field.help)
    return number


def _most(field: Field) -> float:
    if field.type is not Type.INT:
        return 1e300
    return 2**53 if field.sql == "big" else 2**31 - 1  # as wide as its column on PostgreSQL


def say(value: Any) -> str:
    """Say a value in a message."""
    return "empty" if value in (None, [], {}) else f"`{value}`"
