"""The ground's own rows: who changed what, what was deleted, what is waiting to be looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Row
from itmsctl.cmdb.types import Big, Json, Moment, Text


class Meta(Row, table=True):
    """Facts of this database: server GUID, epoch, instance nonce."""

    __tablename__ = "meta"
    key: str = Field(sa_type=Text, primary_key=True)
    value: str = Field(sa_type=Text)


class IdBlock(Row, table=True):
    """The next free id of each counter; on PostgreSQL a sequence serves instead."""

    __tablename__ = "id_block"
    name: str = Field(sa_type=Text, primary_key=True)
    next: int = Field(sa_type=Big)


class ChangeSet(Row, table=True):
    """One unit of work as the audit keeps it: hash-chained in the order of `seq`."""

    __tablename__ = "change_set"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    seq: int = Field(unique=True)
    guid: str = Field(sa_type=Text, unique=True)
    at: datetime = Field(sa_type=Moment, index=True)
    actor: str = Field(sa_type=Text)
    command: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    summary: Any = Field(sa_type=Json)  # counts of a batch: {"computer": {"created": 35000}}
    digest: str = Field(sa_type=Text)  # SHA-256 over the change rows
    batch_digest: str | None = Field(default=None, sa_type=Text)  # over what a batch wrote beyond them
    idempotency_key: str | None = Field(default=None, sa_type=Text, unique=True)
    prev_hash: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text)


class Change(Row, table=True):
    """One row that a change-set touched: the whole document before and after."""

    __tablename__ = "change"
    __table_args__ = (sa.Index("ix_change_kind_guid", "kind", "guid"),)
    change_set: int = Field(foreign_key="change_set.id", primary_key=True)
    ord: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(sa_type=Text)
    guid: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    before: str | None = Field(default=None, sa_type=Text)
    after: str | None = Field(default=None, sa_type=Text)


class ChainHead(Row, table=True):
    """The end of the chain: taken last in a unit of work, so that writers meet only there."""

    __tablename__ = "chain_head"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    seq: int
    hash: str = Field(sa_type=Text)


class ChainCheckpoint(Row, table=True):
    """Where the chain begins since its older part was purged: one row, recorded by the change-set that purged last."""

    __tablename__ = "chain_checkpoint"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    seq: int  # the last change-set that was purged
    hash: str = Field(sa_type=Text)  # its hash: the first one that is kept continues it
    at: datetime = Field(sa_type=Moment)  # when it was written: nothing before can be asked for
    changes: int = Field(sa_type=Big)  # rows that went with the change-sets, since the beginning
    digest: str = Field(sa_type=Text)  # SHA-256 over the hashes of all that went, to compare with a backup
    actor: str = Field(sa_type=Text)
    purged_at: datetime = Field(sa_type=Moment)


class Tombstone(Row, table=True):
    """What a deletion leaves, so that replication and identity never bring a GUID back to life.

    An undone deletion brings it back, under the id and with the age that it had, and takes the tombstone away.
    """

    __tablename__ = "tombstone"
    guid: str = Field(sa_type=Text, primary_key=True)
    kind: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    origin: str = Field(sa_type=Text)
    change_set: int  # change_set.id, which may be purged
    at: datetime = Field(sa_type=Moment)
    item_id: int
    revision: int
    created_at: datetime = Field(sa_type=Moment)


class Blob(Row, table=True):
    """Bytes by their digest: output of runs, shared where equal."""

    __tablename__ = "blob"
    sha256: bytes = Field(sa_type=sa.LargeBinary, primary_key=True)
    size: int
    data: bytes = Field(sa_type=sa.LargeBinary)


class Dirty(Row, table=True):
    """Append-only: this resource's rows of this class changed. Delta membership reads and clears it."""

    __tablename__ = "dirty"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - the form that SQLAlchemy reads
    seq: int | None = Field(default=None, primary_key=True, sa_type=Big)
    resource_id: int
    class_name: str = Field(sa_type=Text)


class Lease(Row, table=True):
    """Who does what now: fenced by a token that grows with each take-over. Leases leave no change-set."""

    __tablename__ = "lease"
    name: str = Field(sa_type=Text, primary_key=True)
    owner: str = Field(sa_type=Text)
    token: int
    taken_at: datetime = Field(sa_type=Moment)
    expires_at: datetime = Field(sa_type=Moment)
