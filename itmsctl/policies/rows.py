"""The tables of the room `policies`, as statements use them."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table, table_of
from itmsctl.policies.kinds import POLICY
from itmsctl.values.column import TableColumn, keys

policies = table_of(POLICY)
occurrences = table(
    "occurrence",
    TableColumn("policy_id", "int", key=True, ref="policy.id"),
    *keys("due", sql="time"),
    *keys("source", sql="text"),
    TableColumn("local", null=True),
    TableColumn("schedule_revision", "int", null=True),
    TableColumn("state"),
    TableColumn("run_id", "int", null=True, ref="run.id"),
    TableColumn("why", null=True),
    TableColumn("decided_at", "time"),
    TableColumn("change", "int"),
)
events = table(
    "policy_event", *keys("id"), TableColumn("name"), TableColumn("key", null=True), TableColumn("raised_at", "time")
)
seen = table(
    "policy_seen",
    TableColumn("policy_id", "int", key=True, ref="policy.id"),
    TableColumn("resource_id", "int", key=True, ref="resource.id", cascade=True),
)
