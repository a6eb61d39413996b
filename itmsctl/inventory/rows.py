"""The tables of inventory that statements use, but those of its data classes (`service.class_tables`)."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table, table_of
from itmsctl.inventory.kinds import INVENTORY_POLICY
from itmsctl.values.column import TableColumn, keys


def _computer(ref: str = "inventory_computer.computer_id") -> TableColumn:
    return TableColumn("computer_id", "int", key=True, ref=ref, cascade=True)


inventory_computers = table(
    "inventory_computer", _computer("resource.id"), TableColumn("first_at", "time"), TableColumn("last_at", "time")
)
inventory_states = table(
    "inventory_state",
    _computer(),
    *keys("class_name", sql="text"),
    TableColumn("source"),
    TableColumn("digest", null=True),
    TableColumn("row_count", "int"),
    TableColumn("collected_at", "time", null=True),
    TableColumn("changed_at", "time", null=True),
    TableColumn("unread", null=True),
    TableColumn("unread_at", "time", null=True),
    TableColumn("faults", "json", null=True),
    TableColumn("epoch", "int"),
    TableColumn("counter", "int"),
    TableColumn("told", "big", null=True),
    TableColumn("volatile", "big", null=True),
    TableColumn("stored_by", "int", null=True),
)
inventory_digests = table(
    "inventory_digests", _computer(), *keys("class_name", sql="text"), TableColumn("packed", "bytes")
)
inventory_closed = table(
    "inventory_closed",
    _computer(),
    *keys("class_name", sql="text"),
    *keys("row_key", sql="big"),
    *keys("since", sql="time"),
    TableColumn("until", "time"),
    TableColumn("row"),
)
inventory_churn = table("inventory_churn", *keys("class_name", "column_name", sql="text"), TableColumn("count", "big"))
inventory_policies = table_of(INVENTORY_POLICY)
inventory_files = table(
    "inventory_file",
    *keys("digest", sql="text"),
    TableColumn("name"),
    TableColumn("state"),
    TableColumn("why", null=True),
    TableColumn("computer", null=True),
    TableColumn("computers", "int"),
    TableColumn("bytes", "big"),
    TableColumn("times", "int"),
    TableColumn("duplicates", "int"),
    TableColumn("first_at", "time"),
    TableColumn("last_at", "time"),
)
inventory_set_aside = table("inventory_set_aside", *keys("guid", sql="text"), TableColumn("held", "bytes"))
