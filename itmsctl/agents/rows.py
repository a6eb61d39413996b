"""The tables of the room `agents`, as statements use them."""

from __future__ import annotations

from itmsctl.agents.kinds import AGENT_SETTINGS
from itmsctl.cmdb.nouns import table, table_of
from itmsctl.values.column import TableColumn, keys

agent_settings = table_of(AGENT_SETTINGS)
agents = table(
    "agent",
    *keys("id"),
    TableColumn("guid"),
    TableColumn("name"),
    TableColumn("state"),
    TableColumn("why", null=True),
    TableColumn("public_key"),
    TableColumn("machine"),
    TableColumn("computer_id", "int", null=True),
    TableColumn("told", "json", null=True),
    TableColumn("version", null=True),
    TableColumn("registered_at", "time"),
    TableColumn("decided_at", "time", null=True),
    TableColumn("seen_at", "time", null=True),
    TableColumn("number", "int"),
    TableColumn("recent", "json", null=True),
    TableColumn("policy", "int"),
    TableColumn("content", null=True),
    TableColumn("expires_at", "time", null=True),
    TableColumn("taken", "int"),
    TableColumn("again", "json", null=True),
    TableColumn("changed_by", "int"),
    TableColumn("group_id", "int", null=True),
)
agent_groups = table("agent_group", *keys("id"), TableColumn("settings"), TableColumn("sources", "json"))
agent_sources = table("agent_source", *keys("key", sql="text"), TableColumn("part"))
