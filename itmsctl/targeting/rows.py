"""The tables of the room `targeting`, as statements use them."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table, table_of
from itmsctl.targeting.kinds import FILTER, GROUP, TARGET, VIEW
from itmsctl.values.column import Column, keys

filters = table_of(FILTER)
views = table_of(VIEW)
groups = table_of(GROUP)
targets = table_of(TARGET)
target_parts = table(
    "target_part", Column("target_id", "int", key=True, ref="target.id", cascade=True), *keys("collection_id")
)
static_members = table(
    "static_member", *keys("collection_id"), Column("resource_id", "int", key=True, ref="resource.id", cascade=True)
)
members = table(
    "member", *keys("collection_id"), Column("resource_id", "int", key=True, ref="resource.id", cascade=True)
)
member_log = table(
    "member_log",
    *keys("seq", sql="big"),
    Column("run_id", "int"),
    Column("collection_id", "int"),
    Column("resource_id", "int"),
    Column("added", "bool"),
)
former_members = table("former_member", *keys("resource_id"), Column("guid"), Column("name"))
runs = table(
    "membership_run",
    *keys("id"),
    Column("kind"),
    Column("started_at", "time"),
    Column("ended_at", "time"),
    Column("filters", "int"),
    Column("groups", "int"),
    Column("targets", "int"),
    Column("computers", "int"),
    Column("added", "int"),
    Column("removed", "int"),
)
states = table(
    "collection_state",
    *keys("collection_id"),
    Column("kind"),
    Column("stale", "bool", default=True),
    Column("updated_at", "time", null=True),
    Column("seen_seq", "big", default=0),
)

TABLES = {"filter": filters, "view": views, "group": groups, "target": targets}
