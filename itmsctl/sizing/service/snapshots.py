"""The snapshot that sizing looks at, read in a handful of statements: computers are counted, never listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields as fields_of
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.hierarchy.rows import managed_sites
from itmsctl.hierarchy.service.gateway import GATEWAYS
from itmsctl.hierarchy.service.management_server import MANAGEMENT_SERVERS
from itmsctl.sites import rows as site_rows
from itmsctl.sites.estate import SERVICES
from itmsctl.sites.service import checks
from itmsctl.sites.service.server import SERVERS
from itmsctl.sites.snapshot import NO_SITE
from itmsctl.sites.snapshot import CountedEstate as Estate
from itmsctl.sizing import snapshot as s
from itmsctl.sizing.service.planned import Meanings
from itmsctl.sizing.service.triggered import policies_of, windows_of


def snapshot(reader: Reader) -> s.Snapshot:
    """Return the design, or the estate, as it is recorded now."""
    counted = checks.snapshot_of(reader)
    sites = _sites(reader, counted)
    outside = counted.computers_by_site.get(NO_SITE, 0)
    any_planned = any(site.planned is not None for site in sites)
    computers = sum(site.computers for site in sites) + outside if any_planned else counted.total
    servers = _servers(reader, sites, computers)
    more = max(0, sum(server.computers for server in servers) - computers)  # planned for servers, in no site yet
    computers, outside = computers + more, outside + more
    estate = _estate(counted, sites, servers, computers, outside)
    subnets = tuple(s.DesignSubnet(one.name, one.site) for one in counted.estate.index.subnets)
    meanings = Meanings(reader, sites, subnets, computers, outside)
    return s.Snapshot(
        now=reader.now,
        server_zone=reader.server_zone,
        computers=computers,
        servers=servers,
        sites=sites,
        subnets=subnets,
        site_servers=_site_servers(reader, estate),
        gateways=tuple(_made(s.DesignGateway, doc) for doc in GATEWAYS.list(reader)),
        policies=policies_of(reader, meanings),
        windows=windows_of(reader),
        estate=estate,
    )


def _sites(reader: Reader, counted: Estate) -> tuple[s.DesignSite, ...]:
    site = site_rows.site
    found = []
    for row in reader.connection.execute(sa.select(site).order_by(site.c.name)):
        number = counted.computers_by_site.get(row.name, 0)
        planned = row.endpoints
        found.append(
            s.DesignSite(
                name=row.name,
                computers=number if planned is None else planned,
                planned=planned,
                counted=number,
                time_zone=row.time_zone,
                region=row.region,
                link_kbit=row.link_kbit,
                management_server=bool(row.management_server),
                force_task_servers=bool(row.force_task_servers),
            )
        )
    return tuple(found)


def _servers(reader: Reader, sites: Sequence[s.DesignSite], computers: int) -> tuple[s.DesignManagementServer, ...]:
    docs = list(MANAGEMENT_SERVERS.list(reader))
    distinct = _counted_by_server(reader)
    by_name = {site.name: site for site in sites}
    found = []
    for doc in docs:
        mine = [by_name[name] for name in doc.fields["sites"]]
        how, number = s.COUNTED, distinct.get(doc.id, 0)
        if doc.fields["endpoints"] is not None:
            how, number = s.PLANNED, doc.fields["endpoints"]
        elif any(site.planned is not None for site in mine):
            how, number = s.OF_SITES, sum(site.computers for site in mine)
        elif len(docs) == 1 and not mine:
            how, number = s.OF_SITES, computers
        found.append(_made(s.DesignManagementServer, doc, computers=number, computers_from=how))
    return tuple(found)


def _counted_by_server(reader: Reader) -> dict[int, int]:
    placed = site_rows.computer_site
    number = sa.func.count(sa.distinct(placed.c.computer_id))
    joined = sa.select(managed_sites.c.server_id, number).join_from(
        managed_sites, placed, placed.c.site_id == managed_sites.c.site_id
    )
    rows = reader.connection.execute(joined.group_by(managed_sites.c.server_id))
    return {server: int(count) for server, count in rows}


def _estate(
    counted: Estate,
    sites: Sequence[s.DesignSite],
    servers: Sequence[s.DesignManagementServer],
    computers: int,
    outside: int,
) -> Estate:
    """Return what `site check` looks at, with planned computers and the sites that management servers stand in."""
    by_site = {site.name: site.computers for site in sites}
    standing = frozenset(server.site for server in servers if server.site is not None)
    return Estate(
        counted.estate,
        by_site | {NO_SITE: outside},
        computers,
        counted.management_sites | standing,
        counted.forced_sites,
        counted.os_families,
    )


def _site_servers(reader: Reader, estate: Estate) -> tuple[s.DesignSiteServer, ...]:
    placed = {server.guid: server for server in estate.estate.servers}
    places = estate.estate.server_places
    found = []
    for doc in SERVERS.list(reader):
        server, place = placed[doc.guid], places[doc.guid]
        loads = {service: estate.computers_of(server, service) for service in SERVICES if service in server.services}
        found.append(
            _made(
                s.DesignSiteServer,
                doc,
                services=server.services,
                sites=frozenset(place.sites),
                subnets=frozenset(subnet.name for subnet in place.subnets),
                computers=loads,
            )
        )
    return tuple(found)


def _made(wanted: type[Any], doc: Doc, **more: Any) -> Any:
    """Return a value of the snapshot: fields of the same names are taken from the document, lists as tuples."""
    given: Mapping[str, Any] = {"name": doc.name} | doc.fields | more
    values = {field.name: given[field.name] for field in fields_of(wanted) if field.name in given}
    return wanted(**{name: tuple(value) if isinstance(value, list) else value for name, value in values.items()})
