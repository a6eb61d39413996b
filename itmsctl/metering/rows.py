"""The tables of metering that statements use."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table, table_of
from itmsctl.metering.kinds import METERING_POLICY
from itmsctl.values.column import TableColumn, keys

_COMPUTER = TableColumn("computer_id", "int", key=True, ref="resource.id", cascade=True)
_SUMS = (
    TableColumn("starts", "int"),
    TableColumn("seconds", "real"),
    TableColumn("peak", "int"),
    TableColumn("denials", "int"),
)

metering_policies = table_of(METERING_POLICY)
metered_programs = table(
    "metering_program",
    *keys("program_id", sql="big"),
    TableColumn("program"),
    TableColumn("file_name"),
    TableColumn("path", null=True),
    TableColumn("product", null=True),
    TableColumn("vendor", null=True),
    TableColumn("version", null=True),
    TableColumn("version_key", null=True),
)
metering_states = table(
    "metering_state",
    _COMPUTER,
    *keys("class_name", sql="text"),
    TableColumn("collected_at", "time", null=True),
    TableColumn("begun_at", "time", null=True),
    TableColumn("source"),
    TableColumn("unread", null=True),
    TableColumn("positions", "json", null=True),
)
metered_parts = table("metering_part", _COMPUTER, *keys("digest", sql="text"), TableColumn("stored_at", "time"))
usages = table(
    "metering_usage",
    _COMPUTER,
    *keys("program_id", sql="big"),
    TableColumn("first_used", "time", null=True),
    TableColumn("last_used", "time", null=True),
    TableColumn("last_user", null=True),
    *_SUMS,
    TableColumn("last_denied", "time", null=True),
    TableColumn("violations", "int"),
    TableColumn("last_violated", "time", null=True),
)
usage_days = table(
    "metering_day",
    _COMPUTER,
    *keys("day", sql="text"),
    *keys("program_id", sql="big"),
    *keys("user_name", sql="text"),
    *_SUMS,
    TableColumn("violations", "int"),
)
usage_events = table(
    "metering_event",
    _COMPUTER,
    *keys("at", sql="time"),
    *keys("ord"),
    TableColumn("program_id", "big"),
    TableColumn("event"),
    TableColumn("user_name", null=True),
    TableColumn("seconds", "real", null=True),
    TableColumn("process", "big", null=True),
    TableColumn("violation", "bool", default=False),
    TableColumn("source"),
)
