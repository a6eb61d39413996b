"""Tables by light clauses: what a statement needs of a table whose row class is too dear, or another room's."""

from __future__ import annotations

import sqlalchemy as sa

from itmsctl.values.addresses import prefix


def table_of(row_class: type) -> sa.Table:
    """Answer the table of a row class."""
    table: sa.Table = row_class.__table__  # type: ignore[attr-defined]  # SQLModel adds it
    return table


def _light(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(column) for column in columns))


site = _light(
    "site",
    "id",
    "guid",
    "name",
    "name_key",
    "time_zone",
    "region",
    "management_server",
    "force_task_servers",
    "link_kbit",
    "endpoints",
)
subnet = sa.table(
    "subnet",
    sa.column("id", sa.Integer),
    sa.column("name", sa.Text),
    sa.column("start", sa.LargeBinary),
    sa.column("end", sa.LargeBinary),
    sa.column("site_id", sa.Integer),
    sa.column("boot_relay", sa.Text),
)
computer_site = _light("computer_site", "computer_id", "subnet_id", "site_id")
server = sa.table(
    "site_server",
    sa.column("id", sa.Integer),
    sa.column("guid", sa.Text),
    sa.column("name", sa.Text),
    sa.column("name_key", sa.Text),
    sa.column("computer_id", sa.Integer),
    sa.column("constrained", sa.Boolean),
    sa.column("desktop_os", sa.Boolean),
    sa.column("max_sessions", sa.Integer),
    sa.column("cores", sa.Integer),
    sa.column("ram_gb", sa.Float),
    sa.column("disk_gb", sa.Integer),
    sa.column("virtual", sa.Boolean),
)
server_service = _light("site_server_service", "server_id", "service")
server_site = _light("site_server_site", "server_id", "site_id")
address = sa.table(
    "computer_address",
    sa.column("computer_id", sa.Integer),
    sa.column("ord", sa.Integer),
    sa.column("text", sa.Text),
    sa.column("address", sa.LargeBinary),
)


_IPV4 = prefix("0.0.0.0/0")


def address_in_subnet() -> sa.ColumnElement[bool]:
    """Return the condition that a row of `address` lies in a row of `subnet`; families never mix."""
    within = sa.and_(subnet.c.start <= address.c.address, address.c.address <= subnet.c.end)
    subnet_is_ipv4 = sa.and_(subnet.c.start >= _IPV4.start, subnet.c.end <= _IPV4.end)
    return sa.and_(within, sa.or_(subnet_is_ipv4, sa.not_(address.c.address.between(_IPV4.start, _IPV4.end))))
