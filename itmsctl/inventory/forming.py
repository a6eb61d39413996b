"""How reported rows become their form, with key and digest: the hot path of everything that stores or compares.

A row has a key of 8 bytes, the beginning of the SHA-256 of the columns of its key, and a digest of 8 bytes over the
columns that make it a changed one. What was formed once is remembered: computers report the same values, and the same
combinations of shared columns, again and again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from json.encoder import encode_basestring_ascii
from marshal import dumps
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from itmsctl.inventory.canonical import NOT_OF_TYPE, Row, form_of
from itmsctl.inventory.definition import ClassColumn, DataClass
from itmsctl.values.kind import Type
from itmsctl.values.times import to_text
from itmsctl.values.untrusted import storable

SINGLE = b"\0" * 8
"""The key of the row of a class that has one."""

_MOST_FAULTS = 100
_MOST_VALUES, _MOST_MOMENTS, _LONGEST_KEPT = 512, 4096, 64
_MOST_SHARED, _MOST_SHAPES = 50_000, 64


_T = TypeVar("_T")


@dataclass(frozen=True, order=True)
class Fault:
    """What was left out of a report and why; `column` is empty where it was a whole row."""

    column: str
    why: str


_Faults = dict[Fault, None]


class SaidValue(NamedTuple):
    """A value in its one form, as JSON, and with its name in front: what a digest is taken over."""

    form: Any
    json: str
    named: str


class SharedPart(NamedTuple):
    """What a row says in the shared columns of its class: kept once for all that say the same.

    `forms` are the values of these columns in their order, none where one says nothing. `key` is that of the row where
    the shared columns hold all of it.
    """

    id: int
    digest: bytes
    key: bytes | None
    forms: tuple[Any, ...]


class FormedRow(NamedTuple):
    """A row in its form: its key, its digest, what it shares with others, and what it says by itself."""

    key: bytes
    digest: bytes
    shared: SharedPart | None
    own: Mapping[str, SaidValue]


@dataclass(frozen=True)
class FormedRows:
    """The rows of a class by key, and what was left out of the report."""

    rows: Mapping[bytes, FormedRow]
    faults: tuple[Fault, ...] = ()


def class_digest(packed: bytes) -> str:
    """Return the digest of all rows of a class of a computer from their keys and digests, sorted."""
    return sha256(packed).hexdigest()[:32]


def packed_digests(rows: Iterable[FormedRow]) -> bytes:
    """Return the keys and digests of rows, 16 bytes a row, sorted: in whatever order the rows came."""
    return b"".join(sorted([row[0] + row[1] for row in rows]))


def former_of(one: DataClass) -> Former:
    """Return what forms the rows of a class; it remembers what it formed."""
    found = _FORMERS.get(id(one))
    if found is None or found.of is not one:
        if len(_FORMERS) >= 512:
            _FORMERS.clear()
        found = _FORMERS[id(one)] = Former(one)
    return found


class Former:
    """Forms the rows of one class."""

    def __init__(self, of: DataClass) -> None:
        self.of = of
        self._columns = {column.name: _ColumnFormer(column) for column in of.columns}
        self._kept = {name: column.kept for name, column in self._columns.items()}
        shared = frozenset(of.shared)
        self._shared_stable = tuple(name for name in of.stable if name in shared)
        self._own_stable = tuple(name for name in of.stable if name not in shared)
        self._is_key_shared = bool(of.key) and shared.issuperset(of.key)
        self._shapes: dict[tuple[str, ...], _RowShape] = {}
        self._parts = 0

    def rows(self, reported: Iterable[Any]) -> FormedRows:
        """Return reported rows in their one form, by key.

        Of several rows with one key that differ, the one that says most counts (columns that never make history come
        last), and of those that say as much the one whose text is last; so their order never matters. A row without any
        part of its key is left out, as is one that says nothing. A class of a single row is settled like one key.
        """
        rows: dict[bytes, FormedRow] = {}
        faults: _Faults = {}
        form = self._with_shared if self.of.shared else self._alone
        for row in reported:
            if type(row) is not dict and not isinstance(row, Mapping):
                faults[Fault("", f"not a row: {storable(repr(row), 80)}")] = None
                continue
            formed = form(row, faults)
            if formed is None:
                continue
            there = rows.setdefault(formed[0], formed)
            if there is not formed and there != formed:
                faults[Fault("", f"several rows have the key {self._key_text(self.said(formed))[:200]}")] = None
                rows[formed[0]] = max(there, formed, key=self._weight)
            if len(faults) > 10 * _MOST_FAULTS:
                faults = dict.fromkeys(sorted(faults)[:_MOST_FAULTS])
        return FormedRows(rows, tuple(sorted(faults)[:_MOST_FAULTS]))

    def row(self, formed: FormedRow) -> dict[str, Any]:
        """Return the values of a row, in the order of the columns of its class."""
        said = self.said(formed)
        return {name: said[name][0] for name in self._columns if name in said}

    def said(self, formed: FormedRow) -> Mapping[str, SaidValue]:
        """Return what a row says, shared or not."""
        return formed.own if formed.shared is None else {**self.said_together(formed.shared), **formed.own}

    def said_together(self, shared: SharedPart) -> Mapping[str, SaidValue]:
        """Return what a shared part says."""
        named = zip(self.of.shared, shared.forms)  # noqa: B905 - Python 3.6 has no strict
        pairs = ((name, self._columns[name].said(form)) for name, form in named)
        return {name: said for name, said in pairs if said is not None}

    def _alone(self, row: Row, faults: _Faults) -> FormedRow | None:
        said = self._values(row, faults)
        key = self._key(said, faults) if said else None
        return None if key is None else FormedRow(key, sha256(_text(said, self.of.stable)).digest()[:8], None, said)

    def _with_shared(self, row: Row, faults: _Faults) -> FormedRow | None:
        names = tuple(row)
        shape = self._shapes.get(names)
        if shape is None:
            shape = self._shape(names)
        shared_mark: bytes | None
        own_mark: bytes | None
        try:
            # One run of bytes is found with less memory than a tuple of texts, and tells 1, 1.0 and yes apart.
            shared_mark, own_mark = dumps(shape.shared.pick(row), 2), dumps(shape.own.pick(row), 2)
        except ValueError:  # more than JSON holds
            shared_mark = own_mark = None
        shared = shape.shared.kept.get(shared_mark)
        if shared is None:
            shared = shape.shared.made(row, shared_mark, faults, self._shared_part)
        own, text = shape.own.kept.get(own_mark, _NEITHER)
        if own is None:
            own, text = shape.own.made(row, own_mark, faults, self._own_part)
        key = shared.key
        if key is None:
            said = {**self.said_together(shared), **own}
            key = self._key(said, faults) if said else None
            if key is None:
                return None
        return FormedRow(key, sha256(shared.digest + text).digest()[:8], shared, own)

    def _shared_part(self, row: Row, faults: _Faults) -> SharedPart:
        said = self._values(row, faults)
        digest = sha256(_text(said, self._shared_stable)).digest()
        key = self._key(said, faults) if self._is_key_shared and said else None
        forms = tuple([said[name][0] if name in said else None for name in self.of.shared])
        return SharedPart(int.from_bytes(digest[:8], "big", signed=True), digest, key, forms)

    def _own_part(self, row: Row, faults: _Faults) -> tuple[Mapping[str, SaidValue], bytes]:
        own = self._values(row, faults)
        return own, _text(own, self._own_stable)

    def _shape(self, names: tuple[str, ...]) -> _RowShape:
        if len(self._shapes) >= _MOST_SHAPES:
            self._shapes.clear()
        found = self._shapes[names] = _RowShape(names, frozenset(self.of.shared))
        return found

    def _values(self, row: Row, faults: _Faults) -> dict[str, SaidValue]:
        said: dict[str, SaidValue] = {}
        kept = self._kept
        for name, value in row.items():
            try:
                found = kept[name].get(value, _UNKNOWN)
            except (KeyError, TypeError):  # no such column, or a value that cannot be looked up
                found = _UNKNOWN
            if found is _UNKNOWN:
                found = self._value(name, value, faults)
            if found is not None:
                said[name] = found
        return said

    def _value(self, name: str, value: Any, faults: _Faults) -> SaidValue | None:
        column = self._columns.get(name)
        if column is None:
            faults[Fault(storable(str(name), 80), f"the class {self.of.name} has no such column")] = None
            return None
        try:
            return column.said(value)
        except NOT_OF_TYPE:
            faults[Fault(name, f"not a value of type {column.of.type.value}: {storable(repr(value), 80)}")] = None
            return None

    def _key(self, said: Mapping[str, SaidValue], faults: _Faults) -> bytes | None:
        if not self.of.key:
            return SINGLE
        if not any(name in said for name in self.of.key):
            faults[Fault("", f"a row says nothing of its key: {', '.join(self.of.key)}")] = None
            return None
        return sha256(self._key_text(said).encode()).digest()[:8]

    def _key_text(self, said: Mapping[str, SaidValue]) -> str:
        if not self.of.key:
            return ""
        return "[" + ",".join([said[name][1] if name in said else "null" for name in self.of.key]) + "]"

    def _weight(self, formed: FormedRow) -> tuple[int, bytes, int, bytes]:
        said = self.said(formed)
        stable = _text(said, self.of.stable)
        return sum(name in said for name in self.of.stable), stable, len(said), _text(said, sorted(said))


class _ColumnFormer:
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
        if self._is_text and type(value) is str and value.isascii() and len(value) < 1000 and "\0" not in value:
            form = value.strip() or None  # most of what is told
        else:
            form = self._form(value)
        found = None
        if form is not None:
            text = _json(form)
            found = SaidValue(form, text, self._name + text)
        # Whole numbers but 0 and 1, which are equal to no and yes.
        if (type(value) is str and len(value) <= _LONGEST_KEPT) or (type(value) is int and self._is_int and value > 1):
            if len(self.kept) >= self._most:
                self.kept.clear()
            self.kept[value] = found
        return found


class _Remembered:
    """What some columns of rows of one shape make together, remembered by their values."""

    def __init__(self, names: tuple[str, ...], most: int) -> None:
        self.names = names
        self.pick: Any = itemgetter(*names) if len(names) > 1 else lambda row: tuple([row[name] for name in names])
        self.kept: dict[bytes | None, Any] = {}
        self._most = most

    def made(self, row: Row, mark: bytes | None, faults: _Faults, make: Callable[[Row, _Faults], _T]) -> _T:
        """Return what the columns of a row make; it is remembered by its mark, unless it has a fault or none."""
        wrong: _Faults = {}
        made = make({name: row[name] for name in self.names}, wrong)
        faults.update(wrong)
        if mark is not None and not wrong:
            if len(self.kept) >= self._most:
                self.kept.clear()
            self.kept[mark] = made
        return made


class _RowShape:
    """Rows that name the same columns in the same order."""

    def __init__(self, names: tuple[str, ...], shared: frozenset[str]) -> None:
        self.shared = _Remembered(tuple(name for name in names if name in shared), _MOST_SHARED)
        self.own = _Remembered(tuple(name for name in names if name not in shared), _MOST_MOMENTS)


def _text(said: Mapping[str, SaidValue], names: Iterable[str]) -> bytes:
    """Return JSON of some of the columns of a row; those that say nothing are left out, so that a class may grow."""
    return ("{" + ",".join([said[name][2] for name in names if name in said]) + "}").encode()


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


_NEITHER: tuple[Any, bytes] = (None, b"")
_UNKNOWN = SaidValue(None, "", "")
_FORMERS: dict[int, Former] = {}
