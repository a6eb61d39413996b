"""Rows of the room `schedules`."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Item, Row
from itmsctl.cmdb.types import Text


class Schedule(Item, table=True):
    """A schedule: one of nine ways to say when, and what is done about missed and overlapping occurrences."""

    __tablename__ = "schedule"
    at: str | None = Field(default=None, sa_type=Text)
    daily: str | None = Field(default=None, sa_type=Text)
    weekly: str | None = Field(default=None, sa_type=Text)
    monthly: str | None = Field(default=None, sa_type=Text)
    every_s: int | None = None
    cron: str | None = Field(default=None, sa_type=Text)
    rrule: str | None = Field(default=None, sa_type=Text)
    asap: bool = Field(default=False)
    event: str | None = Field(default=None, sa_type=Text)
    start: str | None = Field(default=None, sa_type=Text)  # as stated: wall time, or UTC with a Z
    time_zone: str = Field(sa_type=Text)
    not_before: str | None = Field(default=None, sa_type=Text)
    not_after: str | None = Field(default=None, sa_type=Text)
    missed: str = Field(sa_type=Text)
    overlap: str = Field(sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)


class WindowPeriod(Item, table=True):
    """A maintenance window or blockout period. `window` is a word of SQL."""

    __tablename__ = "window_period"
    type: str = Field(sa_type=Text)
    at: str | None = Field(default=None, sa_type=Text)
    daily: str | None = Field(default=None, sa_type=Text)
    weekly: str | None = Field(default=None, sa_type=Text)
    monthly: str | None = Field(default=None, sa_type=Text)
    every_s: int | None = None
    cron: str | None = Field(default=None, sa_type=Text)
    rrule: str | None = Field(default=None, sa_type=Text)
    start: str | None = Field(default=None, sa_type=Text)
    time_zone: str = Field(sa_type=Text)
    not_before: str | None = Field(default=None, sa_type=Text)
    not_after: str | None = Field(default=None, sa_type=Text)
    duration_s: int
    everywhere: bool = Field(default=False)  # it applies to all computers
    enabled: bool = Field(default=True)
    description: str | None = Field(default=None, sa_type=Text)


class WindowTarget(Row, table=True):
    """A collection whose computers a window applies to."""

    __tablename__ = "window_target"
    __table_args__ = (sa.Index("ix_window_target_collection", "collection_id"),)
    window_id: int = Field(foreign_key="window_period.id", primary_key=True, ondelete="CASCADE")
    collection_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
