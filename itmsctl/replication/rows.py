"""The tables of the room `replication`, as statements use them."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table
from itmsctl.values.column import TableColumn, keys

sent_batches = table(
    "batch_sent",
    TableColumn("peer", key=True),
    TableColumn("epoch", "int", key=True),
    TableColumn("seq", "int", key=True),
    TableColumn("rule"),
    TableColumn("mode"),
    TableColumn("run"),
    TableColumn("part", "int"),
    TableColumn("last", "bool"),
    TableColumn("size", "int"),
    TableColumn("records", "int"),
    TableColumn("raw", "int"),
    TableColumn("sha256"),
    TableColumn("state"),
    TableColumn("made_at", "time"),
    TableColumn("settled_at", "time", null=True),
    TableColumn("reply", "json", null=True),
)
taken_batches = table(
    "batch_taken",
    TableColumn("origin", key=True),
    TableColumn("epoch", "int", key=True),
    TableColumn("seq", "int", key=True),
    TableColumn("nonce"),
    TableColumn("rule"),
    TableColumn("mode"),
    TableColumn("run"),
    TableColumn("part", "int"),
    TableColumn("last", "bool"),
    TableColumn("size", "int"),
    TableColumn("records", "int"),
    TableColumn("sha256"),
    TableColumn("made_at", "time"),
    TableColumn("taken_at", "time"),
    TableColumn("reply", "json", null=True),
)
replicated_objects = table(
    "replicated_object",
    *keys("kind", "guid", sql="text"),
    *(TableColumn(name) for name in ("name", "origin", "owner", "rule", "hash", "held")),
    TableColumn("opened", "json", null=True),
    TableColumn("sent", "json", null=True),
    TableColumn("state"),
    TableColumn("changed_at", "time"),
    TableColumn("batch"),
    TableColumn("at", "time"),
)
opened_fields = table("opened_field", *keys("kind", "guid", "field", sql="text"), TableColumn("changed_by", "int"))
replication_conflicts = table(
    "replication_conflict",
    *keys("id"),
    *(TableColumn(name) for name in ("kind", "guid", "name", "origin", "what", "why")),
    TableColumn("ours", "json", null=True),
    TableColumn("theirs", "json", null=True),
    TableColumn("state"),
    TableColumn("batch"),
    TableColumn("at", "time"),
    TableColumn("decided_at", "time", null=True),
)
link_troubles = table(
    "link_trouble",
    *keys("peer", "way", "rule", sql="text"),
    TableColumn("code"),
    TableColumn("said"),
    TableColumn("status", "int"),
    TableColumn("times", "int"),
    TableColumn("since", "time"),
    TableColumn("at", "time"),
)
arrived_secrets = table(
    "arrived_secret", *keys("guid", sql="text"), TableColumn("origin"), TableColumn("version", "int"),
    TableColumn("sealed"), TableColumn("at", "time"),
)  # fmt: skip
sent_objects = table(
    "sent_object",
    *keys("peer", "kind", "guid", sql="text"),
    TableColumn("hash", null=True),
    TableColumn("why", null=True),
)
sent_marks = table(
    "sent_mark", *keys("peer", "rule", "part", sql="text"), TableColumn("through", "int"), TableColumn("at", "time")
)
arrived_events = table(
    "arrived_event",
    *keys("origin", "run", "computer", sql="text"),
    TableColumn("attempt", "int", key=True),
    TableColumn("came_from"),
    TableColumn("server"),
    TableColumn("number", "int"),
    *(TableColumn(name) for name in ("title", "policy", "name", "state")),
    TableColumn("exit_status", "int", null=True),
    TableColumn("reason", null=True),
    TableColumn("message", null=True),
    TableColumn("started_at", "time", null=True),
    TableColumn("ended_at", "time", null=True),
    TableColumn("run_ended_at", "time"),
    TableColumn("arrived_at", "time"),
)
