"""What the audit said last of every object: the state that the database must be in.

Three sorts of rows say it. A *document* is the whole object, as a noun's shelf records it. A *seal* is what is kept of
rows that are no document, such as the results of a run: their digest. What was *kept* by a purge stands for the last
of either whose change-set went.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from itmsctl.cmdb.types import canonical
from itmsctl.values.kind import Owner, house

SEAL = "seal:"  # and the kind of what is sealed: the kind of a change row
KEPT = "kept:"  # and the kind of a document or seal that a purge took with it
_WRITES = frozenset({"created", "updated"})
Key = tuple[str, str]  # kind (a seal's with its prefix) and GUID


class Last(NamedTuple):
    """The last that was said of an object. `digest` is none where it was removed."""

    seq: int
    ord: int
    change_set: int
    digest: str | None
    writes: int  # how often it was written since it came into being: its revision
    born: int  # the change-set that created it; 0 where that went with a purge


def is_aside(kind: str) -> bool:
    """Return whether a change row is no change of an object, but says what its rows must be."""
    return kind.startswith((SEAL, KEPT))


def digest(kind: str, text: str) -> str:
    """Return the digest of a document or seal. What computers report changes without a record, and is left out."""
    reported = _reported(kind)
    if reported:
        text = canonical({k: v for k, v in json.loads(text).items() if k not in reported})
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@cache
def _reported(kind: str) -> frozenset[str]:
    noun = house().kind(kind)
    return frozenset() if noun is None else frozenset(f.name for f in noun.fields if f.owner is Owner.REPORTED)


class Said:
    """Collects change rows, in any order."""

    def __init__(self) -> None:
        self.last: dict[Key, Last] = {}
        self._kinds: dict[str, str] = {}

    def see(self, seq: int, ord_: int, change_set: int, row: tuple[Any, ...]) -> None:
        """Take a change row: kind, GUID, name, action, before, after."""
        kind, guid, _, action, _, after = row
        if kind.startswith(KEPT):
            known = json.loads(after)
            key = (kind[len(KEPT) :], guid)
            self.last[key] = Last(seq, ord_, known["change_set"], known["digest"], known["writes"], 0)
            return
        said, writes = None if after is None else digest(kind, after), int(action in _WRITES)
        born = change_set if action == "created" else 0
        key = (self._kinds.setdefault(kind, kind), guid)
        before = self.last.get(key)
        if before is not None:
            writes += before.writes
            born = before.born  # one that came back has the age that it had
            if (before.seq, before.ord) > (seq, ord_):
                self.last[key] = before._replace(writes=writes, born=born)
                return
        self.last[key] = Last(seq, ord_, change_set, said, writes, born)

    def living(self) -> Iterator[tuple[Key, Last]]:
        """Yield what must be there."""
        return ((key, last) for key, last in self.last.items() if last.digest is not None)


FORGOTTEN = Last(0, 0, 0, None, 0, 0)  # of an object whose tombstone was purged: it would begin again


def kept(last: Last) -> dict[str, Any]:
    """Return what a purge records of an object whose last change-set goes."""
    return {"change_set": last.change_set, "digest": last.digest, "writes": last.writes}


class LiveRows(NamedTuple):
    """Rows as they stand, in the form in which the audit keeps them (hook `recorded`)."""

    kind: str
    guid: str
    name: str
    text: str
