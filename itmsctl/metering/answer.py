"""What the two scripts answer, read in bounds: a computer that tells nonsense hurts only itself."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from itmsctl.values.untrusted import log_text

MOST_BYTES = 8 << 20  # of logs that are read at once
KINDS = ("accounting", "audit")
_MARK = re.compile("[0-9a-f]{2,128}")
_MOST_LINES = 20_000  # beside data
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}|(?:/[A-Za-z0-9._+-]+){1,16}")


class NotAnAnswerError(ValueError):
    """Why bytes are not an answer of the script."""


@dataclass(frozen=True)
class LogPart:
    """A part of a log: the first bytes of its file as hex, from where to where, and what stands there."""

    kind: str
    mark: str
    begin: int
    count: int
    data: bytes


@dataclass
class UsageAnswer:
    """What a computer answered: parts of logs, programs that run, names of users, and what could not be read."""

    at: int = 0
    own: tuple[int, ...] = ()  # the numbers of the processes that read
    parts: list[LogPart] = field(default_factory=list)
    running: list[tuple[str, str]] = field(default_factory=list)  # user, path
    users: dict[int, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)  # logs whose place was not found again
    behind: set[str] = field(default_factory=set)  # logs of which more is there than is read at once


@dataclass(frozen=True)
class NamedProgram:
    """Where a program is, and which package and version it is of; empty where that is not known."""

    path: str
    product: str = ""
    version: str = ""


def usage_answer(data: bytes, token: str) -> UsageAnswer:
    """Return what the script that reads logs answered. Raises NotAnAnswerError."""
    lines = data.decode("utf-8", "replace").split("\n")
    head = lines[0].split(" ")
    if head[:3] != ["ITMS-USAGE", "1", token]:
        raise NotAnAnswerError("it does not begin as expected")
    if f"end {token}" not in lines[-3:]:
        raise NotAnAnswerError("it was cut off")
    found = UsageAnswer(_number(head, 3), tuple(_number(head, place) for place in (4, 5)))
    reader = _AnswerReader(found)
    for line in lines[1:]:
        reader.take(line)
    return found


class _AnswerReader:
    """Takes lines one after the other."""

    def __init__(self, found: UsageAnswer) -> None:
        self.found = found
        self.left = MOST_BYTES
        self.part: list[str] | None = None
        self.code: list[str] = []
        self.lines = 0

    def take(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if self.part is not None:
            if word == "done":
                self._done(rest)
            else:
                self.code.append(line)
            return
        self.lines += 1
        if self.lines > _MOST_LINES:
            raise NotAnAnswerError(f"it has more than {_MOST_LINES} lines")
        if word == "part":
            self.part, self.code = rest.split(" ", 5), []
        elif word in {"lost", "behind"} and rest in KINDS:
            (self.found.lost if word == "lost" else self.found.behind).add(rest)
        elif word == "unread":
            kind, _, why = rest.partition(" ")
            self.found.unread.setdefault(kind, log_text(why[:200]))
        elif word == "running":
            user, _, path = rest.partition(" ")
            self.found.running.append((user, path))
        elif word == "user":
            uid, _, name = rest.partition(" ")
            if uid.isdecimal() and len(uid) < 11:
                self.found.users[int(uid)] = name

    def _done(self, mark: str) -> None:
        kind, own, begin, count, coding = (self.part or [])[:5] if len(self.part or []) > 4 else ("",) * 5
        self.part = None
        if kind not in KINDS or not _MARK.fullmatch(own) or not begin.isdecimal() or not count.isdecimal():
            raise NotAnAnswerError("a part of a log says not what it is")
        if len(begin) > 15 or len(count) > 15:
            raise NotAnAnswerError("a part of a log is at an impossible place")
        if mark != own:
            return  # another file took its place while it was read: the next reading finds it again
        data = _decoded("\n".join(self.code), coding, self.left)
        self.left -= len(data)
        self.found.parts.append(LogPart(kind, own, int(begin), int(count), data))


def programs_named(data: bytes, token: str) -> dict[str, NamedProgram]:
    """Return what the script that looks for programs answered, by name. Raises NotAnAnswerError."""
    lines = data.decode("utf-8", "replace").split("\n")
    if lines[0] != f"ITMS-PROGRAMS 1 {token}" or f"end {token}" not in lines[-3:]:
        raise NotAnAnswerError("it does not begin and end as expected")
    paths: dict[str, str] = {}
    packages: dict[str, str] = {}
    versions: dict[str, str] = {}
    for line in lines[1:_MOST_LINES]:
        word, *rest = line.split(" ")
        if word == "file" and len(rest) == 2:
            paths[rest[0]] = rest[1]
        elif word == "package" and len(rest) >= 2:
            packages[rest[0]] = rest[1]
            versions.update({rest[1]: rest[2]} if len(rest) > 2 else {})
        elif word == "version" and len(rest) == 2:
            versions[rest[0]] = rest[1]
    return {name: _named(path, packages, versions) for name, path in paths.items()}


def _named(path: str, packages: Mapping[str, str], versions: Mapping[str, str]) -> NamedProgram:
    product = packages.get(path) or packages.get(path.removeprefix("/usr")) or ""
    return NamedProgram(path, product, versions.get(product, ""))


def askable(names: Iterable[str], most: int = 500) -> list[str]:
    """Return the names and paths that a script may hold as they are, each once."""
    return [name for name in dict.fromkeys(names) if _PLAIN.fullmatch(name)][:most]


def _decoded(text: str, coding: str, most: int) -> bytes:
    try:
        if coding == "hex":
            data = bytes.fromhex("".join(text.split()))
        else:
            data = base64.b64decode("".join(text.split()), validate=True)
        if coding == "gzip64" and data:
            unpacked = zlib.decompressobj(zlib.MAX_WBITS | 16)
            data = unpacked.decompress(data, most + 1)
    except (ValueError, binascii.Error, zlib.error) as error:
        raise NotAnAnswerError(f"a part of a log cannot be decoded: {error}") from None
    if len(data) > most:
        raise NotAnAnswerError(f"its logs are longer than {MOST_BYTES >> 20} MiB")
    return data


def _number(words: list[str], place: int) -> int:
    word = words[place] if place < len(words) else ""
    return int(word) if word.isdecimal() and len(word) < 12 else 0
