"""What every row is, and what every item carries.

Apart from the ground's own tables, so that a noun costs only the tables it needs.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from itmsctl.cmdb.types import Moment, Text


class Row(SQLModel):
    """The base of every row class.

    Rows are never validated one by one here, so pydantic builds their validators only if somebody asks: each command
    that imports a table would pay for them.
    """

    model_config = {"defer_build": True}


class Item(Row):
    """What every item of the CMDB carries (PLAT-6, PLAT-8). `id` is internal; people see the GUID."""

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    guid: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)
    name_key: str = Field(sa_type=Text, unique=True)
    revision: int = Field(default=1)
    origin: str = Field(sa_type=Text)  # GUID of the server that owns it
    changed_by: int  # change_set.id
    created_at: datetime = Field(sa_type=Moment)
    changed_at: datetime = Field(sa_type=Moment)
