"""Rows of subnets."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Item
from itmsctl.cmdb.types import Text


class Subnet(Item, table=True):
    """A range of addresses (SITE-2); its name is its CIDR text."""

    __tablename__ = "subnet"
    __table_args__ = (sa.Index("ix_subnet_range", "start", "end"),)
    start: bytes = Field(sa_type=sa.LargeBinary)
    end: bytes = Field(sa_type=sa.LargeBinary)
    site_id: int | None = Field(default=None, foreign_key="site.id", index=True)
    description: str | None = Field(default=None, sa_type=Text)
    status: str | None = Field(default=None, sa_type=Text)
    boot_relay: str | None = Field(default=None, sa_type=Text)
