"""How values of one column become their form, and what is left out of a report.

The hot path of all that is stored or compared. What takes long to form, such as moments and addresses, is remembered by
its text, since computers report the same ones again and again; other values are formed sooner than looked up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from itmsctl.inventory.canonical import form_of
from itmsctl.inventory.definition import ClassColumn
from itmsctl.values.kind import Type

_MOST_FAULTS = 100
_MOST_VALUES, _LONGEST_KEPT = 4096, 64
_SLOW = frozenset({Type.TIME, Type.GUID, Type.ADDRESS, Type.PREFIX})


@dataclass(frozen=True, order=True)
class Fault:
    """What was left out of a report and why; `column` is empty where it was a whole row."""

    column: str
    why: str


class FaultsFound:
    """What is left out of a report: each fault once, and of too many the first in the order of their letters."""

    def __init__(self) -> None:
        self.number = 0  # how often there was one
        self._found: dict[Fault, None] = {}

    def add(self, column: str, why: str) -> None:
        """Note what is left out."""
        self.number += 1
        self._found[Fault(column, why)] = None
        if len(self._found) > 10 * _MOST_FAULTS:
            self._found = dict.fromkeys(self.first())

    def first(self) -> tuple[Fault, ...]:
        """Return the faults that are told."""
        return tuple(sorted(self._found)[:_MOST_FAULTS])


def former_of_column(column: ClassColumn) -> Callable[[Any], Any]:
    """Return what brings values of a column into their one form (`canonical.form_of`)."""
    form = form_of(column)
    if column.type not in _SLOW:
        return form
    kept: dict[str, Any] = {}

    def remembered(value: Any) -> Any:
        if type(value) is not str or len(value) > _LONGEST_KEPT:
            return form(value)
        found = kept.get(value)
        if found is None:
            if len(kept) >= _MOST_VALUES:
                kept.clear()
            found = kept[value] = form(value)
        return found

    return remembered
