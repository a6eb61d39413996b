"""Columns that a file tells by their place in the class, as the suite's own files do: `c0` is the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from itmsctl.errors import NotFoundError
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.formats.nse import is_numbered
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.told import LooseChange, Rows, Told


def with_columns(told: Told) -> Told:
    """Return what was told with columns by their names; a class that does not exist is told as unread."""
    unread = dict(told.unread)
    classes: dict[str, Rows] = {}
    changes: dict[str, LooseChange] = {}
    for name in [*told.classes, *told.changes]:
        try:
            one = data_class(name)
        except NotFoundError:
            unread[name] = "there is no such data class"
            continue
        if name in told.classes:
            classes[name] = [_named(one, row) for row in told.classes[name]]
        if name in told.changes:
            change = told.changes[name]
            changes[name] = LooseChange(
                [_named(one, row) for row in change.added], [_named(one, row) for row in change.removed]
            )
    return replace(told, classes=classes, changes=changes, unread=unread)


def _named(one: DataClass, row: Mapping[str, Any]) -> Mapping[str, Any]:
    if not any(map(is_numbered, row)):
        return row
    return {_name(one, column): value for column, value in row.items()}


def _name(one: DataClass, column: str) -> str:
    if column in one.by_name or not is_numbered(column):
        return column
    place = int(column[1:])
    return one.columns[place].name if place < len(one.columns) else column
