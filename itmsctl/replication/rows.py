"""The tables of the room `replication`, as statements use them."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table
from itmsctl.values.column import TableColumn

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
