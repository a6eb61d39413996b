"""The tables of the room, and the two statements that everything starts from."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader
from itmsctl.expressions.registry import COMPUTER, Registry
from itmsctl.expressions.rowsql import class_table
from itmsctl.resources.service.scope import addresses, computers, resources, scoped, table_of
from itmsctl.targeting.tables import (
    CollectionState,
    Filter,
    FormerMember,
    Member,
    MemberLog,
    MembershipRun,
    OrgGroup,
    OrgView,
    StaticMember,
    Target,
    TargetPart,
)

__all__ = ["addresses", "computers", "resources", "scoped"]

filters = table_of(Filter)
views = table_of(OrgView)
groups = table_of(OrgGroup)
targets = table_of(Target)
target_parts = table_of(TargetPart)
static_members = table_of(StaticMember)
members = table_of(Member)
member_log = table_of(MemberLog)
former_members = table_of(FormerMember)
runs = table_of(MembershipRun)
states = table_of(CollectionState)

# What writers append for delta membership: the ground's own table, without the price of importing it.
dirty_rows = sa.table("dirty", sa.column("seq"), sa.column("resource_id"), sa.column("class_name"))

TABLES = {"filter": filters, "view": views, "group": groups, "target": targets}


def all_computers(reader: Reader) -> sa.Select[Any]:
    """Answer the SELECT of the ids of every computer that the reader may see."""
    return scoped(sa.select(computers.c.id), reader)


def viewed_computers(registry: Registry | None = None) -> sa.TableClause:
    """Answer the class `computer` of the filter language, to be joined where an expression is compiled."""
    return class_table(registry or Registry.default(), COMPUTER)


def members_of(collections: frozenset[int]) -> sa.Select[Any]:
    """Answer the SELECT of who is in any of these collections; a computer of several comes several times."""
    return sa.select(members.c.resource_id).where(members.c.collection_id.in_(sorted(collections)))
