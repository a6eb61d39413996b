"""What applying documents did, or would do: objects by what became of them, and tables as counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

CREATED, UPDATED, UNCHANGED, DELETED = "created", "updated", "unchanged", "deleted"


@dataclass(frozen=True)
class Changed:
    """What became of one object. `before` and `after` hold its fields; none where it was not, or is no more."""

    action: str
    kind: str
    name: str
    guid: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    id: int = 0  # of one that is deleted

    @property
    def object(self) -> str:
        """Return `kind/name`."""
        return f"{self.kind}/{self.name}"

    def differences(self) -> Iterator[tuple[str, Any, Any]]:
        """Yield each field that differs, with its value before and after."""
        before, after = self.before or {}, self.after or {}
        for name in dict.fromkeys((*after, *before)):
            if before.get(name) != after.get(name) and not (_empty(before.get(name)) and _empty(after.get(name))):
                yield name, before.get(name), after.get(name)


def _empty(value: Any) -> bool:
    return value is None or value is False or value in ([], {}, "")


@dataclass(frozen=True)
class TableDone:
    """What became of the objects of a table."""

    kind: str
    name: str
    created: int
    updated: int
    unchanged: int
    sha256: str


class Kept(NamedTuple):
    """An object that a prune leaves alone, because other apply sets hold it too."""

    object: str
    sets: tuple[str, ...]


@dataclass
class ApplySummary:
    """All that applying did."""

    changes: list[Changed] = field(default_factory=list)
    tables: list[TableDone] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    others: list[str] = field(default_factory=list)  # `kind/name` of those that have another GUID than is declared

    def count(self, action: str) -> int:
        """Return how many objects it became of, those of tables too."""
        of_tables = sum(getattr(table, action) for table in self.tables) if action != DELETED else 0
        return sum(change.action == action for change in self.changes) + of_tables

    @property
    def differs(self) -> bool:
        """Return whether anything is no longer as it was."""
        return any(self.count(action) for action in (CREATED, UPDATED, DELETED))
