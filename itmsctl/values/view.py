"""Documented views of the CMDB: what SQL filters and reports may read. Each room declares its own in `views.py`.

A view reads tables, never another view, so that views can be made in any order and none costs more than its tables.
What is secret is in no view. The database is given all of them whenever its schema is brought to the newest revision
(`cmdb.views`); a declaration that changed without a new revision comes with `itmsctl db upgrade`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from itmsctl.values.kind import Type, house


@dataclass(frozen=True)
class ViewColumn:
    """A column that people may name."""

    name: str
    help: str
    type: Type = Type.TEXT


@dataclass(frozen=True)
class View:
    """A view of the schema, in SQL that both engines read.

    `computer` is the column with the GUID of a computer, by which roles will narrow it; empty where no row tells of
    one. `classes` are the data classes whose changes can change it: a view that has them may be read by a SQL filter.
    The query may give more columns than are documented; those are the program's own.
    """

    name: str
    help: str
    sql: str
    columns: tuple[ViewColumn, ...] = ()
    computer: str = ""
    classes: tuple[str, ...] = ()

    @property
    def is_documented(self) -> bool:
        """Return whether people may read it; a view without columns is the program's own."""
        return bool(self.columns)

    @property
    def types(self) -> Mapping[str, Type]:
        """Return the documented columns with their types."""
        return {column.name: column.type for column in self.columns}


def every_view() -> tuple[View, ...]:
    """Return every view of the schema by name; the rooms' `views` modules are imported only now."""
    found = [view for module in house().modules("views") for view in module.VIEWS]
    return tuple(sorted(found, key=lambda view: view.name))
