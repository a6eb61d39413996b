"""What a table of osquery is: its rows become rows of classes, whatever a query chose of its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from itmsctl.inventory.parser import Rows
from itmsctl.inventory.taking import Found, Take, taken

Make = Callable[[Iterable[Found]], Rows]


@dataclass(frozen=True)
class OsqueryTable:
    """A table: the columns by which its rows are known where the name of a query does not tell it, and its classes."""

    telling: frozenset[str]
    classes: Mapping[str, Make]


def table(of: str, telling: str, takes: Mapping[str, Take], needed: str, **fixed: Any) -> OsqueryTable:
    """Return a table whose rows go to one class; `needed` are columns of the class, `fixed` are in every row."""

    def make(found: Iterable[Found]) -> Rows:
        return [row | fixed for row in taken(found, takes, *needed.split())]

    return OsqueryTable(frozenset(telling.split()), {of: make})
