"""What this room says of computers when they are listed or shown (resources/hooks.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.sites.rows import computer_site, server, site, subnet


def computer_fields(reader: Reader, computers: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return sites and subnets of computers, each by name."""
    found: dict[int, dict[str, Any]] = {i: {"site": [], "subnet": []} for i in computers}
    for row in reader.connection.execute(_places(reader, computers)):
        fields = found[row.computer_id]
        fields["subnet"].append(row.subnet)
        if row.site is not None and row.site not in fields["site"]:
            fields["site"].append(row.site)
    for fields in found.values():
        fields["site"].sort()
    return found


def computer_sections(reader: Reader, computers: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return the role as a site server, for those that have one."""
    if not server_names(reader, computers):
        return {}
    from itmsctl.sites.service.server import SERVERS

    return {
        computer: {"server": [{"services": doc.fields["services"], "sites": doc.fields["sites"], "id": doc.guid}]}
        for computer, doc in SERVERS.on_computers(reader, computers).items()
    }


def server_names(reader: Reader, computers: Sequence[int]) -> list[str]:
    """Return the names of those that are site servers, five of them at most."""
    statement = sa.select(server.c.name).where(member_of(reader.connection, server.c.computer_id, computers))
    return list(reader.connection.execute(statement.order_by(server.c.name).limit(5)).scalars())


def _places(reader: Reader, computers: Sequence[int]) -> sa.Select[Any]:
    joined = computer_site.join(subnet, subnet.c.id == computer_site.c.subnet_id)
    joined = joined.outerjoin(site, site.c.id == computer_site.c.site_id)
    statement = sa.select(computer_site.c.computer_id, subnet.c.name.label("subnet"), site.c.name.label("site"))
    statement = statement.select_from(joined).order_by(subnet.c.start, subnet.c.end.desc())
    return statement.where(member_of(reader.connection, computer_site.c.computer_id, computers))
