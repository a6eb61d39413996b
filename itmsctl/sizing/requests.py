"""Requests from a CMDB as it stands: one for each management server, or one for all computers where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from itmsctl.errors import InputError
from itmsctl.hierarchy.kinds import ON_BOX
from itmsctl.sizing.request import LEAST_H, MOST_H, SERVICES, Request, SiteSize
from itmsctl.sizing.snapshot import DesignManagementServer, Snapshot


def requests_of(snapshot: Snapshot, given: Mapping[str, Any]) -> list[Request]:
    """Return what is to be sized; wishes given replace what the CMDB says. Raises InputError where it says nothing."""
    servers = [server for server in snapshot.servers if server.computers]
    found = [_of_server(snapshot, server) for server in servers]
    if not servers and snapshot.computers:
        found = [Request(snapshot.computers, sites=_sites(snapshot, None))]
    if not found:
        raise InputError(
            "nothing to size: the CMDB holds no computers", hint="itmsctl sizing recommend --endpoints 5000"
        )
    return [replace(request, **given) for request in found]


def _of_server(snapshot: Snapshot, server: DesignManagementServer) -> Request:
    gateways = [gateway for gateway in snapshot.gateways if server.name in gateway.servers]
    interval_h = server.agent_interval_s / 3600 if server.agent_interval_s else None
    is_odd = interval_h is not None and not LEAST_H <= interval_h <= MOST_H
    note = "its agents ask less than once a month, or more than once a minute: sized by the interval of the table"
    return Request(
        server.computers,
        server=server.name,
        consoles=server.consoles or 0,
        asset_consoles=server.asset_consoles or 0,
        sites=_sites(snapshot, server),
        virtual=any(gateway.virtual for gateway in gateways),
        parent=server.name in snapshot.children,
        gateway_agents=sum(gateway.agents or 0 for gateway in gateways),
        gateway_concurrent=sum(gateway.concurrent or 0 for gateway in gateways),
        on_box=server.database == ON_BOX,
        interval_h=None if is_odd else interval_h,
        notes=(note,) if is_odd else (),
    )


def _sites(snapshot: Snapshot, server: DesignManagementServer | None) -> tuple[SiteSize, ...]:
    """Return the sites that a management server manages, largest first; those without computers want nothing."""
    mine = [site for site in (snapshot.sites if server is None else snapshot.sites_of(server)) if site.computers]
    return tuple(
        SiteSize(site.name, site.computers, {one: len(snapshot.serving(site.name, one)) for one in SERVICES})
        for site in sorted(mine, key=lambda site: (-site.computers, site.name))
    )
