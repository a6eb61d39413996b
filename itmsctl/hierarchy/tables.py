"""Rows of the room `hierarchy`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Item, Row
from itmsctl.cmdb.types import Json, Moment, Text


class ManagementServer(Item, table=True):
    """A management server (HIER-1, PLAT-4), its hardware, its database and its settings."""

    __tablename__ = "management_server"
    site_id: int | None = Field(default=None, foreign_key="site.id", index=True)
    parent_id: int | None = Field(default=None, foreign_key="management_server.id", index=True)
    endpoints: int | None = None
    consoles: int | None = None
    asset_consoles: int | None = None
    serves_agents: bool = Field(default=False)
    deployment: bool = Field(default=False)
    virtual: bool = Field(default=False)
    cores: int | None = None
    ram_gb: float | None = Field(default=None, sa_type=sa.Float)
    database: str | None = Field(default=None, sa_type=Text)
    database_cores: int | None = None
    database_ram_gb: float | None = Field(default=None, sa_type=sa.Float)
    database_memory_gb: float | None = Field(default=None, sa_type=sa.Float)
    volumes: Any = Field(default=None, sa_type=Json, nullable=True)
    raid: Any = Field(default=None, sa_type=Json, nullable=True)
    iops: Any = Field(default=None, sa_type=Json, nullable=True)
    autogrow_pct: int | None = None
    autoshrink: bool = Field(default=False)
    recovery: str | None = Field(default=None, sa_type=Text)
    database_collation: str | None = Field(default=None, sa_type=Text)  # `collation` is a word of SQL
    other_databases: bool = Field(default=False)
    agent_interval_s: float | None = Field(default=None, sa_type=sa.Float)
    task_interval_s: float | None = Field(default=None, sa_type=sa.Float)
    delta_membership_s: float | None = Field(default=None, sa_type=sa.Float)
    complete_membership_s: float | None = Field(default=None, sa_type=sa.Float)
    policy_membership_s: float | None = Field(default=None, sa_type=sa.Float)
    replication_s: float | None = Field(default=None, sa_type=sa.Float)
    report_autorun: bool = Field(default=False)
    description: str | None = Field(default=None, sa_type=Text)


class ManagementServerSite(Row, table=True):
    """A site whose computers a management server manages."""

    __tablename__ = "management_server_site"
    server_id: int = Field(foreign_key="management_server.id", primary_key=True, ondelete="CASCADE")
    site_id: int = Field(foreign_key="site.id", primary_key=True)


class Gateway(Item, table=True):
    """An internet gateway (CEM-3)."""

    __tablename__ = "gateway"
    virtual: bool = Field(default=False)
    cores: int | None = None
    ram_gb: float | None = Field(default=None, sa_type=sa.Float)
    disk_gb: int | None = None
    nics: int | None = None
    zone: str | None = Field(default=None, sa_type=Text)
    agents: int | None = None
    concurrent: int | None = None
    description: str | None = Field(default=None, sa_type=Text)


class GatewayServer(Row, table=True):
    """A management server that a gateway leads to (CEM-4)."""

    __tablename__ = "gateway_server"
    gateway_id: int = Field(foreign_key="gateway.id", primary_key=True, ondelete="CASCADE")
    server_id: int = Field(foreign_key="management_server.id", primary_key=True)


class HierarchyPeer(Row, table=True):
    """A management server that this CMDB is linked with, and this one itself: who it is, and how it is reached."""

    __tablename__ = "peer"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    guid: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)
    relation: str = Field(sa_type=Text)  # self, parent, child, peer
    channel: str = Field(sa_type=Text)  # db, ssh, file
    address: str | None = Field(default=None, sa_type=Text)
    public_key: str | None = Field(default=None, sa_type=Text)
    host_keys: Any = Field(default=None, sa_type=Json, nullable=True)
    nonce: str = Field(sa_type=Text)
    epoch: int
    above: Any = Field(default=None, sa_type=Json, nullable=True)  # GUIDs of those above it, the nearest first
    state: str = Field(sa_type=Text)  # joined, suspended, left
    joined_at: datetime = Field(sa_type=Moment)
    seen_at: datetime | None = Field(default=None, sa_type=Moment)
    skew_s: float | None = Field(default=None, sa_type=sa.Float)
    changed_by: int
