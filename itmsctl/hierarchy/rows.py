"""The tables of the room `hierarchy`, as statements use them."""

from __future__ import annotations

from itmsctl.cmdb.nouns import pairs_of, table_of
from itmsctl.hierarchy.kinds import MANAGEMENT_SERVER

management_servers = table_of(MANAGEMENT_SERVER)
(managed_sites,) = (pairs_of(MANAGEMENT_SERVER, field, link) for field, link in MANAGEMENT_SERVER.links)
