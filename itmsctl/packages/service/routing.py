"""From where a computer takes a package: the rules of sites, and what is on servers now (`packages.route`)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.packages.copies import CopyState
from itmsctl.packages.route import Outlet, Route, RouteAsked, route
from itmsctl.packages.rows import copies
from itmsctl.packages.service.copy_states import state_of
from itmsctl.packages.service.packages import PACKAGES
from itmsctl.sites.estate import PACKAGE
from itmsctl.sites.rows import server as servers
from itmsctl.sites.selection import Requester, select
from itmsctl.sites.service.choice import servers_for
from itmsctl.sites.service.estate import addresses_of_all, estate_of


def route_of(reader: Reader, computer: str, package: str | None = None) -> tuple[RouteAsked, Route]:
    """Return what was asked and the sources of a computer or an address, for a package or for any.

    Raises NotFoundError.
    """
    found = PACKAGES.get(reader, package) if package is not None else None
    selection = servers_for(reader, computer, PACKAGE).selection
    digest = (found.fields["manifest"] or "") if found is not None else None
    asked = RouteAsked(selection, outlets_of(reader, found), digest)
    return asked, route(asked)


def routes_of(reader: Reader, computers: Sequence[int], package: Doc) -> dict[int, Route]:
    """Return the sources of many computers for a package, by their ids: servers and states are read once."""
    estate, outlets = estate_of(reader), outlets_of(reader, package)
    by_name = {server.name: server.sites for server in estate.servers}
    hosts = reader.connection.execute(
        sa.select(servers.c.computer_id, servers.c.name).where(
            member_of(reader.connection, servers.c.computer_id, computers)
        )
    )
    by_hand = {row.computer_id: by_name.get(row.name, frozenset()) for row in hosts}
    addresses = addresses_of_all(reader, computers)
    found: dict[int, Route] = {}
    asked: dict[tuple[tuple[bytes, ...], frozenset[str]], Route] = {}
    for computer in computers:
        key = (addresses[computer], by_hand.get(computer, frozenset()))
        if key not in asked:
            selection = select(estate, Requester(*key), PACKAGE)
            asked[key] = route(RouteAsked(selection, outlets, package.fields["manifest"] or ""))
        found[computer] = asked[key]
    return found


def outlets_of(reader: Reader, package: Doc | None) -> dict[str, Outlet]:
    """Return what each server has: its URLs, and the state of a package there."""
    states: dict[int, CopyState] = {}
    if package is not None:
        rows = reader.connection.execute(sa.select(copies).where(copies.c.package_id == package.id))
        states = {row.server_id: state_of(reader, row, package.fields["manifest"])[0] for row in rows}
    named = reader.connection.execute(sa.select(servers.c.id, servers.c.name, servers.c.urls))
    return {row.name: Outlet(tuple(row.urls or ()), states.get(row.id)) for row in named}
