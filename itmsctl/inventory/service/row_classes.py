"""Rows of data classes as SQLModel classes, for scripts: made from the definition of a class when it is asked for."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from types import new_class
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from itmsctl.cmdb.types import Big, Moment, Text
from itmsctl.errors import NotFoundError
from itmsctl.inventory.asking import view_of_class
from itmsctl.inventory.definition import DataClass
from itmsctl.inventory.service.class_tables import sql_type
from itmsctl.inventory.service.classes import data_class, plain_name
from itmsctl.inventory.service.own_definitions import own_definitions
from itmsctl.values.kind import Type

_TYPES: dict[Type, type] = {
    Type.INT: int,
    Type.REAL: float,
    Type.DURATION: float,
    Type.BOOL: bool,
    Type.TIME: datetime,
    Type.LIST: list,
    Type.MAP: dict,
}


class InventoryRow(SQLModel, registry=registry()):
    """A row of a data class. `computer_id` is a `Resource.id`; `row_key` tells the rows of a computer apart."""

    computer_id: int = Field(primary_key=True)
    row_key: int = Field(primary_key=True, sa_type=Big)
    computer_guid: str = Field(sa_type=Text)
    computer: str = Field(sa_type=Text)
    since: datetime = Field(sa_type=Moment)


def row_class(name: str, connection: sa.Connection | None = None) -> Any:
    """Return the SQLModel class of the rows of a data class; with a connection also of one that was added to a CMDB.

    Raises NotFoundError that offers a near name.
    """
    try:
        return _made(data_class(name))
    except NotFoundError:
        own = own_definitions(connection) if connection is not None else ()
        for one in own:
            if one.name == plain_name(name):
                return _made(one)
        raise


@lru_cache(maxsize=1024)
def _made(one: DataClass) -> Any:
    name = "".join(part.capitalize() for part in one.name.split("_"))
    body: dict[str, Any] = {
        "__doc__": one.help,
        "__module__": __name__,
        "__tablename__": view_of_class(one.name),
        "__table_args__": {"extend_existing": True},
        "__annotations__": {column.name: _TYPES.get(column.type, str) | None for column in one.columns},
        **{column.name: Field(default=None, sa_type=sql_type(column), nullable=True) for column in one.columns},
    }
    return new_class(name, (InventoryRow,), {"table": True}, lambda space: space.update(body))
