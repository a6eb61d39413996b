"""What some columns of a row make together, remembered by their values: computers say the same again and again.

Where they do not, looking it up costs more than it saves: then nothing is remembered for a while.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from marshal import dumps
from operator import itemgetter
from typing import Any

from itmsctl.inventory.column_forms import FaultsFound

_REST = 8  # times as many rows as are remembered pass, before it is tried again whether it pays
_EACH = 100  # bytes that remembering takes beside those of what is remembered
_WORTH = 8  # it pays where one row in so many is found


class MemoryBudget:
    """So many bytes, for rows of however many shapes: where they are used up, all is forgotten."""

    def __init__(self, most: int) -> None:
        self.most, self.used = most, 0
        self.users: list[RememberedParts] = []

    def take(self, size: int) -> None:
        """Take some bytes."""
        self.used += size
        if self.used > self.most:
            self.used = 0
            for one in self.users:
                one.forget()


class RememberedParts:
    """What columns of rows make, remembered by what stands in them: within a budget."""

    def __init__(
        self, names: Sequence[str], make: Callable[[Mapping[str, Any], FaultsFound], Any], budget: MemoryBudget
    ) -> None:
        self.names = tuple(names)
        self._pick: Any = itemgetter(*names) if len(names) > 1 else lambda row: tuple([row[name] for name in names])
        self._make, self._budget = make, budget
        self._kept: dict[bytes, Any] = {}
        self._asked = self._pause = 0
        budget.users.append(self)

    def of(self, rows: Sequence[Mapping[str, Any]], faults: FaultsFound) -> list[Any]:
        """Return what the columns of each row make; None where that is nothing."""
        if self._pause > 0:
            self._pause -= len(rows)
            return [self._make(self._named(row), faults) for row in rows]
        try:
            # One run of bytes is found with less memory than a tuple of texts, and tells 1, 1.0 and yes apart.
            marks = [dumps(values, 2) for values in map(self._pick, rows)]
        except ValueError:  # more than JSON holds
            return [self._make(self._named(row), faults) for row in rows]
        self._asked += len(rows)
        found = list(map(self._kept.get, marks))
        if not all(found):
            for place, one in enumerate(found):
                if one is None:
                    found[place] = self._kept.get(marks[place]) or self._made(rows[place], marks[place], faults)
        return found

    def _made(self, row: Mapping[str, Any], mark: bytes, faults: FaultsFound) -> Any:
        """Return what a row makes; it is remembered, unless it has a fault."""
        before = faults.number
        made = self._make(self._named(row), faults)
        if faults.number == before and made is not None:
            self._budget.take(len(mark) + _EACH)
            self._kept[mark] = made
        return made

    def forget(self) -> None:
        """Forget all; where little of it was of use, remember nothing for a while."""
        if self._asked - len(self._kept) < self._asked // _WORTH:
            self._pause = _REST * len(self._kept)
        self._kept.clear()
        self._asked = 0

    def _named(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        return dict(zip(self.names, self._pick(row)))  # noqa: B905 - Python 3.6 has no strict
