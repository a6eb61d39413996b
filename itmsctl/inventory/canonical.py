"""The one form of a row: typed, in Unicode NFC, without what says nothing, so that equal data are equal bytes.

What a computer reports is data of a stranger: a value that is not of its type is left out and noted, and hurts nothing
but itself (HE14). How a row becomes its form, its key and its digest stands in `forming`.
"""

from __future__ import annotations

import math
import re
import unicodedata
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from itmsctl.errors import InputError
from itmsctl.inventory.definition import ClassColumn
from itmsctl.values.addresses import address_text, prefix, to_bytes
from itmsctl.values.kind import Type
from itmsctl.values.untrusted import storable

Row = Mapping[str, Any]
"""A row as it is reported, or in its one form: only columns that say something, each of its type."""

NOT_OF_TYPE = (InputError, ValueError, TypeError, OverflowError)
"""What is raised for a value that is not of the type of its column."""

_LONGEST = 65536
_MOST_MEMBERS = 10_000
_INT_MAX = 2**63 - 1
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?(?:Z|([+-])(\d\d):?(\d\d)?)?)?", re.ASCII
)


def form_of(column: ClassColumn) -> Callable[[Any], Any]:
    """Return what brings values of a column into their one form: None for one that says nothing.

    It raises one of NOT_OF_TYPE.
    """
    form, is_one = _FORMS[column.type], column.type not in _OF_MANY

    def formed(value: Any) -> Any:
        if type(value) is str and is_one:
            value = _plain(value)
            return form(column, value) if value else None
        if value is None or (isinstance(value, float) and math.isnan(value)):
            return None
        return form(column, value)

    def text(value: Any) -> Any:
        if type(value) is str:
            # Most of what is told, so that it is looked at here.
            plain = value.strip() if value.isascii() and len(value) <= _LONGEST and "\0" not in value else _plain(value)
            return plain or None
        return formed(value)

    return text if column.type in _TEXTS else formed


def _plain(text: str) -> str:
    """Return text without what does not show: in NFC, storable, no blanks around it."""
    if text.isascii() and len(text) <= _LONGEST and "\0" not in text:
        return text.strip()
    clean = storable(unicodedata.normalize("NFC", text).strip(), _LONGEST)
    return "" if clean.strip("\u2400") == "" else clean


def _text(_: ClassColumn, value: Any) -> str | None:
    if isinstance(value, str):
        return _plain(value) or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (int, float)):
        raise TypeError(value)
    return _plain(str(value)) or None


def _int(_: ClassColumn, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise TypeError(value)
    if isinstance(value, float) and value != int(value):
        raise ValueError(value)
    if isinstance(value, str) and (not value.isascii() or "_" in value):
        raise ValueError(value)
    found = int(value)
    if abs(found) > _INT_MAX:
        raise OverflowError(value)
    return found


def _real(_: ClassColumn, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise TypeError(value)
    if isinstance(value, str) and (not value.isascii() or "_" in value):
        raise ValueError(value)
    found = float(value)
    if not math.isfinite(found):
        raise ValueError(value)
    return found + 0.0  # no zero has a sign


def _bool(_: ClassColumn, value: Any) -> bool:
    truth = value if isinstance(value, bool) else _TRUTHS.get(str(value).lower())
    if truth is None:
        raise ValueError(value)
    return truth


def _time(_: ClassColumn, value: Any) -> datetime:
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.replace(microsecond=0)
    if not isinstance(value, str):
        raise TypeError(value)
    found = _MOMENT.fullmatch(value)
    if found is None:
        raise ValueError(value)
    year, month, day, hour, minute, second, sign, hours, minutes = found.groups()
    naive = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC)
    if sign is None:
        return naive
    offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return naive - offset if sign == "+" else naive + offset


def _guid(_: ClassColumn, value: Any) -> str:
    return str(uuid.UUID(str(value)))


def _address(_: ClassColumn, value: Any) -> str:
    return address_text(to_bytes(str(value)))


def _prefix(_: ClassColumn, value: Any) -> str:
    return prefix(str(value)).text


def _list(column: ClassColumn, value: Any) -> list[str] | None:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, (list, tuple, set, frozenset)) or len(value) > _MOST_MEMBERS:
        raise TypeError(value)
    members = [text for text in (_text(column, one) for one in value if one is not None) if text]
    found = list(dict.fromkeys(members)) if column.is_ordered else sorted(set(members))
    return found or None


def _map(column: ClassColumn, value: Any) -> dict[str, str] | None:
    if not isinstance(value, Mapping) or len(value) > _MOST_MEMBERS:
        raise TypeError(value)
    pairs = ((_text(column, key), _text(column, said)) for key, said in value.items() if said is not None)
    found = {key: said for key, said in sorted(pairs, key=str) if key and said}
    return dict(sorted(found.items())) or None


_OF_MANY = frozenset({Type.LIST, Type.MAP})
_TEXTS = frozenset({Type.TEXT, Type.VERSION})
_FORMS: Mapping[Type, Callable[[ClassColumn, Any], Any]] = {
    Type.TEXT: _text,
    Type.VERSION: _text,
    Type.INT: _int,
    Type.REAL: _real,
    Type.DURATION: _real,
    Type.BOOL: _bool,
    Type.TIME: _time,
    Type.GUID: _guid,
    Type.ADDRESS: _address,
    Type.PREFIX: _prefix,
    Type.LIST: _list,
    Type.MAP: _map,
}
