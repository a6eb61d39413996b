"""Rows of the room `discovery`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Item, Row
from itmsctl.cmdb.types import Json, Text


class DiscoveryProfile(Item, table=True):
    """How networks are looked at."""

    __tablename__ = "discovery_profile"
    methods: Any = Field(default=None, sa_type=Json, nullable=True)
    ports: Any = Field(default=None, sa_type=Json, nullable=True)
    snmp_port: int | None = None
    timeout_s: float | None = Field(default=None, sa_type=sa.Float)
    retries: int | None = None
    rate: float | None = Field(default=None, sa_type=sa.Float)
    parallel: int | None = None
    description: str | None = Field(default=None, sa_type=Text)


class DiscoveryProfileCredential(Row, table=True):
    """What SNMP is asked with."""

    __tablename__ = "discovery_profile_credential"
    profile_id: int = Field(foreign_key="discovery_profile.id", primary_key=True, ondelete="CASCADE")
    credential_id: int = Field(foreign_key="credential.id", primary_key=True)
