"""Rows of the room `agents`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Item, Row
from itmsctl.cmdb.types import Json, Moment, Text
from itmsctl.policies.tables import Ticked


class AgentSettings(Ticked, table=True):
    """How agents of a target behave, and where they read and tell."""

    __tablename__ = "agent_settings"
    site_id: int | None = Field(default=None, foreign_key="site.id", index=True)
    folder: str | None = Field(default=None, sa_type=Text)
    source: str | None = Field(default=None, sa_type=Text)
    inbox: str | None = Field(default=None, sa_type=Text)
    collected: str | None = Field(default=None, sa_type=Text)
    interval_s: float | None = Field(default=None, sa_type=sa.Float)
    inventory_s: float | None = Field(default=None, sa_type=sa.Float)
    splay_s: float | None = Field(default=None, sa_type=sa.Float)
    lasts_s: float | None = Field(default=None, sa_type=sa.Float)
    self_update: bool = Field(default=False)


class RegistrationRule(Item, table=True):
    """A rule for agents that ask to be taken on (AGENT-16)."""

    __tablename__ = "registration_rule"
    action: str = Field(sa_type=Text)
    where: str | None = Field(default=None, sa_type=Text)
    target: str | None = Field(default=None, sa_type=Text)
    rank: int | None = None
    enabled: bool = Field(default=True)
    owner: str | None = Field(default=None, sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)


class RegisteredAgent(Row, table=True):
    """An agent that asked to be taken on: its key, whether it is trusted, how far its events and policy have come."""

    __tablename__ = "agent"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    guid: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text, index=True)
    state: str = Field(sa_type=Text)
    why: str | None = Field(default=None, sa_type=Text)  # why it is so
    public_key: str = Field(sa_type=Text)
    machine: str = Field(sa_type=Text)  # digest of what tells its computer from a clone
    computer_id: int | None = Field(default=None, index=True)
    told: Any = Field(default=None, sa_type=Json, nullable=True)  # what it said of its computer when it registered
    version: str | None = Field(default=None, sa_type=Text)
    registered_at: datetime = Field(sa_type=Moment)
    decided_at: datetime | None = Field(default=None, sa_type=Moment)
    seen_at: datetime | None = Field(default=None, sa_type=Moment)
    number: int  # of its last event
    recent: Any = Field(default=None, sa_type=Json, nullable=True)  # digests of its last events, by number
    policy: int  # number of the policy that was published last
    content: str | None = Field(default=None, sa_type=Text)  # digest of what that says
    expires_at: datetime | None = Field(default=None, sa_type=Moment)
    taken: int  # number of the policy that the agent has
    again: Any = Field(default=None, sa_type=Json, nullable=True)  # classes that it is asked to tell whole
    changed_by: int
    group_id: int | None = Field(default=None, index=True)  # of those whose policy says the same


class PublishedGroup(Row, table=True):
    """Agents whose policy says the same: their settings, and the sources of its parts."""

    __tablename__ = "agent_group"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    settings: str = Field(sa_type=Text)  # GUID
    sources: Any = Field(sa_type=Json)


class PublishedSource(Row, table=True):
    """What gives agents a part of their policy, and the part that was published last."""

    __tablename__ = "agent_source"
    key: str = Field(sa_type=Text, primary_key=True)
    part: str = Field(sa_type=Text)  # its SHA-256
