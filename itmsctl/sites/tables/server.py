"""Rows of site servers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Item, Row
from itmsctl.cmdb.types import Json, Text


class SiteServer(Item, table=True):
    """A computer that hosts site services (SITE-3, SITE-4); its name is the computer's."""

    __tablename__ = "site_server"
    computer_id: int = Field(foreign_key="resource.id", unique=True)
    constrained: bool = Field(default=False)
    desktop_os: bool = Field(default=False)
    max_sessions: int | None = None
    cores: int | None = None
    ram_gb: float | None = Field(default=None, sa_type=sa.Float)
    disk_gb: int | None = None
    virtual: bool = Field(default=False)
    folder: str | None = Field(default=None, sa_type=Text)
    urls: Any = Field(default=None, sa_type=Json, nullable=True)
    rate_kbit: int | None = None
    description: str | None = Field(default=None, sa_type=Text)


class SiteServerService(Row, table=True):
    """One service of a site server: task, package, boot or monitor."""

    __tablename__ = "site_server_service"
    server_id: int = Field(foreign_key="site_server.id", primary_key=True, ondelete="CASCADE")
    service: str = Field(sa_type=Text, primary_key=True)


class SiteServerSite(Row, table=True):
    """A site that a server is assigned to by hand (SITE-11); by subnet needs no row."""

    __tablename__ = "site_server_site"
    server_id: int = Field(foreign_key="site_server.id", primary_key=True, ondelete="CASCADE")
    site_id: int = Field(foreign_key="site.id", primary_key=True)
