"""The ground's own tables: who changed what, what was deleted, what is waiting to be looked at."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table
from itmsctl.values.column import Column, keys

meta = table("meta", *keys("key", sql="text"), Column("value"))
counters = table("id_block", *keys("name", sql="text"), Column("next", "big"))
change_sets = table(
    "change_set",
    *keys("id"),
    Column("seq", "int"),
    Column("guid"),
    Column("at", "time"),
    Column("actor"),
    Column("command"),
    Column("reason"),
    Column("summary", "json"),
    Column("digest"),
    Column("batch_digest", null=True),
    Column("idempotency_key", null=True),
    Column("prev_hash"),
    Column("hash"),
)
changes = table(
    "change",
    Column("change_set", "int", key=True, ref="change_set.id"),
    *keys("ord"),
    Column("kind"),
    Column("guid"),
    Column("name"),
    Column("action"),
    Column("before", null=True),
    Column("after", null=True),
)
heads = table("chain_head", *keys("id"), Column("seq", "int"), Column("hash"))
checkpoints = table(
    "chain_checkpoint",
    *keys("id"),
    Column("seq", "int"),
    Column("hash"),
    Column("at", "time"),
    Column("changes", "big"),
    Column("digest"),
    Column("actor"),
    Column("purged_at", "time"),
)
tombstones = table(
    "tombstone",
    *keys("guid", sql="text"),
    Column("kind"),
    Column("name"),
    Column("origin"),
    Column("change_set", "int"),
    Column("at", "time"),
    Column("item_id", "int"),
    Column("revision", "int"),
    Column("created_at", "time"),
)
blobs = table("blob", *keys("sha256", sql="bytes"), Column("size", "int"), Column("data", "bytes"))
dirty = table("dirty", *keys("seq", sql="big"), Column("resource_id", "int"), Column("class_name"))
leases = table(
    "lease",
    *keys("name", sql="text"),
    Column("owner"),
    Column("token", "int"),
    Column("taken_at", "time"),
    Column("expires_at", "time"),
)
