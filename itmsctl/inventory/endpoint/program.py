"""Answers one request: a line of what this computer is, lines for each class, and a line that seals them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO

from itmsctl.inventory.definition import ClassColumn, DataClass
from itmsctl.inventory.delta import ClassReport, Delta, DeltaMismatchError, diff, report
from itmsctl.inventory.endpoint.brief import PROTOCOL, Brief
from itmsctl.inventory.endpoint.gathering import ClassFound, Gatherer, merged
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.sources import LINUX, NOT_READ
from itmsctl.inventory.endpoint.sources.unix import SYSTEMS
from itmsctl.inventory.forming import former_of
from itmsctl.values.kind import Type
from itmsctl.values.times import to_second, to_text

_PART_ROWS = 2000
_PART_BYTES = 1 << 20
_SOURCE_LIMIT_S = 60.0
_WHOLE_LIMIT_S = 600.0
_RECENCY = "recency"
_TYPES = {kind.value: kind for kind in Type}


class _Sealed:
    """Writes lines, and at the end how many they were and their SHA-256."""

    def __init__(self, out: BinaryIO) -> None:
        self.out = out
        self.hash = hashlib.sha256()
        self.lines = 0
        self.size = 0

    def line(self, what: Mapping[str, Any]) -> None:
        self.write(_encoded(what) + b"\n")

    def write(self, data: bytes) -> None:
        """Write one line that is bytes already."""
        self.hash.update(data)
        self.lines += 1
        self.size += len(data)
        self.out.write(data)
        self.out.flush()

    def seal(self) -> None:
        self.out.write(_encoded({"lines": self.lines, "sha256": self.hash.hexdigest()}) + b"\n")
        self.out.flush()


def answer(
    request: Mapping[str, Any],
    definitions: Sequence[Sequence[Any]],
    out: BinaryIO,
    root: str = "/",
    kept: MutableMapping[str, Mapping[str, str]] | None = None,
) -> None:
    """Gather what a request names, and write the answer; `kept` gets what the next request says of each class read."""
    options = dict(request.get("options") or {})
    wanted = dict(request.get("classes") or {})
    sealed = _Sealed(out)
    now = datetime.fromtimestamp(int(time.time()), UTC)
    system = system_of(sys.platform)
    head = {"itms-inventory": PROTOCOL, "token": request.get("token"), "system": system, "at": to_second(now)}
    sealed.line({**head, "package": request["package"]} if "package" in request else head)
    most = int(options.get("most_bytes") or 0)
    if isinstance(options.get("nice"), int) and 0 < options["nice"] < 20:
        os.nice(options["nice"])
    end = time.monotonic() + float(options.get("time_limit_s") or _WHOLE_LIMIT_S)
    sources = SYSTEMS.get(system, LINUX)
    if options.get("own"):
        from itmsctl.inventory.endpoint.looks.own import own_feeds

        sources = (*sources, *own_feeds(options["own"], system))
    gatherer = Gatherer(Probe(root, options), sources, float(options.get("source_limit_s") or _SOURCE_LIMIT_S), end)
    recency: list[dict[str, Any]] = []
    brief = Brief() if options.get("brief") is True else None
    classes = {one[0]: class_read(one) for one in definitions}
    for name in sorted(wanted, key=lambda each: (each == _RECENCY, each)):
        found = ClassFound(recency, is_read=True) if name == _RECENCY else gatherer.gather(name)
        asked = wanted[name] or {}
        told = report(classes[name], merged(found.rows, classes[name].key)) if found.is_read else None
        lines = _lines(classes[name], found, told, asked, options.get("whole") is True)
        if most:
            is_sent = _within(sealed, name, lines, most)
            if kept is not None and told is not None and is_sent:
                kept[name] = {"digest": told.digest, "rows": base64.b64encode(told.packed).decode("ascii")}
        else:
            for line in lines:
                if brief is None or not brief.take(line):
                    sealed.line(line)
        recency.append(_recent(name, found, now))
    for line in () if brief is None else brief.lines():
        sealed.line(line)
    sealed.seal()


def system_of(platform: str) -> str:
    """Return what data classes call a platform of Python."""
    starts = (("darwin", "macos"), ("sunos", "solaris"), ("aix", "aix"), ("hp-ux", "hpux"))
    bsd = "bsd" if "bsd" in platform or platform.startswith("dragonfly") else "linux"
    return next((system for start, system in starts if platform.startswith(start)), bsd)


def class_read(written: Sequence[Any]) -> DataClass:
    """Return the class that was written down as a name, a key, and columns of name, type, and what they are."""
    name, key, columns = written
    made = [
        ClassColumn(column, _TYPES[kind], "", is_volatile="v" in signs, is_ordered="o" in signs, is_shared="s" in signs)
        for column, kind, signs in columns
    ]
    return DataClass(name, "", tuple(made), tuple(key))


def written_down(one: DataClass) -> list[Any]:
    """Return a class as `class_read` reads it."""
    columns = []
    for each in one.columns:
        signs = (("v", each.is_volatile), ("o", each.is_ordered), ("s", each.is_shared))
        columns.append([each.name, each.type.value, "".join(sign for sign, is_so in signs if is_so)])
    return [one.name, list(one.key), columns]


def _within(sealed: _Sealed, name: str, lines: Iterable[Mapping[str, Any]], most: int) -> bool:
    """Write the lines of a class where there is room for them, else why not; return whether there was."""
    data = [_encoded(line) + b"\n" for line in lines]
    is_sent = sealed.size + sum(map(len, data)) <= most
    for one in data if is_sent else ():
        sealed.write(one)
    if not is_sent:
        sealed.line({"class": name, "state": "unread", "why": f"no room for it: {most} bytes are allowed"})
    return is_sent


def _lines(
    one: DataClass, found: ClassFound, told: ClassReport | None, asked: Mapping[str, Any], is_whole: bool
) -> Iterator[Mapping[str, Any]]:
    """Yield the lines of a class."""
    why = found.why or NOT_READ.get(one.name, "")
    if told is None:
        yield {"class": one.name, "state": "unread", "why": why or "nothing here tells it"}
        return
    note = {"why": why} if why else {}
    base, digest = asked.get("digest"), told.digest
    delta = None if is_whole or not base or base == digest else _since(asked, told)
    if delta is not None and len(delta.added) + len(delta.changed) > _PART_ROWS:
        delta = None  # all of them do not fit one line, and are nearly the whole
    if base == digest and not is_whole:
        yield {"class": one.name, "state": "same", "digest": digest, **(note if found.failed else {})}
    elif delta is not None:
        moved = {"added": _rows(told, delta.added), "changed": _rows(told, delta.changed)}
        gone = sorted(int.from_bytes(key, "big", signed=True) for key in delta.removed)
        yield {"class": one.name, "state": "delta", "base": base, "digest": digest, **moved, "removed": gone, **note}
    else:
        *first, last = _parts(_rows(told, told.formed.rows))
        for number, rows in enumerate(first):
            yield {"class": one.name, "state": "whole", "part": number, "more": True, "rows": rows}
        part = {"part": len(first)} if first else {}
        yield {"class": one.name, "state": "whole", **part, "base": base, "digest": digest, "rows": last, **note}


def _since(asked: Mapping[str, Any], told: ClassReport) -> Delta | None:
    """Return what differs from what is held; None where that was not said, or is none."""
    held = _packed(asked)
    try:
        return None if held is None else diff(held, told.packed)
    except DeltaMismatchError:
        return None


def _rows(told: ClassReport, keys: Iterable[bytes]) -> list[dict[str, Any]]:
    former = former_of(told.of)
    return [former.row(told.formed.rows[key]) for key in keys]


def _packed(asked: Mapping[str, Any]) -> bytes | None:
    try:
        return base64.b64decode(asked["rows"], validate=True) if isinstance(asked.get("rows"), str) else None
    except (binascii.Error, ValueError):
        return None


def _parts(rows: list[Any]) -> Iterator[list[Any]]:
    """Yield rows in parts that are not too long; one that is empty where there are none."""
    part: list[Any] = []
    size = 0
    for row in rows:
        if part and (len(part) >= _PART_ROWS or size > _PART_BYTES):
            yield part
            part, size = [], 0
        part.append(row)
        size += sum(len(str(value)) + 16 for value in row.values())
    yield part


def _recent(name: str, found: ClassFound, now: datetime) -> dict[str, Any]:
    state = "failed" if found.failed else "unsupported"
    if found.is_read:
        state = "partial" if found.why else "complete"
    row = {"class": name, "gathered_at": now, "state": state, "why": found.why or None, "source": "gatherer"}
    return {**row, "rows": len(found.rows), "duration_s": round(found.duration_s, 3)}


def _encoded(what: Mapping[str, Any]) -> bytes:
    return json.dumps(what, separators=(",", ":"), allow_nan=False, default=_plain).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_text(value)
    raise TypeError(value)
