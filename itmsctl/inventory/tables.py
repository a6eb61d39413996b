"""Rows of the room `inventory`, but those of its data classes: their tables follow from the classes.

Every table refers to `inventory_computer` and goes with its row. So a computer that was never inventoried is removed at
the price of one reference, not of one for each class.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Item, Row
from itmsctl.cmdb.types import Big, Json, Moment, Text
from itmsctl.policies.tables import Driven

_COMPUTER = "inventory_computer.computer_id"
_BY_KEY = {"sqlite_with_rowid": False}  # kept in the order of its key, without a second tree for it


class InventoryComputer(Row, table=True):
    """A computer, or a device of the network, of which inventory is held."""

    __tablename__ = "inventory_computer"
    computer_id: int = Field(foreign_key="resource.id", primary_key=True, ondelete="CASCADE")
    first_at: datetime = Field(sa_type=Moment)  # when its first report was collected
    last_at: datetime = Field(sa_type=Moment)  # when its newest report was


class InventoryState(Row, table=True):
    """What is known of one class of one computer: from whom, of when, and why it could not be read last."""

    __tablename__ = "inventory_state"
    __table_args__ = (sa.Index("ix_inventory_state_stored", "stored_by"), _BY_KEY)
    computer_id: int = Field(foreign_key=_COMPUTER, primary_key=True, ondelete="CASCADE")
    class_name: str = Field(sa_type=Text, primary_key=True)
    source: str = Field(sa_type=Text)
    digest: str | None = Field(default=None, sa_type=Text)  # none: it was never read
    row_count: int
    collected_at: datetime | None = Field(default=None, sa_type=Moment)  # when it was last read
    changed_at: datetime | None = Field(default=None, sa_type=Moment)  # when its rows last changed
    unread: str | None = Field(default=None, sa_type=Text)  # why it could not be read, or only in part
    unread_at: datetime | None = Field(default=None, sa_type=Moment)
    faults: Any = Field(default=None, sa_type=Json, nullable=True)  # what was left out of the last report
    epoch: int  # how often it was told whole and differed
    counter: int  # how many differences were applied since
    told: int | None = Field(default=None, sa_type=Big)  # fingerprint of the rows as they were told
    volatile: int | None = Field(default=None, sa_type=Big)  # fingerprint of the columns that never make history
    stored_by: int | None = None  # the change-set by which its digest became what it is


class InventoryDigests(Row, table=True):
    """The digest of each row of a class of many rows: 8 bytes of its key, 8 of its content, sorted."""

    __tablename__ = "inventory_digests"
    computer_id: int = Field(foreign_key=_COMPUTER, primary_key=True, ondelete="CASCADE")
    class_name: str = Field(sa_type=Text, primary_key=True)
    packed: bytes = Field(sa_type=sa.LargeBinary)


class InventoryClosed(Row, table=True):
    """A row as it was before it was changed or went: true from `since` until `until`."""

    __tablename__ = "inventory_closed"
    __table_args__ = (sa.Index("ix_inventory_closed_until", "until"), _BY_KEY)
    computer_id: int = Field(foreign_key=_COMPUTER, primary_key=True, ondelete="CASCADE")
    class_name: str = Field(sa_type=Text, primary_key=True)
    row_key: int = Field(primary_key=True, sa_type=Big, sa_column_kwargs={"autoincrement": False})
    since: datetime = Field(sa_type=Moment, primary_key=True)
    until: datetime = Field(sa_type=Moment)
    row: str = Field(sa_type=Text)  # canonical JSON


class InventoryChurn(Row, table=True):
    """In how many comparisons a column of a class changed; the row without a column counts them all."""

    __tablename__ = "inventory_churn"
    class_name: str = Field(sa_type=Text, primary_key=True)
    column_name: str = Field(sa_type=Text, primary_key=True)
    count: int = Field(sa_type=Big)


class OwnDataClass(Item, table=True):
    """A data class that an administrator added; those of the program are files, not rows."""

    __tablename__ = "data_class"
    definition: str = Field(sa_type=Text)
    packed: Any = Field(sa_type=Json)


class InventoryPolicy(Driven, table=True):
    """What is collected from whom, and when."""

    __tablename__ = "inventory_policy"
    mode: str = Field(sa_type=Text)
    collect: Any = Field(default=None, sa_type=Json, nullable=True)
    exclude: Any = Field(default=None, sa_type=Json, nullable=True)
    every_s: float | None = Field(default=None, sa_type=sa.Float)
    throttle_s: float | None = Field(default=None, sa_type=sa.Float)
    server_pack: bool = Field(default=False)
    nice: int | None = None
    drives: Any = Field(default=None, sa_type=Json, nullable=True)
    exclude_drives: Any = Field(default=None, sa_type=Json, nullable=True)
    folders: Any = Field(default=None, sa_type=Json, nullable=True)
    exclude_folders: Any = Field(default=None, sa_type=Json, nullable=True)
    include_files: Any = Field(default=None, sa_type=Json, nullable=True)
    hash_files: bool = Field(default=False)
    sizes_only: bool = Field(default=False)
    remote_volumes: bool = Field(default=False)


class InventoryFile(Row, table=True):
    """A content that came as a file: what became of it, and how often it came."""

    __tablename__ = "inventory_file"
    __table_args__ = (sa.Index("ix_inventory_file_last_at", "last_at"),)
    digest: str = Field(sa_type=Text, primary_key=True)  # SHA-256
    name: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    why: str | None = Field(default=None, sa_type=Text)
    computer: str | None = Field(default=None, sa_type=Text)  # of which it tells, where it is one
    computers: int
    bytes: int = Field(sa_type=Big)
    times: int
    duplicates: int  # how often it told nothing that was not known
    first_at: datetime = Field(sa_type=Moment)
    last_at: datetime = Field(sa_type=Moment)


class InventorySetAside(Row, table=True):
    """The inventory of a computer that was merged into another, until it is split off again."""

    __tablename__ = "inventory_set_aside"
    guid: str = Field(sa_type=Text, primary_key=True)
    held: bytes = Field(sa_type=sa.LargeBinary)
