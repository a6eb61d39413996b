"""Rows of the room `metering`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Row
from itmsctl.cmdb.types import Big, Json, Moment, Text
from itmsctl.policies.tables import Driven

_BY_KEY = {"sqlite_with_rowid": False}  # kept in the order of its key, without a second tree for it


class MeteringPolicy(Driven, table=True):
    """Which programs are metered, or denied, on which computers."""

    __tablename__ = "metering_policy"
    action: str = Field(sa_type=Text)
    files: Any = Field(default=None, sa_type=Json, nullable=True)
    paths: Any = Field(default=None, sa_type=Json, nullable=True)
    products: Any = Field(default=None, sa_type=Json, nullable=True)
    vendors: Any = Field(default=None, sa_type=Json, nullable=True)
    versions: Any = Field(default=None, sa_type=Json, nullable=True)
    detail: str = Field(sa_type=Text)
    every_s: float | None = Field(default=None, sa_type=sa.Float)
    throttle_s: float | None = Field(default=None, sa_type=sa.Float)


class MeteredProgram(Row, table=True):
    """A program that was seen on computers: the dictionary that usage points at."""

    __tablename__ = "metering_program"
    program_id: int = Field(sa_type=Big, primary_key=True, sa_column_kwargs={"autoincrement": False})
    program: str = Field(sa_type=Text, index=True)  # file name in small letters, without .exe
    file_name: str = Field(sa_type=Text)
    path: str | None = Field(default=None, sa_type=Text)
    product: str | None = Field(default=None, sa_type=Text, index=True)
    vendor: str | None = Field(default=None, sa_type=Text)
    version: str | None = Field(default=None, sa_type=Text)
    version_key: str | None = Field(default=None, sa_type=Text)


class MeteringState(Row, table=True):
    """What is known of the use of programs on a computer at all: up to when, and where its logs are read on."""

    __tablename__ = "metering_state"
    __table_args__ = _BY_KEY
    computer_id: int = Field(foreign_key="resource.id", primary_key=True, ondelete="CASCADE")
    class_name: str = Field(sa_type=Text, primary_key=True)
    collected_at: datetime | None = Field(default=None, sa_type=Moment)
    begun_at: datetime | None = Field(default=None, sa_type=Moment)  # since when its use is known
    source: str = Field(sa_type=Text)
    unread: str | None = Field(default=None, sa_type=Text)
    positions: Any = Field(default=None, sa_type=Json, nullable=True)


class MeteringPart(Row, table=True):
    """A part of a file that was stored: one that comes again, since its loader was killed, adds nothing."""

    __tablename__ = "metering_part"
    __table_args__ = (sa.Index("ix_metering_part_stored_at", "stored_at"), _BY_KEY)
    computer_id: int = Field(foreign_key="resource.id", primary_key=True, ondelete="CASCADE")
    digest: str = Field(sa_type=Text, primary_key=True)  # SHA-256 of its events
    stored_at: datetime = Field(sa_type=Moment)


class MeteringUsage(Row, table=True):
    """A program on a computer: first and last use, and sums."""

    __tablename__ = "metering_usage"
    __table_args__ = (sa.Index("ix_metering_usage_program_id", "program_id"), _BY_KEY)
    computer_id: int = Field(foreign_key="resource.id", primary_key=True, ondelete="CASCADE")
    program_id: int = Field(sa_type=Big, primary_key=True)
    first_used: datetime | None = Field(default=None, sa_type=Moment)
    last_used: datetime | None = Field(default=None, sa_type=Moment)
    last_user: str | None = Field(default=None, sa_type=Text)
    starts: int
    seconds: float = Field(sa_type=sa.Float)
    peak: int
    denials: int
    last_denied: datetime | None = Field(default=None, sa_type=Moment)
    violations: int
    last_violated: datetime | None = Field(default=None, sa_type=Moment)


class MeteringDay(Row, table=True):
    """A program on a computer, by user and day of UTC."""

    __tablename__ = "metering_day"
    __table_args__ = (
        sa.Index("ix_metering_day_day", "day"),
        sa.Index("ix_metering_day_program_id", "program_id"),
        _BY_KEY,
    )
    computer_id: int = Field(foreign_key="resource.id", primary_key=True, ondelete="CASCADE")
    day: str = Field(sa_type=Text, primary_key=True)  # 2026-11-30
    program_id: int = Field(sa_type=Big, primary_key=True)
    user_name: str = Field(sa_type=Text, primary_key=True)  # empty where it is not known
    starts: int
    seconds: float = Field(sa_type=sa.Float)
    peak: int
    denials: int
    violations: int


class MeteringEvent(Row, table=True):
    """A start, stop or denial of a program, where a policy keeps each."""

    __tablename__ = "metering_event"
    __table_args__ = (
        sa.Index("ix_metering_event_at", "at"),
        sa.Index("ix_metering_event_program_id", "program_id"),
        _BY_KEY,
    )
    computer_id: int = Field(foreign_key="resource.id", primary_key=True, ondelete="CASCADE")
    at: datetime = Field(sa_type=Moment, primary_key=True)
    ord: int = Field(primary_key=True)  # among those of the same moment
    program_id: int = Field(sa_type=Big)
    event: str = Field(sa_type=Text)  # start, stop, deny
    user_name: str | None = Field(default=None, sa_type=Text)
    seconds: float | None = Field(default=None, sa_type=sa.Float)
    process: int | None = Field(default=None, sa_type=Big)
    violation: bool = Field(default=False)
    source: str = Field(sa_type=Text)
