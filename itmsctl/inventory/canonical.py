"""The one form of a row: typed, in Unicode NFC, without what says nothing, so that equal data are equal bytes.

What a computer reports is data of a stranger: a value that is not of its type is left out and noted, and hurts nothing
but itself (HE14).
"""

from __future__ import annotations

import hashlib
import json
import math
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from itmsctl.errors import InputError
from itmsctl.inventory.definition import ClassColumn, DataClass
from itmsctl.values.addresses import address_text, prefix, to_bytes
from itmsctl.values.kind import Type
from itmsctl.values.times import from_text, to_text
from itmsctl.values.untrusted import storable

Row = Mapping[str, Any]
"""A row as it is reported, or in its one form: only columns that say something, each of its type."""

_LONGEST = 65536
_MOST_MEMBERS = 10_000
_INT_MAX = 2**63 - 1
_TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class Fault:
    """What was left out of a report and why; `column` is empty where it was a whole row."""

    column: str
    why: str


@dataclass(frozen=True)
class Canonical:
    """The rows of a class in their one form, by key, and what was left out."""

    rows: Mapping[str, Row]
    faults: tuple[Fault, ...] = ()


def canonical(one: DataClass, reported: Iterable[Any]) -> Canonical:
    """Return reported rows in their one form.

    Of several rows with one key that differ, the one that says most counts (columns that never make history come
    last), and of those that say as much the one whose text is last; so their order never matters. A row without any
    part of its key is left out, as is one that says nothing. A class of a single row is settled like one key.
    """
    rows: dict[str, Row] = {}
    faults: dict[Fault, None] = {}
    for row in reported:
        if not isinstance(row, Mapping):
            faults[Fault("", f"not a row: {storable(repr(row), 80)}")] = None
            continue
        said, wrong = row_of(one, row)
        faults |= dict.fromkeys(wrong)
        if not said:
            continue
        key = key_of(one, said)
        if key is None:
            faults[Fault("", f"a row says nothing of its key: {', '.join(one.key)}")] = None
        elif key not in rows:
            rows[key] = said
        elif rows[key] != said:
            faults[Fault("", f"several rows have the key {key[:200]}")] = None
            rows[key] = max(rows[key], said, key=lambda each: _weight(one, each))
    return Canonical(rows, tuple(sorted(faults, key=lambda fault: (fault.column, fault.why))))


def row_of(one: DataClass, reported: Row) -> tuple[dict[str, Any], list[Fault]]:
    """Return one row in its form, without its empty columns, and what was left out of it."""
    said: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, value in reported.items():
        column = one.by_name.get(name)
        if column is None:
            faults.append(Fault(storable(str(name), 80), f"the class {one.name} has no such column"))
            continue
        try:
            found = value_of(column, value)
        except (InputError, ValueError, TypeError, OverflowError):
            faults.append(Fault(name, f"not a value of type {column.type.value}: {storable(repr(value), 80)}"))
            continue
        if found is not None:
            said[name] = found
    return {name: said[name] for name in one.by_name if name in said}, faults


def value_of(column: ClassColumn, value: Any) -> Any:
    """Return a value in its one form; None for one that says nothing. Raises ValueError for one of another type."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str) and column.type not in {Type.LIST, Type.MAP}:
        value = _plain(value)
        if not value:
            return None
    return _FORMS[column.type](column, value)


def key_of(one: DataClass, row: Row) -> str | None:
    """Return the key of a row in its form as text; None where it says nothing of it. Of a single row it is empty."""
    if not one.is_multi:
        return ""
    parts = [_written(row.get(name)) for name in one.key]
    return None if all(part is None for part in parts) else _encoded(parts)


def row_digest(one: DataClass, row: Row) -> str:
    """Return the SHA-256 of what makes a row a changed one: its columns in its form, without those that are volatile.

    A column that says nothing is as good as one that is not there, so that a class may grow.
    """
    said = {name: _written(row[name]) for name in one.stable if row.get(name) is not None}
    return hashlib.sha256(_encoded(said).encode()).hexdigest()


def class_digest(digests: Iterable[str]) -> str:
    """Return the digest of all rows of a class of a computer from theirs; their order does not matter."""
    return hashlib.sha256("".join(sorted(digests)).encode()).hexdigest()


def _weight(one: DataClass, row: Row) -> tuple[int, str, int, str]:
    stable = {name: _written(row[name]) for name in one.stable if name in row}
    return len(stable), _encoded(stable), len(row), _encoded({name: _written(value) for name, value in row.items()})


def _encoded(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def _written(value: Any) -> Any:
    return to_text(value) if isinstance(value, datetime) else value


def _plain(text: str) -> str:
    """Return text without what does not show: in NFC, storable, no blanks around it."""
    clean = storable(unicodedata.normalize("NFC", text).strip(), _LONGEST)
    return "" if clean.strip("\u2400") == "" else clean


def _text(_: ClassColumn, value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, (str, int, float)):
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
    elif isinstance(value, str):
        moment = from_text(value)
    else:
        raise TypeError(value)
    return moment.replace(microsecond=0)


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
