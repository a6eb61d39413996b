"""Rows of the room `baselines`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Item, Row
from itmsctl.cmdb.types import Json, Moment, Text


class Baseline(Item, table=True):
    """Rows of a data class as they should be (INV-10)."""

    __tablename__ = "baseline"
    data_class: str = Field(sa_type=Text)
    columns: Any = Field(default=None, sa_type=Json, nullable=True)
    include: Any = Field(default=None, sa_type=Json, nullable=True)
    exclude: Any = Field(default=None, sa_type=Json, nullable=True)
    allow_extra: bool = Field(default=False)
    rows: str = Field(sa_type=Text)  # one JSON object a line
    reference: str | None = Field(default=None, sa_type=Text)
    owner: str | None = Field(default=None, sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)


class BaselineResult(Row, table=True):
    """What the last comparison of a computer with a baseline found."""

    __tablename__ = "baseline_result"
    baseline_id: int = Field(foreign_key="baseline.id", primary_key=True, ondelete="CASCADE")
    computer_id: int = Field(foreign_key="computer.id", primary_key=True, ondelete="CASCADE", index=True)
    state: str = Field(sa_type=Text)
    expected: int
    matching: int
    changed: int
    missing: int
    extra: int
    compliance: float | None = Field(default=None, sa_type=sa.Float)  # none: nothing was collected
    collected_at: datetime | None = Field(default=None, sa_type=Moment)
    compared_at: datetime = Field(sa_type=Moment)


class BaselineDeviation(Row, table=True):
    """A row of a computer that is not as a baseline has it."""

    __tablename__ = "baseline_deviation"
    baseline_id: int = Field(foreign_key="baseline.id", primary_key=True, ondelete="CASCADE")
    computer_id: int = Field(foreign_key="computer.id", primary_key=True, ondelete="CASCADE", index=True)
    ord: int = Field(primary_key=True)
    item: str = Field(sa_type=Text)
    deviation: str = Field(sa_type=Text)
    column_name: str | None = Field(default=None, sa_type=Text)
    expected: str | None = Field(default=None, sa_type=Text)
    found: str | None = Field(default=None, sa_type=Text)
