"""The tables of the room `policies`, as statements use them."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table, table_of
from itmsctl.policies.kinds import POLICY
from itmsctl.values.column import Column, keys

policies = table_of(POLICY)
occurrences = table(
    "occurrence",
    Column("policy_id", "int", key=True, ref="policy.id"),
    *keys("due", sql="time"),
    *keys("source", sql="text"),
    Column("local", null=True),
    Column("schedule_revision", "int", null=True),
    Column("state"),
    Column("run_id", "int", null=True, ref="run.id"),
    Column("why", null=True),
    Column("decided_at", "time"),
    Column("change", "int"),
)
events = table("policy_event", *keys("id"), Column("name"), Column("key", null=True), Column("raised_at", "time"))
seen = table(
    "policy_seen",
    Column("policy_id", "int", key=True, ref="policy.id"),
    Column("resource_id", "int", key=True, ref="resource.id", cascade=True),
)
