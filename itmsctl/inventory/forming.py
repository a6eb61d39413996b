"""How reported rows become their form, with key and digest: the hot path of everything that stores or compares.

A row has a key of 8 bytes, the beginning of the SHA-256 of the columns of its key, and a digest of 8 bytes over the
columns that make it a changed one. What was formed once is remembered: computers report the same values, the same
combinations of shared columns, and the same whole rows, again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import islice
from json import encoder as json_encoder
from typing import Any, NamedTuple

from itmsctl.inventory.canonical import NOT_OF_TYPE, Row
from itmsctl.inventory.column_forms import Fault, FaultsFound, former_of_column
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.remembered import MemoryBudget, RememberedParts
from itmsctl.values.times import to_text
from itmsctl.values.untrusted import storable

SINGLE = b"\0" * 8
"""The key of the row of a class that has one."""

_SHARED_BYTES, _OWN_BYTES, _ROWS_BYTES = 16 << 20, 1 << 20, 128 << 10  # of what rows of a class say
_MOST_SHAPES, _AT_ONCE = 64, 1024
_MOST_FORMERS = 512


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
    own: Row


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
        if len(_FORMERS) >= _MOST_FORMERS:
            _FORMERS.clear()
        found = _FORMERS[id(one)] = Former(one)
    return found


class Former:
    """Forms the rows of one class."""

    def __init__(self, of: DataClass) -> None:
        self.of = of
        self._forms = {column.name: former_of_column(column) for column in of.columns}
        self._stable = frozenset(of.stable)
        shared = frozenset(of.shared)
        self._is_key_shared = bool(of.key) and shared.issuperset(of.key)
        self._forget_shapes()

    def rows(self, reported: Iterable[Any]) -> FormedRows:
        """Return reported rows in their one form, by key.

        Of several rows with one key that differ, the one that says most counts (columns that never make history come
        last), and of those that say as much the one whose text is last; so their order never matters. A row without any
        part of its key is left out, as is one that says nothing. A class of a single row is settled like one key.
        """
        faults = FaultsFound()
        formed: list[FormedRow] = []
        source = iter(reported)
        while some := list(islice(source, _AT_ONCE)):
            formed += self._formed(_plain_rows(some, faults), faults)
        rows = {row[0]: row for row in formed}
        return FormedRows(rows if len(rows) == len(formed) else self._settled(formed, faults), faults.first())

    def row(self, formed: FormedRow) -> dict[str, Any]:
        """Return the values of a row, in the order of the columns of its class."""
        said = self.said(formed)
        return {name: said[name] for name in self._forms if name in said}

    def said(self, formed: FormedRow) -> Row:
        """Return what a row says, shared or not."""
        return formed.own if formed.shared is None else {**self.said_together(formed.shared), **formed.own}

    def said_together(self, shared: SharedPart) -> Row:
        """Return what a shared part says."""
        named = zip(self.of.shared, shared.forms)  # noqa: B905 - Python 3.6 has no strict
        return {name: form for name, form in named if form is not None}

    # --- rows of one shape at once ------------------------------------------------------------------------------------

    def _formed(self, rows: Sequence[Row], faults: FaultsFound) -> list[FormedRow]:
        """Return rows formed, in their order; those of the same columns are formed together."""
        shapes = list(map(tuple, rows))
        if len(set(shapes)) == 1:
            return [row for row in self._shape(shapes[0])(rows, faults) if row is not None]
        groups: dict[tuple[str, ...], list[int]] = {}
        for place, names in enumerate(shapes):
            groups.setdefault(names, []).append(place)
        found: list[FormedRow | None] = [None] * len(rows)
        for names, places in groups.items():
            some = self._shape(names)([rows[place] for place in places], faults)
            for place, one in zip(places, some):  # noqa: B905 - Python 3.6 has no strict
                found[place] = one
        return [row for row in found if row is not None]

    def _shape(self, names: tuple[str, ...]) -> _Formed:
        found = self._shapes.get(names)
        if found is None:
            if len(self._shapes) >= _MOST_SHAPES:
                self._forget_shapes()
            found = self._shapes[names] = self._with_shared(names) if self.of.shared else self._alone(names)
        return found

    def _forget_shapes(self) -> None:
        self._shapes: dict[tuple[str, ...], _Formed] = {}
        self._together, self._apart, self._rows = map(MemoryBudget, (_SHARED_BYTES, _OWN_BYTES, _ROWS_BYTES))

    def _alone(self, names: Sequence[str]) -> _Formed:
        """Return what forms rows of these columns, in a class that shares none."""
        moving = [name for name in names if name in self.of.volatile]
        parts = RememberedParts([n for n in names if n not in moving], self._whole_row, self._rows)
        if not moving:
            return parts.of

        def formed(rows: Sequence[Row], faults: FaultsFound) -> list[FormedRow | None]:
            found: list[FormedRow | None] = parts.of(rows, faults)
            for place, row in enumerate(rows):
                said = self._values({name: row[name] for name in moving}, faults)
                one = found[place]
                if said and one is None:  # what it says besides may be nothing
                    found[place] = self._whole_row(row, faults)
                elif said and one is not None:
                    found[place] = _row((one[0], one[1], None, {**one[3], **said}))
            return found

        return formed

    def _whole_row(self, row: Row, faults: FaultsFound) -> FormedRow | None:
        said = self._values(row, faults)
        key = self._key(said, faults)
        return None if key is None else FormedRow(key, sha256(self._stable_text(said)).digest()[:8], None, said)

    def _with_shared(self, names: Sequence[str]) -> _Formed:
        """Return what forms rows of these columns, in a class that shares some."""
        shared = frozenset(self.of.shared)
        together = RememberedParts([name for name in names if name in shared], self._shared_part, self._together)
        apart = RememberedParts([name for name in names if name not in shared], self._own_part, self._apart)

        def formed(rows: Sequence[Row], faults: FaultsFound) -> list[FormedRow | None]:
            parts: list[SharedPart] = together.of(rows, faults)
            own: list[tuple[Row, bytes]] = apart.of(rows, faults)
            pairs = list(zip(parts, own))  # noqa: B905 - Python 3.6 has no strict
            keys = [part[2] for part in parts]
            if not all(keys):
                keys = [part[2] or self._key({**self.said_together(part), **one[0]}, faults) for part, one in pairs]
            return [
                None if key is None else _row((key, sha256(part[1] + one[1]).digest()[:8], part, one[0]))
                for key, (part, one) in zip(keys, pairs)  # noqa: B905 - Python 3.6 has no strict
            ]

        return formed

    def _shared_part(self, row: Row, faults: FaultsFound) -> SharedPart:
        said = self._values(row, faults)
        digest = sha256(self._stable_text(said)).digest()
        key = self._key(said, faults) if self._is_key_shared and said else None
        forms = tuple(map(said.get, self.of.shared))
        return SharedPart(int.from_bytes(digest[:8], "big", signed=True), digest, key, forms)

    def _own_part(self, row: Row, faults: FaultsFound) -> tuple[Row, bytes]:
        own = self._values(row, faults)
        return own, self._stable_text(own)

    # --- one row ------------------------------------------------------------------------------------------------------

    def _values(self, row: Row, faults: FaultsFound) -> dict[str, Any]:
        said: dict[str, Any] = {}
        forms = self._forms
        for name, value in row.items():
            try:
                form = forms[name](value)
            except _NO_VALUE:
                self._fault(name, value, faults)
                continue
            if form is not None:
                said[name] = form
        return said

    def _fault(self, name: str, value: Any, faults: FaultsFound) -> None:
        column = self.of.by_name.get(name)
        if column is None:
            faults.add(storable(str(name), 80), f"the class {self.of.name} has no such column")
        else:
            faults.add(name, f"not a value of type {column.type.value}: {storable(repr(value), 80)}")

    def _stable_text(self, said: Row) -> bytes:
        """Return JSON of what makes a row a changed one; what says nothing is left out, so that a class may grow."""
        stable = self._stable
        return json_text(said if stable.issuperset(said) else {name: said[name] for name in said if name in stable})

    def _key(self, said: Row, faults: FaultsFound) -> bytes | None:
        """Return the key of a row that says this; None where it says nothing of its key, or nothing at all."""
        if not said:
            return None
        if not self.of.key:
            return SINGLE
        if said.keys().isdisjoint(self.of.key):
            faults.add("", f"a row says nothing of its key: {', '.join(self.of.key)}")
            return None
        return sha256(self._key_text(said)).digest()[:8]

    def _key_text(self, said: Row) -> bytes:
        return json_text(list(map(said.get, self.of.key))) if self.of.key else b""

    # --- rows of one key ----------------------------------------------------------------------------------------------

    def _settled(self, formed: Iterable[FormedRow], faults: FaultsFound) -> dict[bytes, FormedRow]:
        """Return rows by key, of several that have one the one that counts."""
        rows: dict[bytes, FormedRow] = {}
        for row in formed:
            there = rows.setdefault(row[0], row)
            if there is not row and there != row:
                faults.add("", f"several rows have the key {self._key_text(self.said(row)).decode()[:200]}")
                rows[row[0]] = max(there, row, key=self._weight)
        return rows

    def _weight(self, formed: FormedRow) -> tuple[int, bytes, int, bytes]:
        said = self.said(formed)
        return sum(name in said for name in self.of.stable), self._stable_text(said), len(said), json_text(said)


def _plain_rows(reported: Sequence[Any], faults: FaultsFound) -> list[Row]:
    """Return what is a row of what was reported."""
    rows = [row for row in reported if type(row) is dict or isinstance(row, Mapping)]
    if len(rows) != len(reported):
        for row in reported:
            if not isinstance(row, Mapping):
                faults.add("", f"not a row: {storable(repr(row), 80)}")
    return rows


def json_text(said: Row | Sequence[Any]) -> bytes:
    """Return forms as the JSON that digests are taken over: names in the order of their letters, no blanks, ASCII."""
    return "".join(_written(said, 0)).encode()


def _writer() -> Callable[[Any, int], Iterable[str]]:
    """Return what writes JSON in parts: the one of C by itself, for `JSONEncoder` makes it again for every row."""
    make: Any = getattr(json_encoder, "c_make_encoder", None)
    if make is None:
        encoder = json_encoder.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False, default=to_text)
        return lambda said, _: encoder.iterencode(said)
    writer: Callable[[Any, int], Iterable[str]] = make(
        None, to_text, json_encoder.encode_basestring_ascii, None, ":", ",", True, False, False
    )
    return writer


_written = _writer()
_Formed = Callable[[Sequence[Row], FaultsFound], "list[FormedRow | None]"]
_row: Callable[[Any], FormedRow] = partial(tuple.__new__, FormedRow)  # without the price of a call of ours
_NO_VALUE = (KeyError, *NOT_OF_TYPE)  # there is no such column, or the value is not of its type
_FORMERS: dict[int, Former] = {}
