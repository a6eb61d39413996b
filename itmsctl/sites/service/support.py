"""The topology, for a support bundle: how many of what where. Names as in the bundle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.work import Reader
from itmsctl.sites.rows import computer_site, site, subnet

Named = Callable[[str, str | None], str | None]


def support(reader: Reader, names: Named) -> Iterator[tuple[str, Any]]:
    """Yield the part `topology` (hook)."""
    computers = _counted(reader, computer_site, sa.func.count(sa.distinct(computer_site.c.computer_id)))
    subnets = _counted(reader, subnet, sa.func.count())
    rows = reader.rows(sa.select(site).order_by(site.c.guid))
    sites = [
        {"site": names("site", row.name), "computers": computers.get(row.id, 0), "subnets": subnets.get(row.id, 0)}
        for row in rows
    ]
    from itmsctl.sites.service.server import SERVERS

    servers = [
        {
            "server": names("server", doc.name),
            "services": doc.fields["services"],
            "sites": [names("site", name) for name in doc.fields["sites"]],
        }
        for doc in SERVERS.list(reader)
    ]
    yield "topology", {"sites": sites, "site_servers": servers}


def _counted(reader: Reader, table: sa.Table, count: sa.ColumnElement[int]) -> dict[int, int]:
    statement = sa.select(table.c.site_id, count).where(table.c.site_id.is_not(None)).group_by(table.c.site_id)
    return {row[0]: row[1] for row in reader.connection.execute(statement)}
