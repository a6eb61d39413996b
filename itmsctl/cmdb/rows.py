"""The ground's own tables: who changed what, what was deleted, what is waiting to be looked at."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table
from itmsctl.values.column import TableColumn, keys

meta = table("meta", *keys("key", sql="text"), TableColumn("value"))
counters = table("id_block", *keys("name", sql="text"), TableColumn("next", "big"))
change_sets = table(
    "change_set",
    *keys("id"),
    TableColumn("seq", "int"),
    TableColumn("guid"),
    TableColumn("at", "time"),
    TableColumn("actor"),
    TableColumn("command"),
    TableColumn("reason"),
    TableColumn("summary", "json"),
    TableColumn("digest"),
    TableColumn("batch_digest", null=True),
    TableColumn("idempotency_key", null=True),
    TableColumn("prev_hash"),
    TableColumn("hash"),
)
changes = table(
    "change",
    TableColumn("change_set", "int", key=True, ref="change_set.id"),
    *keys("ord"),
    TableColumn("kind"),
    TableColumn("guid"),
    TableColumn("name"),
    TableColumn("action"),
    TableColumn("before", null=True),
    TableColumn("after", null=True),
)
heads = table("chain_head", *keys("id"), TableColumn("seq", "int"), TableColumn("hash"))
checkpoints = table(
    "chain_checkpoint",
    *keys("id"),
    TableColumn("seq", "int"),
    TableColumn("hash"),
    TableColumn("at", "time"),
    TableColumn("changes", "big"),
    TableColumn("digest"),
    TableColumn("actor"),
    TableColumn("purged_at", "time"),
)
tombstones = table(
    "tombstone",
    *keys("guid", sql="text"),
    TableColumn("kind"),
    TableColumn("name"),
    TableColumn("origin"),
    TableColumn("change_set", "int"),
    TableColumn("at", "time"),
    TableColumn("item_id", "int"),
    TableColumn("revision", "int"),
    TableColumn("created_at", "time"),
)
blobs = table("blob", *keys("sha256", sql="bytes"), TableColumn("size", "int"), TableColumn("data", "bytes"))
dirty = table("dirty", *keys("seq", sql="big"), TableColumn("resource_id", "int"), TableColumn("class_name"))
leases = table(
    "lease",
    *keys("name", sql="text"),
    TableColumn("owner"),
    TableColumn("token", "int"),
    TableColumn("taken_at", "time"),
    TableColumn("expires_at", "time"),
)
