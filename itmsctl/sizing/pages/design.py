"""A design from numbers alone: the snapshot of an estate built as recommended, to be drawn and simulated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from itmsctl.hierarchy.kinds import OFF_BOX, ON_BOX
from itmsctl.schedules.timing import timing_of
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.parts.gateways import gateways
from itmsctl.sizing.parts.site_servers import counts_of, services_of
from itmsctl.sizing.request import Request
from itmsctl.sizing.snapshot import (
    PLANNED,
    DesignGateway,
    DesignManagementServer,
    DesignPolicy,
    DesignSchedule,
    DesignSite,
    DesignSiteServer,
    Snapshot,
)

UNNAMED = "management server"
SPREAD_H = 4  # inventories of a design from numbers start within so many hours: all at once no server carries


def design_of(numbers: Numbers, request: Request, now: datetime, zone: str) -> Snapshot:
    """Return the design: management servers in one hierarchy, sites shared between them, servers as recommended."""
    names = [f"server {number}" for number in range(1, request.management_servers + 1)]
    if len(names) == 1:
        names = [request.server or UNNAMED]
    shared = _shared(request, names)
    servers = tuple(
        DesignManagementServer(
            name,
            request.each,
            PLANNED,
            sites=shared[name],
            parent=names[0] if number else None,
            consoles=request.consoles,
            asset_consoles=request.asset_consoles,
            database=ON_BOX if request.on_box else OFF_BOX,
            agent_interval_s=None if request.interval_h is None else request.interval_h * 3600,
        )
        for number, name in enumerate(names)
    )
    return Snapshot(
        now=now,
        server_zone=zone,
        computers=request.endpoints,
        servers=servers,
        sites=tuple(DesignSite(site.name, site.endpoints, site.endpoints) for site in request.sites),
        site_servers=tuple(_site_servers(numbers, request)),
        gateways=tuple(_gateways(numbers, request, names)),
        policies=tuple(_inventories(numbers, request, zone)),
    )


def _inventories(numbers: Numbers, request: Request, zone: str) -> Iterator[DesignPolicy]:
    """Yield full and delta inventory as often as the band says, at the time of the predefined schedules, spread."""
    settings = numbers.band("settings", request.each).band.cells
    times = numbers.table("inventory_schedules").cells
    for name, workload in (("full_inventory", "full-inventory"), ("delta_inventory", "delta-inventory")):
        every = str(settings[name].value)
        day, time = times.get(f"{every}.weekday"), times[f"{every}.time"].value
        said = f"{str(day.value).replace('_', ' ')} {time}" if day is not None else str(time)
        yield DesignPolicy(
            name.replace("_", " "),
            workload=workload,
            schedule=DesignSchedule(every, timing_of({every: said}), zone=zone),
            computers=request.endpoints,
            by_site={site.name: site.endpoints for site in request.sites if site.endpoints},
            splay_s=SPREAD_H * 3600,
        )


def _shared(request: Request, names: list[str]) -> dict[str, tuple[str, ...]]:
    """Return the sites of each server: each site goes to the one that has the fewest computers so far."""
    found: dict[str, list[str]] = {name: [] for name in names}
    load = dict.fromkeys(names, 0)
    for site in sorted(request.sites, key=lambda site: -site.endpoints):
        least = min(names, key=lambda name: (load[name], names.index(name)))
        found[least].append(site.name)
        load[least] += site.endpoints
    return {name: tuple(sites) for name, sites in found.items()}


def _site_servers(numbers: Numbers, request: Request) -> Iterator[DesignSiteServer]:
    for service in services_of(request):
        for site, count in counts_of(numbers, request, service).items():
            sites = frozenset({site}) if site else frozenset()
            for number in range(1, count + 1):
                yield DesignSiteServer(f"{site} {service} {number}".strip(), frozenset({service}), sites)


def _gateways(numbers: Numbers, request: Request, names: list[str]) -> Iterator[DesignGateway]:
    if request.gateway_agents or request.gateway_concurrent:
        count = gateways(numbers, request)
        for number in range(1, count + 1):
            agents = -(-request.gateway_agents // count)
            yield DesignGateway(f"gateway {number}", tuple(names), request.virtual, zone="dmz", agents=agents)
