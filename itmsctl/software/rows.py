"""The tables of software that statements use."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table, table_of
from itmsctl.software.kinds import SOFTWARE
from itmsctl.values.column import TableColumn, keys

software = table_of(SOFTWARE)
states = table(
    "software_state",
    TableColumn("software_id", "int", key=True, ref="software.id", cascade=True),
    TableColumn("computer_id", "int", key=True, ref="computer.id", cascade=True),
    TableColumn("state"),
    TableColumn("reason"),
    TableColumn("source"),
    TableColumn("restart_boot", null=True),
    TableColumn("restart_action", null=True),
    TableColumn("since", "time"),
    TableColumn("told_at", "time"),
)
judgings = table(
    "software_judging",
    TableColumn("software_id", "int", key=True, ref="software.id", cascade=True),
    TableColumn("judged_by", null=True),
    TableColumn("judged_at", "time", null=True),
    TableColumn("coming", null=True),
    TableColumn("after_id", "int", null=True),
)
due = table("software_due", *keys("class_name", sql="text"), *keys("computer_id"))
