"""Rows of the room `replication`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from itmsctl.cmdb.item import Row
from itmsctl.cmdb.types import Json, Moment, Text


class BatchSent(Row, table=True):
    """A batch that was made for a neighbour, and what became of it: kept, taken, refused, void."""

    __tablename__ = "batch_sent"
    peer: str = Field(sa_type=Text, primary_key=True)
    epoch: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    rule: str = Field(sa_type=Text)
    mode: str = Field(sa_type=Text)
    run: str = Field(sa_type=Text)
    part: int
    last: bool
    size: int
    records: int
    raw: int
    sha256: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    made_at: datetime = Field(sa_type=Moment)
    settled_at: datetime | None = Field(default=None, sa_type=Moment)
    reply: Any = Field(default=None, sa_type=Json, nullable=True)


class BatchTaken(Row, table=True):
    """A batch of a neighbour that was taken in, and what came of it."""

    __tablename__ = "batch_taken"
    origin: str = Field(sa_type=Text, primary_key=True)
    epoch: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    nonce: str = Field(sa_type=Text)
    rule: str = Field(sa_type=Text)
    mode: str = Field(sa_type=Text)
    run: str = Field(sa_type=Text)
    part: int
    last: bool
    size: int
    records: int
    sha256: str = Field(sa_type=Text)
    made_at: datetime = Field(sa_type=Moment)
    taken_at: datetime = Field(sa_type=Moment)
    reply: Any = Field(default=None, sa_type=Json, nullable=True)
