"""Rows of the room `security`."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Item, Row
from itmsctl.cmdb.types import Moment, Text


class ConnectionProfile(Item, table=True):
    """How to reach a set of computers: transport, user, port, key files; never a secret itself."""

    __tablename__ = "connection_profile"
    transport: str = Field(default="ssh", sa_type=Text)
    user: str | None = Field(default=None, sa_type=Text)
    port: int | None = None
    key_file: str | None = Field(default=None, sa_type=Text)
    use_agent: bool = Field(default=False)
    connect_timeout_s: float | None = Field(default=None, sa_type=sa.Float)
    run_as: str | None = Field(default=None, sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)


class HostKey(Row, table=True):
    """A host key of one computer: pinned, retired or revoked (reliability MM1)."""

    __tablename__ = "host_key"
    __table_args__ = (sa.Index("ix_host_key_fingerprint", "fingerprint"),)
    computer_id: int = Field(foreign_key="resource.id", primary_key=True, ondelete="CASCADE")
    key_type: str = Field(sa_type=Text, primary_key=True)
    fingerprint: str = Field(sa_type=Text, primary_key=True)
    blob: bytes = Field(sa_type=sa.LargeBinary)
    state: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)  # accept, scan, accept-new, import
    changed_by: int
    since: datetime = Field(sa_type=Moment)
