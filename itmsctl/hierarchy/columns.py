"""What a person sees of management servers and gateways."""

from __future__ import annotations

from itmsctl.cli.noun_columns import columns_of
from itmsctl.hierarchy import kinds

MANAGEMENT_SERVER = columns_of(
    kinds.MANAGEMENT_SERVER, "parent", "site", "sites", "endpoints", "database", "description"
)
GATEWAY = columns_of(kinds.GATEWAY, "servers", "zone", "agents", "concurrent", "virtual", "description")
