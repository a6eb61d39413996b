"""How reported rows become their form, with key and digest: the hot path of everything that stores or compares.

A row has a key of 8 bytes, the beginning of the SHA-256 of the columns of its key, and a digest of 8 bytes over the
columns that make it a changed one. What was formed once is remembered: computers report the same values, and the same
combinations of shared columns, again and again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from json.encoder import encode_basestring_ascii
from operator import itemgetter
from typing import Any, NamedTuple

from itmsctl.inventory.canonical import NOT_OF_TYPE, Row, value_of
from itmsctl.inventory.definition import ClassColumn, DataClass
from itmsctl.values.kind import Type
from itmsctl.values.times import to_text
from itmsctl.values.untrusted import storable

SINGLE = b"\0" * 8
"""The key of the row of a class that has one."""

_MOST_FAULTS = 100
_MOST_VALUES, _MOST_MOMENTS, _LONGEST_KEPT = 512, 4096, 64
_MOST_SHARED = 50_000


@dataclass(frozen=True, order=True)
class Fault:
    """What was left out of a report and why; `column` is empty where it was a whole row."""

    column: str
    why: str


class SaidValue(NamedTuple):
    """A value in its one form, as JSON, and with its name in front: what a digest is taken over."""

    form: Any
    json: str
    named: str


@dataclass
class SharedPart:
    """What a row says in the shared columns of its class: kept once for all that say the same.

    `key` is that of the row where the shared columns hold all of it.
    """

    said: Mapping[str, SaidValue]
    id: int
    digest: bytes
    key: bytes | None
    types: tuple[type, ...] | None  # of the values it was read from, where equal ones could mean something else


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
        shared = frozenset(of.shared)
        self._shared_stable = tuple(name for name in of.stable if name in shared)
        self._own_stable = tuple(name for name in of.stable if name not in shared)
        self._is_key_shared = bool(of.key) and shared.issuperset(of.key)
        self._shapes: dict[tuple[str, ...], _RowShape] = {}
        self._kept = 0

    def rows(self, reported: Iterable[Any]) -> FormedRows:
        """Return reported rows in their one form, by key.

        Of several rows with one key that differ, the one that says most counts (columns that never make history come
        last), and of those that say as much the one whose text is last; so their order never matters. A row without any
        part of its key is left out, as is one that says nothing. A class of a single row is settled like one key.
        """
        rows: dict[bytes, FormedRow] = {}
        faults: dict[Fault, None] = {}
        form = self._with_shared if self.of.shared else self._alone
        for row in reported:
            if not isinstance(row, Mapping):
                faults[Fault("", f"not a row: {storable(repr(row), 80)}")] = None
                continue
            formed = form(row, faults)
            if formed is None:
                continue
            key = formed[0]
            if key not in rows:
                rows[key] = formed
            elif rows[key] != formed:
                faults[Fault("", f"several rows have the key {self._key_text(self.said(formed))[:200]}")] = None
                rows[key] = max(rows[key], formed, key=self._weight)
            if len(faults) > 10 * _MOST_FAULTS:
                faults = dict.fromkeys(sorted(faults)[:_MOST_FAULTS])
        return FormedRows(rows, tuple(sorted(faults)[:_MOST_FAULTS]))

    def row(self, formed: FormedRow) -> dict[str, Any]:
        """Return the values of a row, in the order of the columns of its class."""
        said = self.said(formed)
        return {name: said[name][0] for name in self._columns if name in said}

    @staticmethod
    def said(formed: FormedRow) -> Mapping[str, SaidValue]:
        """Return what a row says, shared or not."""
        return formed.own if formed.shared is None else {**formed.shared.said, **formed.own}

    def _alone(self, row: Row, faults: dict[Fault, None]) -> FormedRow | None:
        said = self._values(row, faults)
        key = self._key(said, faults) if said else None
        return None if key is None else FormedRow(key, sha256(_text(said, self.of.stable)).digest()[:8], None, said)

    def _with_shared(self, row: Row, faults: dict[Fault, None]) -> FormedRow | None:
        names = tuple(row)
        shape = self._shapes.get(names)
        if shape is None:
            shape = self._shape(names)
        shared, own = self._shared_part(shape, row, faults), _NOTHING
        if shape.own:
            own = self._values({name: row[name] for name in shape.own}, faults)
        key = shared.key
        if key is None:
            said = {**shared.said, **own}
            key = self._key(said, faults) if said else None
            if key is None:
                return None
        return FormedRow(key, sha256(shared.digest + _text(own, self._own_stable)).digest()[:8], shared, own)

    def _shared_part(self, shape: _RowShape, row: Row, faults: dict[Fault, None]) -> SharedPart:
        values = shape.pick(row)
        try:
            found = shape.kept.get(values)
        except TypeError:  # a value that cannot be looked up, such as a list
            return self._new_part(shape, row, values, faults)
        if found is not None and (found.types is None or found.types == tuple(map(type, values))):
            return found
        wrong: dict[Fault, None] = {}
        made = self._new_part(shape, row, values, wrong)
        if wrong:
            faults.update(wrong)
        elif made.said:
            if self._kept >= _MOST_SHARED:
                self._shapes.clear()
                self._kept = 0
            self._kept += 1
            shape.kept[values] = made
        return made

    def _new_part(self, shape: _RowShape, row: Row, values: tuple[Any, ...], faults: dict[Fault, None]) -> SharedPart:
        types = tuple(map(type, values))
        said = self._values({name: row[name] for name in shape.shared}, faults)
        digest = sha256(_text(said, self._shared_stable)).digest()
        key = self._key(said, faults) if self._is_key_shared and said else None
        is_plain = all(one is str or one is type(None) for one in types)
        return SharedPart(
            said, int.from_bytes(digest[:8], "big", signed=True), digest, key, None if is_plain else types
        )

    def _shape(self, names: tuple[str, ...]) -> _RowShape:
        if len(self._shapes) >= 1024:
            self._shapes.clear()
        found = self._shapes[names] = _RowShape(names, frozenset(self.of.shared))
        return found

    def _values(self, row: Row, faults: dict[Fault, None]) -> dict[str, SaidValue]:
        said: dict[str, SaidValue] = {}
        columns = self._columns
        for name, value in row.items():
            column = columns.get(name)
            if column is None:
                faults[Fault(storable(str(name), 80), f"the class {self.of.name} has no such column")] = None
                continue
            try:
                found = column.kept.get(value, _UNKNOWN) if type(value) is str else _UNKNOWN
                if found is _UNKNOWN:
                    found = column.said(value)
            except NOT_OF_TYPE:
                why = f"not a value of type {column.of.type.value}: {storable(repr(value), 80)}"
                faults[Fault(name, why)] = None
                continue
            if found is not None:
                said[name] = found
        return said

    def _key(self, said: Mapping[str, SaidValue], faults: dict[Fault, None]) -> bytes | None:
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
    """Forms the values of one column, and remembers those of short texts."""

    def __init__(self, of: ClassColumn) -> None:
        self.of = of
        self.kept: dict[str, SaidValue | None] = {}
        self._most = _MOST_MOMENTS if of.type is Type.TIME else _MOST_VALUES
        self._name = f"{encode_basestring_ascii(of.name)}:"

    def said(self, value: Any) -> SaidValue | None:
        """Return a value in its form; None where it says nothing. Raises one of NOT_OF_TYPE."""
        form = value_of(self.of, value)
        found = None
        if form is not None:
            text = _json(form)
            found = SaidValue(form, text, self._name + text)
        if type(value) is str and len(value) <= _LONGEST_KEPT:
            if len(self.kept) >= self._most:
                self.kept.clear()
            self.kept[value] = found
        return found


class _RowShape:
    """Rows that name the same columns in the same order: where their shared columns stand, and what those made."""

    def __init__(self, names: tuple[str, ...], shared: frozenset[str]) -> None:
        self.shared = tuple(name for name in names if name in shared)
        self.own = tuple(name for name in names if name not in shared)
        picked = itemgetter(*self.shared) if len(self.shared) > 1 else None
        self.pick: Any = picked or (lambda row: tuple(row[name] for name in self.shared))
        self.kept: dict[tuple[Any, ...], SharedPart] = {}


def _text(said: Mapping[str, SaidValue], names: Iterable[str]) -> bytes:
    """Return JSON of some of the columns of a row; those that say nothing are left out, so that a class may grow."""
    return ("{" + ",".join([said[name][2] for name in names if name in said]) + "}").encode()


def _json(form: Any) -> str:
    if isinstance(form, str):
        return encode_basestring_ascii(form)
    if isinstance(form, datetime):
        return f'"{to_text(form)}"'
    return json.dumps(form, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


_NOTHING: Mapping[str, SaidValue] = {}
_UNKNOWN = SaidValue(None, "", "")
_FORMERS: dict[int, Former] = {}
