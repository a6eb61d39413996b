"""The data classes that administrators added to a CMDB, as statements and filters need them: nothing is parsed."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from itmsctl.cmdb.nouns import table_of
from itmsctl.inventory.asking import filter_class_of, views_of
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.kinds import DATA_CLASS
from itmsctl.inventory.packed import unpacked
from itmsctl.values.kind import FilterClass
from itmsctl.values.view import View


def own_definitions(connection: Connection) -> tuple[DataClass, ...]:
    """Return the classes of a CMDB by name."""
    return tuple(_unpacked(name, text) for name, text in connection.execute(_statement()))


def filter_classes(connection: Connection) -> tuple[FilterClass, ...]:
    """Return them as classes of the filter language (hook `own_data_classes`)."""
    return tuple(map(filter_class_of, own_definitions(connection)))


def views(connection: Connection) -> tuple[View, ...]:
    """Return their documented views (hook `own_views`)."""
    return tuple(view for one in own_definitions(connection) for view in views_of(one))


@cache
def _statement() -> sa.Select[Any]:
    table = table_of(DATA_CLASS)
    packed: sa.ColumnElement[Any] = sa.type_coerce(table.c.packed, sa.Text())
    return sa.select(table.c.name, packed).order_by(table.c.name)


@lru_cache(maxsize=256)
def _unpacked(name: str, text: str) -> DataClass:
    return unpacked(name, json.loads(text))
