"""What a person sees of management servers and gateways."""

from __future__ import annotations

from itmsctl.cli.noun_columns import columns_of, wide
from itmsctl.cli.output import Column
from itmsctl.hierarchy import kinds

MANAGEMENT_SERVER = columns_of(
    kinds.MANAGEMENT_SERVER, "parent", "site", "sites", "endpoints", "database", "description"
)
GATEWAY = columns_of(kinds.GATEWAY, "servers", "zone", "agents", "concurrent", "virtual", "description")

PEER = (
    Column("name"),
    Column("relation"),
    Column("state"),
    Column("channel"),
    Column("address"),
    Column("seen_at", "SEEN"),
    *wide("key", "epoch", "above", "host_keys", "joined_at", "skew_s", "id"),
)
"""A server of the hierarchy."""
