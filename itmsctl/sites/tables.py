"""Rows of the room `sites`."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from itmsctl.cmdb.item import Item
from itmsctl.cmdb.types import Text


class Site(Item, table=True):
    """A site: a place that maps subnets to site services (SITE-1)."""

    __tablename__ = "site"
    description: str | None = Field(default=None, sa_type=Text)
    time_zone: str | None = Field(default=None, sa_type=Text)
    facility: str | None = Field(default=None, sa_type=Text)
    region: str | None = Field(default=None, sa_type=Text)
    status: str | None = Field(default=None, sa_type=Text)


class Subnet(Item, table=True):
    """A range of addresses (SITE-2); its name is its CIDR text."""

    __tablename__ = "subnet"
    __table_args__ = (sa.Index("ix_subnet_range", "start", "end"),)
    start: bytes = Field(sa_type=sa.LargeBinary)
    end: bytes = Field(sa_type=sa.LargeBinary)
    site_id: int | None = Field(default=None, foreign_key="site.id", index=True)
    description: str | None = Field(default=None, sa_type=Text)
    status: str | None = Field(default=None, sa_type=Text)


class SiteServer(Item, table=True):
    """A computer that hosts site services (SITE-3, SITE-4); its name is the computer's."""

    __tablename__ = "site_server"
    computer_id: int = Field(foreign_key="resource.id", unique=True)
    constrained: bool = Field(default=False)
    desktop_os: bool = Field(default=False)
    max_sessions: int | None = None
    description: str | None = Field(default=None, sa_type=Text)


class SiteServerService(SQLModel, table=True):
    """One service of a site server: task, package, boot or monitor."""

    __tablename__ = "site_server_service"
    server_id: int = Field(foreign_key="site_server.id", primary_key=True, ondelete="CASCADE")
    service: str = Field(sa_type=Text, primary_key=True)


class SiteServerSite(SQLModel, table=True):
    """A site that a server is assigned to by hand (SITE-11); by subnet needs no row."""

    __tablename__ = "site_server_site"
    server_id: int = Field(foreign_key="site_server.id", primary_key=True, ondelete="CASCADE")
    site_id: int = Field(foreign_key="site.id", primary_key=True)


class ComputerSite(SQLModel, table=True):
    """Which site and subnet each address of a computer lies in; kept true in the transaction that changes either."""

    __tablename__ = "computer_site"
    __table_args__ = (sa.Index("ix_computer_site_site", "site_id"), sa.Index("ix_computer_site_subnet", "subnet_id"))
    computer_id: int = Field(foreign_key="computer.id", primary_key=True, ondelete="CASCADE")
    subnet_id: int = Field(foreign_key="subnet.id", primary_key=True)
    site_id: int | None = Field(default=None, foreign_key="site.id")
