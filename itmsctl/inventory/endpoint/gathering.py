"""Gathers classes: each by its sources, each alone, so that what one cannot read costs no other."""

from __future__ import annotations

import importlib
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from itmsctl.inventory.endpoint.feed import FORMAT, Feed, Rows
from itmsctl.inventory.endpoint.masking import masked
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import AbsentError, TimeUpError, UnreadError

_LOOKS = "itmsctl.inventory.endpoint.looks."
_PARSERS = "itmsctl.inventory.parsers."
_LONGEST_WHY = 500


@dataclass
class ClassFound:
    """What was gathered of one class: its rows, whether any source could be read, why others could not."""

    rows: Rows = field(default_factory=list)
    is_read: bool = False
    absent: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    duration_s: float = 0.0

    @property
    def why(self) -> str:
        """Return why it could not be read, or not whole; what is not there is a reason only where there are no rows."""
        reasons = self.failed if self.rows else [*self.failed, *self.absent]
        return "; ".join(dict.fromkeys(reasons))[:_LONGEST_WHY]


@dataclass
class _Told:
    """What one source told: rows by class, or why it could not be read, and how long that took."""

    rows: Mapping[str, Rows] = field(default_factory=dict)
    why: UnreadError | None = None
    duration_s: float = 0.0


class Gatherer:
    """Reads sources as classes are asked for; one that feeds several classes is read once."""

    def __init__(self, probe: Probe, sources: Sequence[Feed], limit_s: float, end: float) -> None:
        self.probe = probe
        self.sources = sources
        self.limit_s = limit_s
        self.end = end
        self._told: dict[Feed, _Told] = {}

    def gather(self, name: str) -> ClassFound:
        """Return what a class has."""
        found = ClassFound()
        for source in self.sources:
            if name not in source.classes or (source.option and self.probe.options.get(source.option) is False):
                continue
            if source.is_substitute and found.rows:
                continue
            told = self._of(source)
            found.duration_s += told.duration_s
            if isinstance(told.why, AbsentError):
                found.absent.append(str(told.why))
            elif told.why is not None:
                found.failed.append(str(told.why))
            is_none = source.is_optional and isinstance(told.why, AbsentError)
            found.is_read = found.is_read or told.why is None or is_none or bool(told.rows.get(name))
            found.rows = found.rows + without_passwords(list(told.rows.get(name, [])))
        return found

    def _of(self, source: Feed) -> _Told:
        if source not in self._told:
            started = time.monotonic()
            left = self.end - started
            if left <= 0:
                told = _Told({}, TimeUpError("time limit of the whole inventory"))
            else:
                told = _asked(self.probe, source, min(source.limit_s + 1 if source.limit_s else self.limit_s, left))
            told.duration_s = time.monotonic() - started
            self._told[source] = told
        return self._told[source]


def _asked(probe: Probe, source: Feed, limit_s: float) -> _Told:
    """Return what a source tells, or why it could not be read. Whatever goes wrong in it stays in it."""
    try:
        with _limited(limit_s, source):
            return _looked(probe, source) if source.look else _parsed(probe, source)
    except UnreadError as error:
        return _Told({}, error)
    except RecursionError:
        return _Told({}, UnreadError("nested too deep"))
    except MemoryError:
        return _Told({}, UnreadError("not enough memory"))
    except Exception as error:  # noqa: BLE001 - what nobody thought of costs the classes of this source alone
        return _Told({}, UnreadError(f"{type(error).__name__}: {error}"))


@contextmanager
def _limited(limit_s: float, source: Feed) -> Iterator[None]:
    """Break off what takes longer than it may."""

    def ring(*_: object) -> None:
        raise TimeUpError(f"time limit of {limit_s:g} s: {source.look or source.parser}")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _looked(probe: Probe, source: Feed) -> _Told:
    module, _, function = source.look.partition(".")
    look: Callable[..., Any] = getattr(importlib.import_module(_LOOKS + module), function or "look")
    found = look(probe, source) if source.parser else look(probe)
    return _Told(found if isinstance(found, dict) else {source.classes[0]: found})


def _parsed(probe: Probe, source: Feed) -> _Told:
    """Return what a parser reads in files and in what tools print; of several, one that is not there is no matter."""
    module = importlib.import_module(_PARSERS + source.parser)
    texts, why = _files(probe, source)
    for words in source.tools:
        try:
            texts.append(probe.run(*(module.FORMAT if word == FORMAT else word for word in words)))
        except UnreadError as error:
            why = why if isinstance(error, AbsentError) and why is not None else error
    if not texts:
        return _Told({}, why or AbsentError("no such file: " + ", ".join(source.files)))
    rows = {name: [row for text in texts for row in module.PARSER.classes[name](text)] for name in source.classes}
    return _Told(rows, None if isinstance(why, AbsentError) else why)


def _files(probe: Probe, source: Feed) -> tuple[list[str], UnreadError | None]:
    texts: list[str] = []
    why: UnreadError | None = None
    for path in [path for pattern in source.files for path in probe.files(pattern)]:
        try:
            text = probe.text(path)
        except UnreadError as error:
            why = error
            continue
        texts.append(_named(path, text) if source.is_named else text)
    return texts, why


def _named(path: str, text: str) -> str:
    """Return a text with its file before each line that says something."""
    kept = (line for line in text.split("\n") if line.strip() and not line.lstrip().startswith("#"))
    return "\n".join(f"{path}\t{line}" for line in kept)


def without_passwords(rows: Rows) -> Rows:
    """Return rows whose command lines hold no password; the name of a job may be its command."""
    for row in rows:
        command = row.get("command")
        if isinstance(command, str):
            if row.get("name") == command[:200]:
                row["name"] = masked(command)[:200]
            row["command"] = masked(command)
    return rows


def merged(rows: Rows, key: tuple[str, ...]) -> Rows:
    """Return rows of several sources as one for each key: of a column the first that says something counts."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows:
        there = found.setdefault(tuple(str(row.get(name, "")) for name in key), {})
        for name, value in row.items():
            if value is not None:
                there.setdefault(name, value)
    return list(found.values())
