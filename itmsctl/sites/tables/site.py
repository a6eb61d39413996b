"""Rows of sites."""

from __future__ import annotations

from sqlmodel import Field

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
    management_server: bool = Field(default=False)  # the management server stands in it (SITE-14)
    force_task_servers: bool = Field(default=False)
    link_kbit: int | None = None
    endpoints: int | None = None
