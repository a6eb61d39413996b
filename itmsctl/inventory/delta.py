"""What differs between two reports of a class: rows added, changed and removed, by key (INV-23, INV-24).

A report is compared with the keys and digests of the rows that are known, never with the rows themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from itmsctl.inventory.column_forms import Fault
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.forming import FormedRow, FormedRows, class_digest, former_of, packed_digests

SIZE = 16
"""The bytes of one row in packed digests: 8 of its key, 8 of its content."""


class DeltaMismatchError(ValueError):
    """A difference does not fit the rows that it is applied to: a part was lost, repeated, or is of another report."""


@dataclass(frozen=True)
class ClassReport:
    """The rows of a class that a computer has, by key."""

    of: DataClass
    formed: FormedRows

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Return what was left out."""
        return self.formed.faults

    @cached_property
    def packed(self) -> bytes:
        """Return the keys and digests of the rows."""
        return packed_digests(self.formed.rows.values())

    @cached_property
    def digest(self) -> str:
        """Return the digest of the class: equal where no row differs in what makes history."""
        return class_digest(self.packed)

    @cached_property
    def rows(self) -> Mapping[bytes, dict[str, Any]]:
        """Return the values of the rows by key."""
        former = former_of(self.of)
        return {key: former.row(formed) for key, formed in self.formed.rows.items()}


@dataclass(frozen=True)
class Delta:
    """What makes one report of another: keys of rows added, changed, and removed.

    A row that differs only in volatile columns is in none of them.
    """

    added: frozenset[bytes] = field(default_factory=frozenset)
    changed: frozenset[bytes] = field(default_factory=frozenset)
    removed: frozenset[bytes] = field(default_factory=frozenset)

    @property
    def is_empty(self) -> bool:
        """Return whether nothing differs."""
        return not (self.added or self.changed or self.removed)


def report(of: DataClass, reported: Iterable[Any]) -> ClassReport:
    """Return reported rows as a report, in their one form."""
    return ClassReport(of, former_of(of).rows(reported))


def records(digests: bytes) -> set[bytes]:
    """Return packed digests row by row. Raises DeltaMismatchError where they are not whole."""
    if len(digests) % SIZE:
        raise DeltaMismatchError(f"{len(digests)} bytes are no digests of whole rows")
    return {digests[place : place + SIZE] for place in range(0, len(digests), SIZE)}


def diff(before: bytes, after: bytes) -> Delta:
    """Return what makes the later report of the earlier one, both as packed digests."""
    if before == after:
        return Delta()
    old, new = records(before), records(after)
    gone, come = {one[:8] for one in old - new}, {one[:8] for one in new - old}
    return Delta(frozenset(come - gone), frozenset(come & gone), frozenset(gone - come))


def apply(before: bytes, rows: Iterable[FormedRow], removed: Iterable[bytes]) -> bytes:
    """Return the packed digests that rows which came or changed, and keys of rows that went, make of others.

    Raises DeltaMismatchError where a row that went was not there, or is one that came.
    """
    digests = {one[:8]: one[8:] for one in records(before)}
    for key in removed:
        if digests.pop(key, None) is None:
            raise DeltaMismatchError(f"a row went that was not there: {key.hex()}")
    gone = set(removed)
    for row in rows:
        if row.key in gone:
            raise DeltaMismatchError(f"a row both went and came: {row.key.hex()}")
        digests[row.key] = row.digest
    return b"".join(sorted(key + digest for key, digest in digests.items()))
