"""Rows of the room `sizing`."""

from __future__ import annotations

from sqlmodel import Field

from itmsctl.cmdb.item import Item
from itmsctl.cmdb.types import Text


class SizingException(Item, table=True):
    """A finding that is to be lived with until a day; its name is `ID` or `ID:OBJECT`."""

    __tablename__ = "sizing_exception"
    until: str = Field(sa_type=Text)
    why: str = Field(sa_type=Text)
