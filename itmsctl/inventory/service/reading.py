"""A data class read from a YAML document: strictly, with file, line and column of what is wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from itmsctl.documents.faults import bad_format
from itmsctl.documents.located import Document, Path
from itmsctl.errors import FileFormatError, InputError
from itmsctl.inventory.asking import is_keyed, key_column
from itmsctl.inventory.definition import FORMATS, NETWORK, SYSTEMS, TYPES, ClassColumn, ClassFeed, DataClass
from itmsctl.values.kind import Type
from itmsctl.values.names import did_you_mean, near_or_all
from itmsctl.values.times import seconds
from itmsctl.values.untrusted import log_text

_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_LONGEST = 48  # a name becomes a part of the name of a table, and databases cut names at 63
_KEYS = ("name", "help", "rows", "key", "volatile", "shared", "filter", "systems", "columns", "read")
_COLUMN_KEYS = ("type", "unit", "help", "ordered")
_FEED_KEYS = ("command", "file", "format", "systems", "timeout")
_FILES = re.compile(r"(?:/[A-Za-z0-9._*+@%=:,-]+)+")  # it stands in a script as it is
_LONGEST_COMMAND = 16_384
_LONGEST_S = 600.0
_ROWS = ("one", "many")
_TYPES = {kind.value: kind for kind in TYPES}
_TRUTHS = {"yes": True, "no": False, "true": True, "false": False}
# What every row says beside its own columns, and how its tables keep it.
_TAKEN = frozenset({"computer", "computer_guid", "computer_id", "collected_at", "since", "row_key", "entry_id"})


def class_of(document: Document) -> DataClass:
    """Return the data class that a document defines. Raises FileFormatError with file, line and column."""
    return _Reader(document).data_class()


class _Reader:
    """Reads one document; every refusal names the place."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def data_class(self) -> DataClass:
        raw = self._map((), document=True)
        self._known((), raw, _KEYS)
        called = self._name(("name",), self._text(raw, ("name",)))
        rows = self._choice(("rows",), self._text(raw, ("rows",)), _ROWS)
        columns = self._map(("columns",))
        if not columns:
            raise self._refusal(("columns",), "a class needs a column")
        key = self._columns_of(raw, "key", columns)
        if (rows == "many") != bool(key):
            what = "a class of many rows needs a key" if rows == "many" else "a class of one row has no key"
            raise self._refusal(("key",) if key else (), what, "key: [name]" if rows == "many" else "leave `key` out")
        volatile = self._columns_of(raw, "volatile", columns)
        for place, column in enumerate(volatile):
            if column in key:
                raise self._refusal(("volatile", place), f"`{column}` is in the key, so it cannot be volatile")
        if not set(columns) - set(volatile):
            raise self._refusal(("volatile",), "every column is volatile: no row could ever change")
        shared = self._shared(raw, columns, key, volatile)
        asked = self._columns_of(raw, "filter", columns)
        found = tuple(self._column(name, name in volatile, name in asked, name in shared) for name in columns)
        for one in found:
            if is_keyed(one) and key_column(one.name) in columns:
                what = f"`{one.name}` is compared by a column of this name beside it"
                raise self._refusal(("columns", key_column(one.name)), what, "call it otherwise")
        systems = self._systems(raw)
        return DataClass(called, self._text(raw, ("help",)), found, key, systems, self._feeds(raw, systems))

    def _shared(
        self, raw: Mapping[str, Any], columns: Collection[str], key: Collection[str], volatile: Collection[str]
    ) -> tuple[str, ...]:
        named = self._columns_of(raw, "shared", columns)
        if named and not key:
            raise self._refusal(("shared",), "a class of one row shares nothing", "leave `shared` out")
        for place, column in enumerate(named):
            if column in volatile:
                raise self._refusal(("shared", place), f"`{column}` is volatile, so it cannot be shared")
        return named

    def _column(self, name: str, is_volatile: bool, is_filter: bool, is_shared: bool) -> ClassColumn:
        path: Path = ("columns", name)
        self._name(path, name)
        if name in _TAKEN:
            raise self._refusal(path, f"a column cannot be called `{name}`: every row has one", "call it otherwise")
        raw = self._map(path)
        self._known(path, raw, _COLUMN_KEYS)
        kind = _TYPES[self._choice((*path, "type"), self._text(raw, (*path, "type")), _TYPES)]
        unit = self._text(raw, (*path, "unit")) if "unit" in raw else ""
        if unit and kind not in {Type.INT, Type.REAL, Type.DURATION}:
            raise self._refusal((*path, "unit"), f"a column of type {kind.value} has no unit")
        ordered = _TRUTHS[self._choice((*path, "ordered"), str(raw.get("ordered", "no")), _TRUTHS)]
        if ordered and kind is not Type.LIST:
            raise self._refusal((*path, "ordered"), f"a column of type {kind.value} has no order")
        said = self._text(raw, (*path, "help"))
        return ClassColumn(name, kind, said, unit, is_volatile, is_filter, ordered, is_shared)

    def _feeds(self, raw: Mapping[str, Any], systems: Collection[str]) -> tuple[ClassFeed, ...]:
        """Return what feeds the class: `read`, one or several."""
        told = raw.get("read")
        if told is None:
            return ()
        places: list[Path] = [("read", n) for n in range(len(told))] if isinstance(told, list) else [("read",)]
        return tuple(self._feed(path, systems) for path in places)

    def _feed(self, path: Path, systems: Collection[str]) -> ClassFeed:
        raw = self._map(path)
        self._known(path, raw, _FEED_KEYS)
        if ("command" in raw) == ("file" in raw):
            raise self._refusal(path, "a class is read by a `command` or from a `file`, one of them", "command: lsscsi")
        told = self._text(raw, (*path, "command" if "command" in raw else "file"))
        if "file" in raw and not _FILES.fullmatch(told):
            raise self._refusal((*path, "file"), "a file is a whole path, in which * stands for a part of a name")
        if len(told.encode()) > _LONGEST_COMMAND or "\0" in told:
            raise self._refusal((*path, "command"), f"a command has at most {_LONGEST_COMMAND} bytes of text")
        here = [system for system in systems if system != "windows"]
        named = raw.get("systems", here)
        for place, system in enumerate(named if isinstance(named, list) else [named]):
            self._choice((*path, "systems", place), str(system), here)
        if not isinstance(named, list) or not named:
            what = "a shell reads it, so it is read on other systems than Windows"
            raise self._refusal((*path, "systems"), what, f"systems: [{SYSTEMS[0]}]")
        kind = self._choice((*path, "format"), self._text(raw, (*path, "format")), FORMATS)
        fed = {"command" if "command" in raw else "file": told}
        return ClassFeed(tuple(named), kind, limit_s=self._limit(path, raw), **fed)

    def _limit(self, path: Path, raw: Mapping[str, Any]) -> float:
        if "timeout" not in raw:
            return ClassFeed.limit_s
        try:
            found = seconds(str(raw["timeout"]))
        except InputError as error:
            raise self._refusal((*path, "timeout"), error.message, error.hint or "") from None
        if not 1 <= found <= _LONGEST_S:
            raise self._refusal((*path, "timeout"), f"from a second to {_LONGEST_S / 60:g} minutes")
        return found

    def _systems(self, raw: Mapping[str, Any]) -> tuple[str, ...]:
        named = self._list(raw, "systems")
        for place, system in enumerate(named):
            self._choice(("systems", place), system, (*SYSTEMS, NETWORK))
        if not named:
            raise self._refusal(("systems",), "which operating systems can feed it?", f"systems: [{SYSTEMS[0]}]")
        return tuple(system for system in (*SYSTEMS, NETWORK) if system in named)

    def _columns_of(self, raw: Mapping[str, Any], part: str, columns: Collection[str]) -> tuple[str, ...]:
        named = self._list(raw, part)
        for place, name in enumerate(named):
            if name not in columns:
                hint = did_you_mean(name, columns) or f"columns: {', '.join(columns)}"
                raise self._refusal((part, place), f"there is no column `{log_text(name)}`", hint)
            if name in named[:place]:
                raise self._refusal((part, place), f"`{name}` comes twice")
        return named

    def _map(self, path: Path, *, document: bool = False) -> Mapping[str, Any]:
        value = self.document.value if document else self._at(path)
        if not isinstance(value, Mapping):
            said = "a data class is a map" if document else f"`{path[-1]}` is a map"
            raise self._refusal(path, said, "name: sensors" if document else "")
        return value

    def _list(self, raw: Mapping[str, Any], part: str) -> tuple[str, ...]:
        value = raw.get(part)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self._refusal((part,), f"`{part}` is a list of names", f"{part}: [name]")
        return tuple(value)

    def _text(self, raw: Mapping[str, Any], path: Path) -> str:
        value = raw.get(str(path[-1]))
        if not isinstance(value, str) or not value.strip():
            raise self._refusal(path, f"`{path[-1]}` is {'missing' if value is None else 'not a text'}")
        return value.strip()

    def _name(self, path: Path, name: str) -> str:
        if not _NAME.fullmatch(name) or len(name) > _LONGEST:
            raise self._refusal(
                path,
                f"`{log_text(name)}` is not a name for a class or a column",
                f"small letters, digits and single underscores, a letter first, at most {_LONGEST}: usb_devices",
            )
        return name

    def _choice(self, path: Path, word: str, known: Collection[str]) -> str:
        if word not in known:
            hint = near_or_all(word, known)
            raise self._refusal(path, f"`{log_text(word)}` is not a value of `{_said(path)}`", hint)
        return word

    def _known(self, path: Path, raw: Mapping[str, Any], keys: Collection[str]) -> None:
        for key in raw:
            if key not in keys:
                hint = did_you_mean(key, keys) or "keys: " + ", ".join(keys)
                raise self._refusal((*path, key), f"`{log_text(key)}` is not a key here", hint, key=True)

    def _at(self, path: Path) -> Any:
        value = self.document.value
        for part in path:
            if isinstance(value, list) and isinstance(part, int):
                value = value[part]
            else:
                value = value.get(part) if isinstance(value, Mapping) else None
        return value

    def _refusal(self, path: Path, what: str, hint: str = "", *, key: bool = False) -> FileFormatError:
        file, line, column = self.document.place(*path, key=key)
        return bad_format(file, what, line=line, column=int(column), hint=hint)


def _said(path: Path) -> str:
    return str(next(part for part in reversed(path) if isinstance(part, str)))
