"""What a computer answered, as the worker brings it to whoever stores it: lines in a spool, told piece by piece."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from itmsctl.inventory.answer import ClassAnswer, line_of, removed_in, rows_in
from itmsctl.inventory.custom_output import CustomOutputError
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.gathering.shell import settled
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.spool import Spool
from itmsctl.inventory.told import Told, ToldChange
from itmsctl.transports.redaction import forms, redacted

SOURCE = "gatherer"
_MOVING = frozenset({"whole", "delta"})
_AT_ONCE = 1 << 20  # bytes of lines that are turned into rows at once


@dataclass(frozen=True)
class HarvestPart:
    """The answer of one class, and where its lines are."""

    spool: Spool
    answer: ClassAnswer

    def load(self, secrets: Sequence[str] = (), of: DataClass | None = None) -> tuple[list[Any], list[int]]:
        """Return its rows, and the keys of rows that are gone; no secret of ours is in them.

        Raises CustomOutputError: without the secret, what a command of an administrator told is not of its form.
        """
        rows: list[Any] = []
        removed: list[int] = []
        for place in self.answer.places:
            found = line_of(redacted(self.spool.at(place), secrets))
            rows.extend(rows_in(found) or ())
            removed.extend(removed_in(found))
        if self.answer.is_text:
            plain = [dict(row) for row in rows if isinstance(row, Mapping)]
            rows = list(settled(plain, (of or data_class(self.answer.name)).key))
        return rows, removed

    def has_secret(self, secrets: Sequence[str]) -> bool:
        """Return whether a secret of ours is in its lines."""
        lines = [self.spool.at(place) for place in self.answer.places] if secrets else []
        return any(form in line for line in lines for secret in secrets for form in forms(secret))

    def is_readable(self, secrets: Sequence[str], of: DataClass) -> bool:
        """Return whether rows can be made of it when the secrets are taken out."""
        try:
            self.load(secrets, of)
        except CustomOutputError:
            return False
        return True

    @property
    def size(self) -> int:
        """Return the bytes of its lines."""
        return sum(place.length for place in self.answer.places)


@dataclass(frozen=True)
class Harvest:
    """All that a computer answered, by class, and why others could not be read."""

    at: datetime
    parts: Mapping[str, HarvestPart]
    lost: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    own: Mapping[str, DataClass] = field(default_factory=dict, repr=False)

    @property
    def size(self) -> int:
        """Return how many bytes will be turned into rows."""
        return sum(part.size for part in self.parts.values())

    @property
    def unread(self) -> dict[str, str]:
        """Return why classes could not be read, or not whole."""
        said = {name: part.answer.why or "no reason was given" for name, part in self._of("unread")}
        partly = {name: part.answer.why for name, part in self.parts.items() if part.answer.why}
        return {**said, **partly, **self.lost}

    def _of(self, state: str) -> Iterator[tuple[str, HarvestPart]]:
        return ((name, part) for name, part in self.parts.items() if part.answer.state == state)

    def tellings(self) -> Iterator[tuple[int, Told]]:
        """Yield what is to be stored, and how many bytes it was: all small classes at once, a large one by itself."""
        unread, same = self.unread, {name: part.answer.digest for name, part in self._of("same")}
        moving = sorted((part.size, name) for name, part in self.parts.items() if part.answer.state in _MOVING)
        moved = {name for _, name in moving}
        why = {name: text for name, text in unread.items() if name not in moved}
        classes: dict[str, Any] = {}
        deltas: dict[str, ToldChange] = {}
        size = 0
        for more, name in moving:
            if size and size + more > _AT_ONCE:
                yield size, Told(SOURCE, self.at, classes, why, deltas=deltas, same=same)
                classes, deltas, same, why, size = {}, {}, {}, {}, 0
            self._load(name, classes, deltas)
            why |= {name: unread[name]} if name in unread else {}
            size += more
        yield size, Told(SOURCE, self.at, classes, why, deltas=deltas, same=same)

    def _load(self, name: str, classes: dict[str, Any], deltas: dict[str, ToldChange]) -> None:
        part = self.parts[name]
        rows, removed = part.load(self.secrets, self.own.get(name))
        if part.answer.state == "whole":
            classes[name] = rows
        else:
            deltas[name] = ToldChange(part.answer.base, part.answer.digest, rows, removed)

    def sentence(self) -> str:
        """Return what came of it in one line."""
        counts = Counter(part.answer.state for part in self.parts.values())
        counts["unread"] += len(self.lost)
        if not counts.total():
            return "nothing could be read"
        return ", ".join(f"{counts[s]} {s}" for s in ("whole", "delta", "same", "unread") if counts[s])

    def page(self) -> bytes:
        """Return which classes came in which way, a line for each way and for each that could not be read."""
        names = {s: sorted(name for name, _ in self._of(s)) for s in ("whole", "delta", "same")}
        lines = [self.sentence()]
        lines += [f"{state}: {' '.join(found)}" for state, found in names.items() if found]
        lines += [f"unread: {name}: {json.dumps(why)[1:-1]}" for name, why in sorted(self.unread.items())]
        return ("\n".join(lines) + "\n").encode("utf-8", "replace")
