"""The tables of the room `policies`, as statements use them."""

from __future__ import annotations

import sqlalchemy as sa

from itmsctl.cmdb.nouns import table, table_of
from itmsctl.policies.kinds import POLICY, TICKED
from itmsctl.values.column import TableColumn, keys
from itmsctl.values.kind import Kind, house

policies = table_of(POLICY)
occurrences = table(
    "occurrence",
    *keys("policy_id"),
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
    *keys("policy_id"),
    TableColumn("resource_id", "int", key=True, ref="resource.id", cascade=True),
)


def driven() -> tuple[Kind, ...]:
    """Return the nouns that the tick drives: policies, and those of other rooms that have its columns."""
    return (POLICY, *(kind for kind in house().kinds() if kind.own == TICKED and kind.name != POLICY.name))


def driven_tables() -> tuple[sa.Table, ...]:
    """Return the tables of what the tick drives; ids are never given twice, so one tells which it is in."""
    return tuple(map(table_of, driven()))
