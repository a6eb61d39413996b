"""A snapshot of all sites, subnets and site servers, read again for every answer: nothing is cached (SITE-28)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.resources.rows import addresses as address
from itmsctl.sites.estate import Estate, EstateServer
from itmsctl.sites.rows import server, server_service, server_site, site, subnet
from itmsctl.sites.subnets import SubnetRange
from itmsctl.values.addresses import Prefix

_K = TypeVar("_K")
_V = TypeVar("_V")


def estate_of(reader: Reader) -> Estate:
    """Return the estate as it is recorded now."""
    return Estate.of(reader.connection.execute(sa.select(site.c.name)).scalars(), subnets(reader), servers(reader))


def subnets(reader: Reader) -> list[SubnetRange]:
    """Return every subnet with the name of its site."""
    statement = sa.select(subnet.c.start, subnet.c.end, site.c.name, subnet.c.boot_relay).select_from(
        subnet.outerjoin(site, site.c.id == subnet.c.site_id)
    )
    rows = reader.connection.execute(statement)
    return [SubnetRange(Prefix(bytes(start), bytes(end)), name or "", relay or "") for start, end, name, relay in rows]


def servers(reader: Reader) -> list[EstateServer]:
    """Return every site server with its services, the sites given by hand, and the IP addresses of its computer."""
    run = reader.connection.execute
    services = _grouped(run(sa.select(server_service.c.server_id, server_service.c.service)))
    by_hand = sa.select(server_site.c.server_id, site.c.name).join_from(
        server_site, site, site.c.id == server_site.c.site_id
    )
    sites = _grouped(run(by_hand))
    found = sa.select(server.c.id, address.c.address).join_from(
        server, address, address.c.computer_id == server.c.computer_id
    )
    found = found.where(address.c.address.is_not(None)).order_by(server.c.id, address.c.ord)
    addresses = _grouped((number, bytes(data)) for number, data in run(found))
    return [
        EstateServer(
            row.name,
            row.guid,
            frozenset(services.get(row.id, ())),
            tuple(addresses.get(row.id, ())),
            frozenset(sites.get(row.id, ())),
            bool(row.constrained),
            bool(row.desktop_os),
            row.max_sessions,
        )
        for row in run(sa.select(server))
    ]


def addresses_of(reader: Reader, computer: int) -> tuple[bytes, ...]:
    """Return the IP addresses of a computer, in their order; host names are not resolved."""
    return addresses_of_all(reader, [computer])[computer]


def addresses_of_all(reader: Reader, computers: Sequence[int]) -> dict[int, tuple[bytes, ...]]:
    """Return the IP addresses of each computer, as `addresses_of` does, by one statement."""
    mine = member_of(reader.connection, address.c.computer_id, computers)
    statement = sa.select(address.c.computer_id, address.c.address).where(mine, address.c.address.is_not(None))
    rows = reader.connection.execute(statement.order_by(address.c.computer_id, address.c.ord))
    found = _grouped((computer, bytes(data)) for computer, data in rows)
    return {computer: tuple(found.get(computer, ())) for computer in computers}


def _grouped(pairs: Iterable[tuple[_K, _V]]) -> dict[_K, list[_V]]:
    groups: dict[_K, list[_V]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups
