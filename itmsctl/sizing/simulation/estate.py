"""A design for the simulator, made from a snapshot of the CMDB: what agents, task servers and policies ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from itmsctl.sizing.simulation.days import Day
from itmsctl.sizing.simulation.design import Design, Source
from itmsctl.sizing.simulation.pulses import DAY_S, Every
from itmsctl.sizing.simulation.wiring import Place, Wiring, server_node
from itmsctl.sizing.simulation.workloads import BASIC, LeftOut, Workloads, basic_kbit, reaches_computers
from itmsctl.sizing.snapshot import DesignManagementServer, Snapshot

_HOUR_S, _MINUTE_S = 3600.0, 60.0


@dataclass(frozen=True)
class Modelled:
    """A design, and what of the snapshot is not in it."""

    design: Design
    left_out: tuple[LeftOut, ...]


def modelled(wiring: Wiring, day: Day, resolution_s: float) -> Modelled:
    """Return the design of a snapshot on a day."""
    snapshot = wiring.snapshot
    before = DAY_S + max((policy.splay_s or 0.0 for policy in snapshot.in_use()), default=0.0)
    workloads = Workloads(wiring, day, before)
    sources = [*_agents(wiring), *_task_service(wiring), *_replication(wiring)]
    for policy in snapshot.in_use():
        sources.extend(workloads.of(policy))
    design = Design(wiring.nodes, sources, day.length_s, before, resolution_s)
    return Modelled(design, tuple(_left_out(wiring)))


def request_interval_s(server: DesignManagementServer, wiring: Wiring) -> float:
    """Return how often the agents of a management server ask: as it says, else as its band says (6-3)."""
    if server.agent_interval_s:
        return server.agent_interval_s
    count = max(1, server.computers)
    return wiring.numbers.at("agent_interval", count, "config_interval_h").number * _HOUR_S


def task_interval_s(server: DesignManagementServer, wiring: Wiring) -> float:
    """Return how often its task servers ask: as it says, else as its band says (TASK-12)."""
    if server.task_interval_s:
        return server.task_interval_s
    return wiring.numbers.at("settings", max(1, server.computers), "task_service_update_min").number * _MINUTE_S


def poll_s(wiring: Wiring) -> float:
    """Return how often a client asks for tasks (TASK-19)."""
    return wiring.numbers.number("task_intervals", "request_interval_min") * _MINUTE_S


def _agents(wiring: Wiring) -> Iterator[Source]:
    numbers = wiring.numbers
    basic = not any(wiring.snapshot.in_use(BASIC))
    upload, asked = basic_kbit(wiring), numbers.number("agent_traffic", "request_kbit")
    daily = Every(numbers.number("agent_traffic", "basic_inventory.interval_h") * _HOUR_S)
    per = wiring.assumed("basic_inventory.requests")
    stored = wiring.assumed("basic_inventory.db_kb")
    for place in wiring.places:
        way = wiring.up(place)
        asking = Every(request_interval_s(place.server, wiring))
        yield Source("configuration requests", place.computers, asking, way, 1, asked)
        if basic:
            yield Source("basic inventory", place.computers, daily, way, per, upload, stored)


def _task_service(wiring: Wiring) -> Iterator[Source]:
    polls = Every(poll_s(wiring))
    for place in wiring.places:
        for way, share in wiring.ways(place, "task"):
            yield Source("task polls", place.computers * share, polls, way, 1, wiring.assumed("poll.kbit"))
    for server, places in groupby(sorted(wiring.places, key=_of_server), key=lambda place: place.server):
        asking, seen = Every(task_interval_s(server, wiring)), set()
        for place in places:
            for one in wiring.serving(place, "task"):
                if one.name not in seen:
                    seen.add(one.name)
                    way = (*wiring.link(wiring.home(one), server.site), server_node(server))
                    yield Source("task server updates", 1, asking, way, 1, wiring.assumed("task_update.kbit"))


def _of_server(place: Place) -> str:
    return place.server.name


def _replication(wiring: Wiring) -> Iterator[Source]:
    """Yield the daily differential replication of each child to its parent."""
    snapshot: Snapshot = wiring.snapshot
    for server in wiring.servers:
        parent = snapshot.server.get(server.parent or "")
        if parent is None or not server.computers:
            continue
        site = snapshot.site.get(server.site or "")
        every = server.replication_s or wiring.numbers.number("package_delivery", "replication.every_h") * _HOUR_S
        pace = wiring.assumed("replication_kbit_s")
        if site is not None and site.link_kbit:
            pace = min(pace, site.link_kbit * wiring.assumed("transfer_link_pct") / 100)
        way = (*wiring.link(site, parent.site), server_node(parent))
        kbit = server.computers * wiring.assumed("replicated_kbit")
        yield Source("replication", 1, Every(every), way, 1, kbit, pace_kbit_s=pace)


def _left_out(wiring: Wiring) -> Iterator[LeftOut]:
    snapshot = wiring.snapshot
    for policy in snapshot.in_use():
        if policy.schedule is None:
            yield LeftOut(f"policy {policy.name}", f"comes on an event: {policy.event}")
        elif not reaches_computers(policy):
            yield LeftOut(f"policy {policy.name}", "runs on the server alone")
    placed = {place.site.name for place in wiring.places if place.site is not None}
    for site in snapshot.sites:
        if site.computers and site.name not in placed:
            yield LeftOut(f"site {site.name}", f"{site.computers} computers that no management server manages")
