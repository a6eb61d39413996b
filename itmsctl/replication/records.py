"""What a batch carries: records, one a line, each in one written form (canonical JSON in UTF-8).

What arrives is hostile until it was read here: a record is bounded in bytes, depth and members, has exactly the members
of its form, and each of them is of its type.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itmsctl.errors import BadRecordError
from itmsctl.replication.complete_list import CompleteList
from itmsctl.replication.part_check import MOST_PARTS, PartCheck
from itmsctl.tasks.states import OPEN, State
from itmsctl.values.names import is_guid
from itmsctl.values.times import from_text, to_text

LARGEST = 8 * 2**20  # bytes of a record
DEEPEST = 16  # objects and lists within each other
MOST_MEMBERS = 400_000  # values of one record
LONGEST_NAME = 1000  # characters of a name
EVENTS = ("merge", "move", "purge", "trust", "key")  # what goes at once, ahead of the schedule (HIER-11, HIER-12)
RESULT_COLUMNS = (
    "computer", "name", "attempt", "state", "exit_status", "reason", "message", "started_at", "ended_at",
)  # fmt: skip
RESULT_STATES = frozenset(map(str, State)) - frozenset(map(str, OPEN)) - {str(State.PLANNED)}
_LARGE = 2**31
_DIGEST, _CLASS_DIGEST = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{32}")
_WORD = re.compile(r"[a-z][a-z0-9_.-]{0,99}")
_encoder = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=lambda value: _plain(value)
)

_decoder = json.JSONDecoder(parse_constant=lambda text: _refuse_constant(text))

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ObjectPut:
    """An object as it is at its origin. `refs` are the GUIDs of what it names, by `kind/name`."""

    kind: str
    guid: str
    name: str
    hash: str
    owner: str
    changed: datetime
    fields: Fields
    refs: Mapping[str, str]
    editable: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the name and the fields, as `Doc.document` does."""
        return {"name": self.name, **self.fields}


@dataclass(frozen=True, slots=True)
class SentRows:
    """All rows that a computer has of a data class: columns, and values in their order; the digest is inventory's."""

    class_name: str
    guid: str
    collected_at: datetime
    digest: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]

    def named(self) -> list[dict[str, Any]]:
        """Return the rows with the names of their columns."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Gone:
    """An object that is there no longer; `purge`: the rule says that it is to go where it arrived, too."""

    kind: str
    guid: str
    name: str
    at: datetime
    purge: bool


@dataclass(frozen=True, slots=True)
class HierarchyEvent:
    """Something that a neighbour must hear of at once: what happened to which object, and what belongs to it."""

    what: str
    kind: str
    guid: str
    at: datetime
    data: Fields


@dataclass(frozen=True, slots=True)
class TargetMembers:
    """The computers of a target at its origin, or some of them where they are many."""

    guid: str
    computers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunResults:
    """What a run came to on some computers, as its server tells it: rows of the columns `RESULT_COLUMNS`."""

    origin: str
    server: str
    run: str
    number: int
    title: str
    policy: str
    ended_at: datetime
    results: tuple[tuple[Any, ...], ...]


Record = ObjectPut | SentRows | Gone | HierarchyEvent | TargetMembers | PartCheck | CompleteList | RunResults


def canonical(value: Any) -> bytes:
    """Return the one written form of a plain value, moments as text."""
    return _encoder.encode(value).encode()


def content_hash(name: str, fields: Fields, editable: Iterable[str] = (), local: Iterable[str] = ()) -> str:
    """Return the SHA-256 by which two servers know that an object is the same: name, fields that travel, what is open.

    It covers what a child may edit as well, so that opening or closing a field is a change that is sent.
    """
    left_out = {"name", *local}
    kept = {field: value for field, value in fields.items() if field not in left_out}
    return hashlib.sha256(canonical([name, kept, sorted(editable)])).hexdigest()


def written(record: Record) -> bytes:
    """Return the line of a record, without its end."""
    match record:
        case ObjectPut():
            members = {name: getattr(record, name) for name in ObjectPut.__slots__}
            return canonical({"op": "put", **members, "editable": sorted(record.editable)})
        case SentRows(class_name, guid, collected_at, digest, columns, rows):
            said = {"op": "rows", "class": class_name, "guid": guid, "collected_at": collected_at, "digest": digest}
            return canonical({**said, "columns": columns, "rows": rows})
        case Gone(kind, guid, name, at, purge):
            return canonical({"op": "gone", "kind": kind, "guid": guid, "name": name, "at": at, "purge": purge})
        case HierarchyEvent(what, kind, guid, at, data):
            return canonical({"op": "event", "what": what, "kind": kind, "guid": guid, "at": at, "data": data})
        case TargetMembers(guid, computers):
            return canonical({"op": "members", "guid": guid, "computers": computers})
        case PartCheck(kind, part, parts, digest, count):
            return canonical({"op": "check", "kind": kind, "part": [part, parts], "digest": digest, "count": count})
        case CompleteList(kind, guids):
            return canonical({"op": "complete", "kind": kind, "guids": guids, **record.ends()})
        case RunResults():
            return canonical({"op": "results", **{name: getattr(record, name) for name in RunResults.__slots__}})


def parsed(line: bytes) -> dict[str, Any]:
    """Return a line as plain values, bounded; `read` makes a record of them.

    Raises BadRecordError for what is too large, too deep, or in another form than `canonical` writes.
    """
    if len(line) > LARGEST:
        raise BadRecordError(f"a record has {len(line)} bytes, more than {LARGEST}")
    _refuse_deep(line)
    if b"\\u0000" in line:
        raise BadRecordError("a record holds a character that no database takes")
    try:
        value = _decoder.decode(line.decode())
        # No key twice. Rows are checked as what computers tell is, who say much worse.
        same = (line.startswith(_CLASS) and value.get("op") == "rows") or canonical(value) == line
    except (ValueError, RecursionError) as error:
        raise BadRecordError("a record is not JSON", why=str(error)[:200]) from error
    if not same:
        raise BadRecordError("a record is not in its one written form")
    if not isinstance(value, dict):
        raise BadRecordError("a record is not an object")
    return value


def head(line: bytes) -> dict[str, Any]:
    """Return the members of a line of ours, without the rows that it holds: they are its last member."""
    begin, found, _ = line.partition(_ROWS)
    value: dict[str, Any] = json.loads(begin + b"}" if found and begin.startswith(_CLASS) else line)
    return value


def read(value: Mapping[str, Any]) -> Record:
    """Return the record of plain values. Raises BadRecordError."""
    return _Members(dict(value)).record()


class _Members:
    """The members of a record as they came, each read once and by its type."""

    def __init__(self, value: dict[str, Any]) -> None:
        self._value = value
        self._op = str(value.pop("op", ""))[:40]

    def record(self) -> Record:
        readers: dict[str, Callable[[], Record]] = {
            "put": self._put,
            "rows": self._rows,
            "gone": self._gone,
            "event": self._event,
            "members": self._target_members,
            "check": self._check,
            "complete": self._complete,
            "results": self._results,
        }
        if self._op not in readers:
            raise BadRecordError(f"`{self._op}` is not a record that this version knows")
        found = readers[self._op]()
        if self._value:
            raise self._wrong(str(next(iter(self._value)))[:40], "is not known")
        return found

    def _put(self) -> ObjectPut:
        refs = self._map("refs")
        for name, guid in refs.items():
            if len(name) > LONGEST_NAME or not isinstance(guid, str) or not is_guid(guid):
                raise self._wrong("refs", "names no GUID")
        return ObjectPut(
            self._word("kind"), self._guid("guid"), self._name(), self._digest("hash"), self._guid("owner"),
            self._moment("changed"), self._map("fields"), refs,
            tuple(sorted(set(self._words("editable")))),
        )  # fmt: skip

    def _rows(self) -> SentRows:
        class_name, guid, at = self._word("class"), self._guid("guid"), self._moment("collected_at")
        digest = self._text("digest", _CLASS_DIGEST, "a digest of rows")
        columns, rows = self._words("columns"), self._list("rows")
        width = len(columns)
        if len(set(columns)) != width:
            raise self._wrong("columns", "names one of them twice")
        if not all(type(row) is list and len(row) == width for row in rows):
            raise self._wrong("rows", "holds what is not a row")
        return SentRows(class_name, guid, at, digest, tuple(columns), rows)

    def _gone(self) -> Gone:
        purge = self._take("purge", bool)
        return Gone(self._word("kind"), self._guid("guid"), self._name(), self._moment("at"), purge)

    def _event(self) -> HierarchyEvent:
        what = self._word("what")
        if what not in EVENTS:
            raise self._wrong("what", f"is `{what}`, not one of {', '.join(EVENTS)}")
        return HierarchyEvent(what, self._word("kind"), self._guid("guid"), self._moment("at"), self._map("data"))

    def _target_members(self) -> TargetMembers:
        return TargetMembers(self._guid("guid"), self._guids("computers"))

    def _check(self) -> PartCheck:
        part = self._list("part")
        if len(part) != 2 or not all(type(n) is int for n in part) or not 0 <= part[0] < part[1] <= MOST_PARTS:
            raise self._wrong("part", "is not a part of a whole")
        count = self._take("count", int)
        if type(count) is not int or count < 0:
            raise self._wrong("count", "is not a number of objects")
        return PartCheck(self._word("kind"), part[0], part[1], self._digest("digest"), count)

    def _complete(self) -> CompleteList:
        first, before = (self._guid(end) if end in self._value else "" for end in ("first", "before"))
        found = CompleteList(self._word("kind"), self._guids("guids"), first, before)
        if not all(map(found.covers, found.guids)):
            raise self._wrong("guids", "names an object outside its ends")
        return found

    def _results(self) -> RunResults:
        origin, run, ended_at = self._guid("origin"), self._guid("run"), self._moment("ended_at")
        said = [self._take(name, str) for name in ("server", "title", "policy")]
        if max(map(len, said)) > LONGEST_NAME:
            raise self._wrong("title", "is too long")
        number = self._take("number", int)
        if not _is_whole(number, 1):
            raise self._wrong("number", "is not the number of a run")
        rows = self._list("results")
        if not all(type(row) is list and len(row) == len(RESULT_COLUMNS) for row in rows):
            raise self._wrong("results", "holds what is not a result")
        return RunResults(
            origin, said[0], run, number, said[1], said[2], ended_at, tuple(self._result(*row) for row in rows)
        )

    def _result(self, computer: Any, name: Any, attempt: Any, state: Any, status: Any, *more: Any) -> tuple[Any, ...]:
        """Return a result whose members are what they must be."""
        reason, message, started, ended = more
        texts = (name, state, reason or "", message or "")
        if not (
            isinstance(computer, str) and _is_plain_guid(computer)
            and all(isinstance(text, str) and len(text) <= LONGEST_NAME for text in texts)
            and state in RESULT_STATES and _is_whole(attempt, 1) and (status is None or _is_whole(status, -_LARGE))
        ):  # fmt: skip
            raise self._wrong("results", "holds what is not a result")
        moments = (None if one is None else self._text_moment(one) for one in (started, ended))
        return (computer, name, attempt, state, status, reason, message, *moments)

    # --- one member ---------------------------------------------------------------------------------------------------

    def _take(self, name: str, expected: type) -> Any:
        if name not in self._value:
            raise self._wrong(name, "is missing")
        value = self._value.pop(name)
        if not isinstance(value, expected):
            raise self._wrong(name, f"is not a {expected.__name__}")
        return value

    def _text(self, name: str, form: re.Pattern[str], said: str) -> str:
        value: str = self._take(name, str)
        if form.fullmatch(value) is None:
            raise self._wrong(name, f"is not {said}")
        return value

    def _word(self, name: str) -> str:
        return self._text(name, _WORD, "a name of a kind or class")

    def _digest(self, name: str) -> str:
        return self._text(name, _DIGEST, "a SHA-256")

    def _guid(self, name: str) -> str:
        value: str = self._take(name, str)
        if not _is_plain_guid(value):
            raise self._wrong(name, "is not a GUID")
        return value

    def _name(self) -> str:
        value: str = self._take("name", str)
        if not value or len(value) > LONGEST_NAME:
            raise self._wrong("name", "is empty or too long")
        return value

    def _moment(self, name: str) -> datetime:
        return self._text_moment(self._take(name, str), name)

    def _text_moment(self, value: Any, name: str = "results") -> datetime:
        try:
            return from_text(value)
        except (TypeError, ValueError) as error:
            raise self._wrong(name, "is not a moment") from error

    def _map(self, name: str) -> dict[str, Any]:
        value: dict[str, Any] = self._take(name, dict)
        return value

    def _list(self, name: str) -> list[Any]:
        value: list[Any] = self._take(name, list)
        return value

    def _words(self, name: str) -> list[str]:
        found = self._list(name)
        if not all(isinstance(word, str) and _WORD.fullmatch(word) for word in found):
            raise self._wrong(name, "holds what is not the name of a field")
        return found

    def _guids(self, name: str) -> tuple[str, ...]:
        found = self._list(name)
        if not all(isinstance(guid, str) and _is_plain_guid(guid) for guid in found):
            raise self._wrong(name, "holds what is not a GUID")
        return tuple(found)

    def _wrong(self, member: str, said: str) -> BadRecordError:
        return BadRecordError(f"`{member}` of a record `{self._op}` {said}")


def _is_plain_guid(text: str) -> bool:
    return is_guid(text) and text == text.lower()


def _is_whole(value: Any, least: int) -> bool:
    return type(value) is int and least <= value < _LARGE


def _plain(value: Any) -> Any:
    """Return what JSON has for a value that it does not know."""
    if isinstance(value, datetime):
        return to_text(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return list(value)
    raise TypeError(f"a record holds no {type(value).__name__}")


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not a valid number")


def _refuse_deep(line: bytes) -> None:
    """Raise BadRecordError where a line nests too deep or has too many values, before anything is built of it.

    First by its brackets alone, texts included, which says of nearly all lines that they are fine.
    """
    marks = line.translate(None, _NO_BRACKETS)
    for _ in range(DEEPEST):
        marks = marks.replace(b"[]", b"").replace(b"{}", b"")
        if not marks:
            break
    if not marks and line.count(b",") <= MOST_MEMBERS and line.count(b"[") <= MOST_MEMBERS:
        return
    bare = _STRINGS.sub(b"", line)
    depth = 0
    for mark in _BRACKETS.findall(bare):
        depth += 1 if mark in b"[{" else -1
        if depth > DEEPEST:
            raise BadRecordError(f"a record nests more than {DEEPEST} deep")
    if bare.count(b",") > MOST_MEMBERS:
        raise BadRecordError(f"a record has more than {MOST_MEMBERS} values")


_ROWS, _CLASS = b',"rows":[', b'{"class":'  # a text holds no bare quotation mark, so that the first one is the member
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BRACKETS = re.compile(rb"[\[\]{}]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
