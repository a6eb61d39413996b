"""Rows of the room `reports`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Item
from itmsctl.cmdb.types import Json, Text


class Report(Item, table=True):
    """A saved question (RPT-3). Those that come with the program are files, not rows."""

    __tablename__ = "report"
    sql: str = Field(sa_type=Text)
    parameters: Any = Field(default=None, sa_type=Json, nullable=True)  # name: default
    parameter_types: Any = Field(default=None, sa_type=Json, nullable=True)  # name: type
    drilldown: str | None = Field(default=None, sa_type=Text)
    limit: int | None = None
    time_limit_s: float | None = Field(default=None, sa_type=sa.Float)
    owner: str | None = Field(default=None, sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)
