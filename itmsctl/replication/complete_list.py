"""What a server has of a kind for a rule, told whole: in parts, each of which is whole between its two ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MOST_LISTED = 20_000  # objects of one part: about 800 kB


@dataclass(frozen=True, slots=True)
class CompleteList:
    """All objects of a kind, by GUID from `first` on and before `before`, that the origin has for this rule.

    What came from it between these ends and is not listed is gone. An end that is empty is open. A part says nothing of
    what lies outside its ends: parts may come in any order, and one that never comes takes nothing away.
    """

    kind: str
    guids: tuple[str, ...]
    first: str = ""
    before: str = ""

    def covers(self, guid: str) -> bool:
        """Return whether it speaks of an object."""
        return self.first <= guid and (not self.before or guid < self.before)

    def ends(self) -> dict[str, str]:
        """Return the ends that are not open, as members of a record."""
        return {name: end for name, end in (("first", self.first), ("before", self.before)) if end}


def complete_lists(kind: str, guids: Iterable[str], most: int = MOST_LISTED) -> Iterator[CompleteList]:
    """Yield all objects of a kind in parts of so many at most, which together speak of every GUID there can be."""
    there = sorted(guids)
    begins = range(0, max(1, len(there)), most)
    for begin in begins:
        first = there[begin] if begin else ""
        before = there[begin + most] if begin + most < len(there) else ""
        yield CompleteList(kind, tuple(there[begin : begin + most]), first, before)
