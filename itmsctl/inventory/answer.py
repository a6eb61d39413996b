"""What an endpoint answers, read line by line and believed in nothing: each class holds by itself, or is asked again.

The form: a head line with our token, a line for each class (a large one in several, numbered), a last line with their
number and a SHA-256 of all before it. Whoever answers may be a liar: every line is bounded, and what is not as it
should be hurts the class that it is about.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from itmsctl.inventory.custom_output import CustomOutputError
from itmsctl.inventory.endpoint.brief import PROTOCOL, at_length, is_short
from itmsctl.inventory.gathering.shell import rows_of_text
from itmsctl.values.untrusted import storable

LONGEST_LINE = 4 << 20
MOST_ROWS = 200_000
STATES = ("same", "whole", "delta", "unread")
_WHY = 500
_DIGEST = 128


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Where a line stands in the answer."""

    at: int
    length: int


@dataclass
class ClassAnswer:
    """What was answered of one class: its state, where its lines stand, and how many rows they hold.

    `is_text` tells that tools' own words stand in them, where the computer has nothing that makes rows of those.
    `misformed` says why the words of a command of an administrator make no rows: then the class is unread.
    `faulty` says what is wrong with it: then it is asked again.
    """

    name: str
    state: str = ""
    base: str = ""
    digest: str = ""
    why: str = ""
    rows: int = 0
    places: list[LinePlace] = field(default_factory=list)
    complete: bool = False
    is_text: bool = False
    misformed: str = ""
    faulty: str = ""


@dataclass
class AnswerRead:
    """A whole answer. `sound` tells whether nothing of it was lost or changed on the way, as far as it says itself."""

    system: str = ""
    classes: dict[str, ClassAnswer] = field(default_factory=dict)
    sound: bool = False
    faulty: str = ""

    @property
    def began(self) -> bool:
        """Return whether there was a head line of ours at all."""
        return bool(self.system)


def read_answer(
    lines: Iterable[tuple[int, bytes]], token: str, asked: Collection[str], held: Mapping[str, str] | None = None
) -> AnswerRead:
    """Return what an answer tells; `lines` come with where they stand. No line makes it fail.

    `held` are the digests of classes that the request named: an answer in the short form refers to them.
    """
    reading = _Reading(token, frozenset(asked), held or {})
    for at, line in lines:
        reading.take(at, line)
    return reading.end()


class _Reading:
    """The answer as it grows."""

    def __init__(self, token: str, asked: frozenset[str], held: Mapping[str, str]) -> None:
        self.answer = AnswerRead()
        self._token, self._asked = token, asked
        self._held = {name: digest for name, digest in held.items() if name in asked}
        self._hash = hashlib.sha256()
        self._lines = 0
        self._ended = False

    def take(self, at: int, line: bytes) -> None:
        """Take one line, with its line feed."""
        if self._ended:
            self._wrong("something follows its last line")
            return
        found = _object(line)
        if found is None:
            self._wrong("a line is no object of JSON" if len(line) <= LONGEST_LINE else "a line is too long")
        elif self._lines == 0:
            self._head(found)
        elif "lines" in found and "class" not in found:
            self._last(found)
            return
        elif self.answer.began and is_short(found):
            self._short(found, LinePlace(at, len(line)))
        elif self.answer.began:
            self._class(found, LinePlace(at, len(line)))
        self._lines += 1
        self._hash.update(line)

    def end(self) -> AnswerRead:
        """Return the answer; what did not come to its end is faulty."""
        answer = self.answer
        if not self._ended:
            self._wrong("its last line is missing" if answer.began else "it did not begin")
        for one in answer.classes.values():
            if not one.complete and not one.faulty:
                one.faulty = "its last part is missing"
        answer.sound = not answer.faulty
        for one in answer.classes.values():
            if one.misformed and answer.sound:
                one.state, one.why = "unread", one.misformed
            elif one.misformed:  # perhaps it was well formed when it was sent
                one.faulty = one.faulty or one.misformed
        return answer

    def _wrong(self, why: str) -> None:
        self.answer.faulty = self.answer.faulty or why

    def _head(self, found: Mapping[str, Any]) -> None:
        if found.get("itms-inventory") != PROTOCOL or found.get("token") != self._token:
            self._wrong("it answers another question than ours")
            return
        self.answer.system = _text(found.get("system"), 64) or "unknown"

    def _last(self, found: Mapping[str, Any]) -> None:
        self._ended = True
        if found.get("lines") != self._lines:
            self._wrong("lines of it were lost")
        elif found.get("sha256") != self._hash.hexdigest():
            self._wrong("it was changed on the way")

    def _short(self, found: Mapping[str, Any], place: LinePlace) -> None:
        """Take a line that tells of several classes."""
        lines = at_length(found, self._held, self.answer.classes)
        if not lines:
            self._wrong("what it calls the same is not what is held")
        for line in lines:
            self._class(line, place)

    def _class(self, found: Mapping[str, Any], place: LinePlace) -> None:
        name = found.get("class")
        if not isinstance(name, str) or name not in self._asked:
            self._wrong("a line is of a class that was not asked for")
            return
        one = self.answer.classes.setdefault(name, ClassAnswer(name))
        one.faulty = one.faulty or _taken(one, found, place)


def _taken(one: ClassAnswer, found: Mapping[str, Any], place: LinePlace) -> str:
    """Take a line of a class; return what is wrong with it."""
    state = found.get("state")
    if one.complete:
        return "it was answered twice"
    if state not in STATES or (one.state and one.state != state):
        return "its state is none"
    if found.get("part", 0) != len(one.places):
        return "a part of it was lost"
    one.state = str(state)
    one.places.append(place)
    one.why = _text(found.get("why"), _WHY)
    one.complete = found.get("more") is not True
    one.is_text = one.is_text or "parser" in found
    if one.complete:
        one.base, one.digest = _text(found.get("base"), _DIGEST), _text(found.get("digest"), _DIGEST)
    try:
        rows = rows_in(found)
    except CustomOutputError as error:
        one.misformed, rows = one.misformed or str(error), []
    if rows is None:
        return "its rows are no list"
    one.rows += len(rows) + len(removed_in(found))
    return f"it has more than {MOST_ROWS:,} rows" if one.rows > MOST_ROWS else ""


def rows_in(found: Mapping[str, Any]) -> list[Any] | None:
    """Return the rows that a line holds: all of a whole class, those added and changed of a delta, those of a text.

    Raises CustomOutputError: the text is not of its form.
    """
    if "parser" in found:
        return list(rows_of_text(found))
    rows: list[Any] = []
    for part in ("rows", "added", "changed"):
        some = found.get(part, ())
        if not isinstance(some, list | tuple):
            return None
        rows.extend(some)
    return rows


def removed_in(found: Mapping[str, Any]) -> list[int]:
    """Return the keys of rows that a delta says are gone; what is no key of a row is left out."""
    some = found.get("removed", ())
    if not isinstance(some, list):
        return []
    return [key for key in some if isinstance(key, int) and not isinstance(key, bool) and -(2**63) <= key < 2**63]


def _object(line: bytes) -> dict[str, Any] | None:
    if len(line) > LONGEST_LINE:
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def line_of(line: bytes) -> Mapping[str, Any]:
    """Return a line that was read before; empty where it is none."""
    return _object(line) or {}


def _text(value: Any, longest: int) -> str:
    return storable(value, longest) if isinstance(value, str) else ""
