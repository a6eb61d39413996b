"""A rule: what a filter or a group asks of computers, without the question itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# The class that is touched where a computer was put into, or taken out of, a collection by hand.
BY_HAND = "static_member"

STATIC = frozenset({"basic", "static"})


@dataclass(frozen=True, slots=True)
class CollectionRule:
    """A filter or group; its classes decide when to look at it again.

    `volatile`: it asks for the present moment, so every update looks at the whole of it. `stale`: its question changed.
    `seen_seq`: how far down the list of changes it was last looked at whole.
    """

    id: int
    kind: str
    type: str
    classes: frozenset[str]
    volatile: bool = False
    stale: bool = False
    seen_seq: int = 0

    @property
    def by_hand(self) -> bool:
        """Return whether its members are put in by hand."""
        return self.type in STATIC

    @property
    def by_sql(self) -> bool:
        """Return whether it is a SQL filter, which can only be looked at whole."""
        return self.type == "sql"

    def whole(self, dirty: Mapping[str, frozenset[int]]) -> bool:
        """Return whether an update has to look at every computer, not just at the changed ones."""
        return self.stale or self.volatile or (self.by_sql and self.touched(dirty))

    def touched(self, dirty: Mapping[str, frozenset[int]]) -> bool:
        """Return whether something that decides it changed."""
        return not self.classes.isdisjoint(dirty)

    def changed(self, dirty: Mapping[str, frozenset[int]]) -> frozenset[int]:
        """Return the computers whose data that decide it changed."""
        return frozenset().union(*(dirty[name] for name in self.classes if name in dirty))
