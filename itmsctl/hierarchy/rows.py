"""The tables of the room `hierarchy`, as statements use them."""

from __future__ import annotations

from itmsctl.cmdb.nouns import pairs_of, table, table_of
from itmsctl.hierarchy.kinds import MANAGEMENT_SERVER
from itmsctl.values.column import TableColumn, keys

management_servers = table_of(MANAGEMENT_SERVER)
(managed_sites,) = (pairs_of(MANAGEMENT_SERVER, field, link) for field, link in MANAGEMENT_SERVER.links)
peers = table(
    "peer",
    *keys("id"),
    TableColumn("guid"),
    TableColumn("name"),
    TableColumn("relation"),
    TableColumn("channel"),
    TableColumn("address", null=True),
    TableColumn("public_key", null=True),
    TableColumn("host_keys", "json", null=True),
    TableColumn("nonce"),
    TableColumn("epoch", "int"),
    TableColumn("above", "json", null=True),
    TableColumn("state"),
    TableColumn("joined_at", "time"),
    TableColumn("seen_at", "time", null=True),
    TableColumn("skew_s", "real", null=True),
    TableColumn("changed_by", "int"),
)
