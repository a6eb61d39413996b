"""The tables of the room `sites`, as statements use them, and when an address lies in a subnet."""

from __future__ import annotations

import sqlalchemy as sa

from itmsctl.cmdb.nouns import pairs_of, table, table_of, view
from itmsctl.resources.rows import addresses
from itmsctl.sites.kinds import SERVER, SITE, SUBNET
from itmsctl.values.addresses import prefix
from itmsctl.values.column import TableColumn, keys

site = table_of(SITE)
subnet = table_of(SUBNET)
computer_site = table(
    "computer_site",
    TableColumn("computer_id", "int", key=True, ref="computer.id", cascade=True),
    TableColumn("subnet_id", "int", key=True, ref="subnet.id"),
    TableColumn("site_id", "int", null=True, ref="site.id"),
)
server = table_of(SERVER)
server_service = table(
    "site_server_service",
    TableColumn("server_id", "int", key=True, ref="site_server.id", cascade=True),
    *keys("service", sql="text"),
)
(server_site,) = (pairs_of(SERVER, field, link) for field, link in SERVER.links)
# Where each computer is, by the names of sites and subnets.
places = view("v_computer_site", "computer_id", "site", "subnet")

_IPV4 = prefix("0.0.0.0/0")


def address_in_subnet() -> sa.ColumnElement[bool]:
    """Return the condition that a row of `addresses` lies in a row of `subnet`; families never mix."""
    within = sa.and_(subnet.c.start <= addresses.c.address, addresses.c.address <= subnet.c.end)
    subnet_is_ipv4 = sa.and_(subnet.c.start >= _IPV4.start, subnet.c.end <= _IPV4.end)
    return sa.and_(within, sa.or_(subnet_is_ipv4, sa.not_(addresses.c.address.between(_IPV4.start, _IPV4.end))))
