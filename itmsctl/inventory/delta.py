"""What differs between two reports of a class: rows added, changed and removed, by key (INV-23, INV-24)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from itmsctl.inventory.canonical import Canonical, Fault, Row, canonical, class_digest, row_digest
from itmsctl.inventory.definition import DataClass


@dataclass(frozen=True)
class ClassReport:
    """The rows of a class that a computer has, by key, each with its digest."""

    of: DataClass
    rows: Mapping[str, Row] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """Return the digest of each row by its key."""
        return {key: row_digest(self.of, row) for key, row in self.rows.items()}

    @cached_property
    def digest(self) -> str:
        """Return the digest of the class: equal where no row differs in what makes history."""
        return class_digest(self.digests.values())


@dataclass(frozen=True)
class Delta:
    """What makes one report of another: rows by key, and keys of rows that went.

    A row that differs only in volatile columns is in none of them.
    """

    added: Mapping[str, Row] = field(default_factory=dict)
    changed: Mapping[str, Row] = field(default_factory=dict)
    removed: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether nothing differs."""
        return not (self.added or self.changed or self.removed)


class DeltaMismatchError(ValueError):
    """A difference does not fit the rows that it is applied to: a part was lost, repeated, or is of another report."""


def report(of: DataClass, reported: Iterable[Row]) -> ClassReport:
    """Return reported rows as a report, in their one form."""
    found: Canonical = canonical(of, reported)
    return ClassReport(of, found.rows, found.faults)


def diff(before: ClassReport, after: ClassReport) -> Delta:
    """Return what makes the later report of the earlier one."""
    added = {key: row for key, row in after.rows.items() if key not in before.rows}
    changed = {
        key: row for key, row in after.rows.items() if key in before.rows and before.digests[key] != after.digests[key]
    }
    return Delta(added, changed, tuple(sorted(key for key in before.rows if key not in after.rows)))


def apply(delta: Delta, before: ClassReport) -> ClassReport:
    """Return the report that a difference makes of another.

    Raises DeltaMismatchError where it adds a row that is there, or changes or removes one that is not.
    """
    there = before.rows.keys()
    strange = [key for key in delta.added if key in there]
    strange += [key for key in (*delta.changed, *delta.removed) if key not in there]
    if strange:
        raise DeltaMismatchError(f"{len(strange)} rows do not fit, the first is {strange[0][:200]}")
    kept = {key: row for key, row in before.rows.items() if key not in set(delta.removed)}
    return ClassReport(before.of, kept | dict(delta.changed) | dict(delta.added))
