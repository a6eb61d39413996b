"""Rows of the room `policies`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Item, Row
from itmsctl.cmdb.types import Json, Moment, Text


class Ticked(Item):
    """What the tick drives: for whom and when, and what the tick keeps of it.

    `put_to_use`, `handled`, `timing` and `event_id` are the tick's own: since when it is enabled, up to which moment
    its schedule was looked at, what that schedule said then, and the last event that was taken up.
    """

    target: str = Field(sa_type=Text)
    schedule_id: int | None = Field(default=None, foreign_key="schedule.id", index=True)
    enabled: bool = Field(default=True)
    owner: str | None = Field(default=None, sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)
    put_to_use: datetime | None = Field(default=None, sa_type=Moment)
    handled: datetime | None = Field(default=None, sa_type=Moment)
    timing: str | None = Field(default=None, sa_type=Text)
    event_id: int = Field(default=0)


class Driven(Ticked):
    """What the tick runs on computers: how long, and how they are reached."""

    deadline_s: float | None = Field(default=None, sa_type=sa.Float)
    ignore_windows: bool = Field(default=False)
    profile_id: int | None = Field(default=None, foreign_key="connection_profile.id", index=True)
    transport: str | None = Field(default=None, sa_type=Text)
    key_files: Any = Field(default=None, sa_type=Json, nullable=True)
    credentials: Any = Field(default=None, sa_type=Json, nullable=True)  # names
    use_agent: bool = Field(default=False)
    user: str | None = Field(default=None, sa_type=Text)
    port: int | None = None
    accept_new: bool = Field(default=False)
    connect_timeout_s: float | None = Field(default=None, sa_type=sa.Float)
    confirm: str | None = Field(default=None, sa_type=Text)
    payload_kbit: float | None = Field(default=None, sa_type=sa.Float)


class RolledOut(Driven):
    """What the tick drives in waves: how its computers are cut, and what stops them."""

    batch: str | None = Field(default=None, sa_type=Text)
    rings: str | None = Field(default=None, sa_type=Text)
    seed: str | None = Field(default=None, sa_type=Text)
    max_fail: str | None = Field(default=None, sa_type=Text)
    gate_success: str | None = Field(default=None, sa_type=Text)
    soak_s: float | None = Field(default=None, sa_type=sa.Float)
    health: str | None = Field(default=None, sa_type=Text)
    splay_s: float | None = Field(default=None, sa_type=sa.Float)


class Policy(RolledOut, table=True):
    """What is run on whom, and what triggers it."""

    __tablename__ = "policy"
    task_id: int | None = Field(default=None, foreign_key="task.id", index=True)
    job_id: int | None = Field(default=None, foreign_key="job.id", index=True)
    event: str | None = Field(default=None, sa_type=Text)
    parameters: Any = Field(default=None, sa_type=Json, nullable=True)
    workload: str | None = Field(default=None, sa_type=Text)


class Occurrence(Row, table=True):
    """One time that a policy was due, decided once: its key is what makes overlapping ticks harmless.

    `source` is `schedule`, `joined:ID`, `event:ID` or `hand:ID`; `change` the change-set that decided it.
    """

    __tablename__ = "occurrence"
    __table_args__ = (sa.Index("ix_occurrence_state", "state"), {"sqlite_with_rowid": False})
    policy_id: int = Field(primary_key=True)  # of whatever noun the tick drives
    due: datetime = Field(sa_type=Moment, primary_key=True)
    source: str = Field(sa_type=Text, primary_key=True)
    local: str | None = Field(default=None, sa_type=Text)  # what the clock shows, where each computer's own counts
    schedule_revision: int | None = None
    state: str = Field(sa_type=Text)  # started, queued, skipped, missed
    run_id: int | None = Field(default=None, foreign_key="run.id", index=True)
    why: str | None = Field(default=None, sa_type=Text)
    decided_at: datetime = Field(sa_type=Moment)
    change: int


class PolicyEvent(Row, table=True):
    """The outbox of events: written with what happened, taken up by each policy once, in the order of their ids."""

    __tablename__ = "policy_event"
    __table_args__ = (sa.UniqueConstraint("name", "key"),)
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str = Field(sa_type=Text)
    key: str | None = Field(default=None, sa_type=Text)
    raised_at: datetime = Field(sa_type=Moment)


class PolicySeen(Row, table=True):
    """Who was inside a policy's target when it last looked: who else is there has joined."""

    __tablename__ = "policy_seen"
    __table_args__ = (sa.Index("ix_policy_seen_resource", "resource_id"), {"sqlite_with_rowid": False})
    policy_id: int = Field(primary_key=True)
    resource_id: int = Field(foreign_key="resource.id", primary_key=True, ondelete="CASCADE")
