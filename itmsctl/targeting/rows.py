"""The tables of the room `targeting`, as statements use them."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table, table_of
from itmsctl.targeting.kinds import FILTER, GROUP, TARGET, VIEW
from itmsctl.values.column import TableColumn, keys

filters = table_of(FILTER)
views = table_of(VIEW)
groups = table_of(GROUP)
targets = table_of(TARGET)
target_parts = table(
    "target_part", TableColumn("target_id", "int", key=True, ref="target.id", cascade=True), *keys("collection_id")
)
static_members = table(
    "static_member",
    *keys("collection_id"),
    TableColumn("resource_id", "int", key=True, ref="resource.id", cascade=True),
)
members = table(
    "member", *keys("collection_id"), TableColumn("resource_id", "int", key=True, ref="resource.id", cascade=True)
)
member_log = table(
    "member_log",
    *keys("seq", sql="big"),
    TableColumn("run_id", "int"),
    TableColumn("collection_id", "int"),
    TableColumn("resource_id", "int"),
    TableColumn("added", "bool"),
)
former_members = table("former_member", *keys("resource_id"), TableColumn("guid"), TableColumn("name"))
runs = table(
    "membership_run",
    *keys("id"),
    TableColumn("kind"),
    TableColumn("started_at", "time"),
    TableColumn("ended_at", "time"),
    TableColumn("filters", "int"),
    TableColumn("groups", "int"),
    TableColumn("targets", "int"),
    TableColumn("computers", "int"),
    TableColumn("added", "int"),
    TableColumn("removed", "int"),
)
states = table(
    "collection_state",
    *keys("collection_id"),
    TableColumn("kind"),
    TableColumn("stale", "bool", default=True),
    TableColumn("updated_at", "time", null=True),
    TableColumn("seen_seq", "big", default=0),
)

TABLES = {"filter": filters, "view": views, "group": groups, "target": targets}
