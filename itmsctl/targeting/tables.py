"""Rows of the room `targeting`. Filters, groups and targets are collections: one id space, one membership table."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Item, Row
from itmsctl.cmdb.types import Big, Json, Moment, Text


class Filter(Item, table=True):
    """A stored query (FILT-1): basic (static members), query (an expression) or sql."""

    __tablename__ = "filter"
    type: str = Field(sa_type=Text)
    where: str | None = Field(default=None, sa_type=Text)
    sql: str | None = Field(default=None, sa_type=Text)
    tree: Any = Field(default=None, sa_type=Json, nullable=True)  # the checked expression, so that updates never parse
    classes: Any = Field(
        default=None, sa_type=Json, nullable=True
    )  # the data classes (or views) that decide when to look again
    volatile: bool = Field(default=False)  # holds now(): looked at whole in every delta
    description: str | None = Field(default=None, sa_type=Text)


class OrgView(Item, table=True):
    """A hierarchical grouping of resources (ORG-1)."""

    __tablename__ = "org_view"
    description: str | None = Field(default=None, sa_type=Text)


class OrgGroup(Item, table=True):
    """A group of a view: static members, or an expression (ORG-2, ORG-3). A group holds its children's members."""

    __tablename__ = "org_group"
    view_id: int = Field(foreign_key="org_view.id", index=True)
    parent_id: int | None = Field(default=None, foreign_key="org_group.id", index=True)
    type: str = Field(sa_type=Text)
    where: str | None = Field(default=None, sa_type=Text)
    tree: Any = Field(default=None, sa_type=Json, nullable=True)
    classes: Any = Field(default=None, sa_type=Json, nullable=True)
    volatile: bool = Field(default=False)
    description: str | None = Field(default=None, sa_type=Text)


class Target(Item, table=True):
    """What tasks and policies aim at (TGT-1): views or groups, filters, exclusions, and an owner."""

    __tablename__ = "target"
    owner: str = Field(sa_type=Text)
    definition: Any = Field(sa_type=Json)
    description: str | None = Field(default=None, sa_type=Text)


class TargetPart(Row, table=True):
    """A collection that a target is made of; decides which targets a membership change invalidates (TGT-3)."""

    __tablename__ = "target_part"
    __table_args__ = (sa.Index("ix_target_part_collection", "collection_id"),)
    target_id: int = Field(foreign_key="target.id", primary_key=True, ondelete="CASCADE")
    collection_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})


class StaticMember(Row, table=True):
    """A resource put into a basic filter or static group by hand."""

    __tablename__ = "static_member"
    __table_args__ = (sa.Index("ix_static_member_resource", "resource_id"),)
    collection_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    resource_id: int = Field(foreign_key="resource.id", primary_key=True, ondelete="CASCADE")


class Member(Row, table=True):
    """Materialised membership (FILT-6)."""

    __tablename__ = "member"
    __table_args__ = (
        sa.Index("ix_member_resource", "resource_id", "collection_id"),
        {"sqlite_with_rowid": False},
    )
    collection_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    resource_id: int = Field(foreign_key="resource.id", primary_key=True, ondelete="CASCADE")


class MemberLog(Row, table=True):
    """Append-only: who entered or left a collection in which run, so that `members --as-of` can answer."""

    __tablename__ = "member_log"
    __table_args__ = (
        sa.Index("ix_member_log_collection", "collection_id", "run_id"),
        {"sqlite_autoincrement": True},
    )
    seq: int | None = Field(default=None, primary_key=True, sa_type=Big)
    run_id: int
    collection_id: int
    resource_id: int
    added: bool


class FormerMember(Row, table=True):
    """Who a resource was that is gone, so that the log of membership can still name it."""

    __tablename__ = "former_member"
    resource_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    guid: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)


class MembershipRun(Row, table=True):
    """One membership update (MEMB-10)."""

    __tablename__ = "membership_run"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(sa_type=Text)  # delta, complete, policy, definition, departure
    started_at: datetime = Field(sa_type=Moment)
    ended_at: datetime = Field(sa_type=Moment, index=True)
    filters: int
    groups: int
    targets: int
    computers: int
    added: int
    removed: int


class CollectionState(Row, table=True):
    """What the next delta has to do for a collection."""

    __tablename__ = "collection_state"
    collection_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    kind: str = Field(sa_type=Text)  # filter, group, target
    stale: bool = Field(default=True)  # its definition changed: look at it whole
    updated_at: datetime | None = Field(default=None, sa_type=Moment)
    seen_seq: int = Field(default=0, sa_type=Big)  # dirty.seq up to which it was looked at whole
