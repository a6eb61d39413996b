"""Rows that say where computers are."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Row


class ComputerSite(Row, table=True):
    """Which site and subnet each address of a computer lies in; kept true in the transaction that changes either."""

    __tablename__ = "computer_site"
    __table_args__ = (sa.Index("ix_computer_site_site", "site_id"), sa.Index("ix_computer_site_subnet", "subnet_id"))
    computer_id: int = Field(foreign_key="computer.id", primary_key=True, ondelete="CASCADE")
    subnet_id: int = Field(foreign_key="subnet.id", primary_key=True)
    site_id: int | None = Field(default=None, foreign_key="site.id")
