"""Rows of the room `replication`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Row
from itmsctl.cmdb.types import Json, Moment, Text
from itmsctl.policies.tables import Ticked


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


class ReplicatedObject(Row, table=True):
    """An object that came from another server: whose it is, as what it came, and what of it is open to edits here."""

    __tablename__ = "replicated_object"
    __table_args__ = (sa.Index("ix_replicated_object_origin", "origin", "kind"),)
    kind: str = Field(sa_type=Text, primary_key=True)
    guid: str = Field(sa_type=Text, primary_key=True)
    name: str = Field(sa_type=Text)  # at its origin: here it may bear another one
    origin: str = Field(sa_type=Text)  # the neighbour that it came from
    owner: str = Field(sa_type=Text)  # the server whose it is, which may stand behind that one
    rule: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text)  # of its content at its owner
    held: str = Field(sa_type=Text)  # of its content here, just after it came
    opened: Any = Field(default=None, sa_type=Json, nullable=True)  # the fields that may be edited here
    sent: Any = Field(default=None, sa_type=Json, nullable=True)  # what they are at the owner
    state: str = Field(sa_type=Text)  # here; left: it is there no longer
    changed_at: datetime = Field(sa_type=Moment)
    batch: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Moment)


class OpenedField(Row, table=True):
    """A field of an object that this server lets its children edit (HIER-10)."""

    __tablename__ = "opened_field"
    kind: str = Field(sa_type=Text, primary_key=True)
    guid: str = Field(sa_type=Text, primary_key=True)
    field: str = Field(sa_type=Text, primary_key=True)
    changed_by: int


class ReplicationConflict(Row, table=True):
    """What a batch brought and could not be put as it came: both sides, and what became of it."""

    __tablename__ = "replication_conflict"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(sa_type=Text)
    guid: str = Field(sa_type=Text, index=True)
    name: str = Field(sa_type=Text)
    origin: str = Field(sa_type=Text)
    what: str = Field(sa_type=Text)  # overwritten, renamed, refused ...
    why: str = Field(sa_type=Text)
    ours: Any = Field(default=None, sa_type=Json, nullable=True)
    theirs: Any = Field(default=None, sa_type=Json, nullable=True)
    state: str = Field(sa_type=Text)  # waits, or by whom it was decided
    batch: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Moment)
    decided_at: datetime | None = Field(default=None, sa_type=Moment)


_BY_KEY = {"sqlite_with_rowid": False}  # kept in the order of its key, without a second tree for it


class ReplicationRuleRow(Ticked, table=True):
    """What goes to which neighbours, and when."""

    __tablename__ = "replication_rule"
    direction: str = Field(sa_type=Text)
    kinds: Any = Field(sa_type=Json)
    classes: Any = Field(default=None, sa_type=Json, nullable=True)
    servers: Any = Field(default=None, sa_type=Json, nullable=True)
    mode: str = Field(sa_type=Text)
    verify_pct: int | None = None
    until: str | None = Field(default=None, sa_type=Text)
    purge: bool = Field(default=False)
    forced: bool = Field(default=False)


class SentObject(Row, table=True):
    """An object that a neighbour has from this server, as it was sent last; `hash` is none where it must go again."""

    __tablename__ = "sent_object"
    __table_args__ = (
        sa.Index("ix_sent_object_again", "peer", "kind", postgresql_where=sa.text("hash IS NULL"),
                 sqlite_where=sa.text("hash IS NULL")),
        _BY_KEY,
    )  # fmt: skip
    peer: str = Field(sa_type=Text, primary_key=True)  # GUID of the server
    kind: str = Field(sa_type=Text, primary_key=True)
    guid: str = Field(sa_type=Text, primary_key=True)
    hash: str | None = Field(default=None, sa_type=Text)
    why: str | None = Field(default=None, sa_type=Text)  # it must go again: refused there, or found to differ


class LinkTrouble(Row, table=True):
    """Why a rule did not get through to a neighbour, or what came from one was refused: until it goes again."""

    __tablename__ = "link_trouble"
    __table_args__ = _BY_KEY
    peer: str = Field(sa_type=Text, primary_key=True)  # GUID of the server
    way: str = Field(sa_type=Text, primary_key=True)  # sends, takes
    rule: str = Field(sa_type=Text, primary_key=True)
    code: str = Field(sa_type=Text)
    said: str = Field(sa_type=Text)
    status: int  # the exit status that it called for
    times: int  # one after the other
    since: datetime = Field(sa_type=Moment)
    at: datetime = Field(sa_type=Moment)


class ArrivedSecret(Row, table=True):
    """The secret of a credential that a parent gave: sealed for the key of this server, until the vault takes it."""

    __tablename__ = "arrived_secret"
    __table_args__ = _BY_KEY
    guid: str = Field(sa_type=Text, primary_key=True)  # of the credential
    origin: str = Field(sa_type=Text)
    version: int
    sealed: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Moment)


class ArrivedEvent(Row, table=True):
    """What a run of another server came to on a computer, as that server told it (REPL-14)."""

    __tablename__ = "arrived_event"
    __table_args__ = (sa.Index("ix_arrived_event_arrived", "arrived_at"), _BY_KEY)
    origin: str = Field(sa_type=Text, primary_key=True)  # GUID of the server where it ran
    run: str = Field(sa_type=Text, primary_key=True)  # GUID of the run there
    computer: str = Field(sa_type=Text, primary_key=True)  # GUID of the computer
    attempt: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    came_from: str = Field(sa_type=Text)  # GUID of the neighbour that told of it
    server: str = Field(sa_type=Text)  # what the server where it ran calls itself
    number: int
    title: str = Field(sa_type=Text)
    policy: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    exit_status: int | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    message: str | None = Field(default=None, sa_type=Text)
    started_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    run_ended_at: datetime = Field(sa_type=Moment)
    arrived_at: datetime = Field(sa_type=Moment)


class SentMark(Row, table=True):
    """Up to where a rule has given a neighbour what changed, by kind."""

    __tablename__ = "sent_mark"
    __table_args__ = _BY_KEY
    peer: str = Field(sa_type=Text, primary_key=True)
    rule: str = Field(sa_type=Text, primary_key=True)  # GUID of the rule
    part: str = Field(sa_type=Text, primary_key=True)  # empty: the rule as a whole
    through: int  # change_set.seq; of a rule as a whole: how often it ran
    at: datetime = Field(sa_type=Moment)
