"""Designs for cases of rules, each said in as few words as it takes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from itmsctl.schedules.timing import timing_of
from itmsctl.sizing.snapshot import (
    DesignGateway,
    DesignManagementServer,
    DesignPolicy,
    DesignSchedule,
    DesignSite,
    DesignSiteServer,
    DesignSubnet,
    DesignTask,
    DesignWindow,
    Snapshot,
)

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)  # a Monday

Case = tuple[Snapshot, list[str]]
Fires = Mapping[str, Case]
Quiet = Mapping[str, Snapshot]


def design(*parts: Any, computers: int = 0) -> Snapshot:
    """Return a snapshot of these servers, sites, site servers, gateways, policies, windows and subnets."""

    def those(kind: type) -> tuple[Any, ...]:
        return tuple(sorted((part for part in parts if isinstance(part, kind)), key=lambda part: part.name))

    servers = those(DesignManagementServer)
    return Snapshot(
        now=NOW,
        computers=computers or sum(server.computers for server in servers),
        servers=servers,
        sites=those(DesignSite),
        subnets=those(DesignSubnet),
        site_servers=those(DesignSiteServer),
        gateways=those(DesignGateway),
        policies=those(DesignPolicy),
        windows=those(DesignWindow),
    )


def ns(name: str = "hq", computers: int = 1000, **fields: Any) -> DesignManagementServer:
    """Return a management server."""
    return DesignManagementServer(name, computers, **fields)


def site(name: str = "rome", computers: int = 100) -> DesignSite:
    """Return a site."""
    return DesignSite(name, computers)


def server(services: str, name: str = "s1", sites: str = "rome", carries: int = 100, **fields: Any) -> DesignSiteServer:
    """Return a site server of services, in sites, that carries so many computers by each service."""
    hosted = frozenset(services.split())
    return DesignSiteServer(name, hosted, frozenset(sites.split()), computers=dict.fromkeys(hosted, carries), **fields)


def gateway(name: str = "edge", servers: str = "hq", **fields: Any) -> DesignGateway:
    """Return a gateway that leads to servers."""
    return DesignGateway(name, tuple(servers.split()), **fields)


def when(name: str = "when", **fields: Any) -> DesignSchedule:
    """Return a schedule in UTC: `when(weekly="monday 18:00")`."""
    return DesignSchedule(
        name, timing_of({"start": None, "not_before": None, "not_after": None, **fields}), "utc", "UTC"
    )


def policy(workload: str | None = None, name: str = "p", **fields: Any) -> DesignPolicy:
    """Return a policy; `weekly="..."` and its like say its schedule, `runs` the kind of task and its mode."""
    way = {key: fields.pop(key) for key in ("daily", "weekly", "monthly", "cron", "every_s", "at") if key in fields}
    if "every_s" in way:
        way["start"] = "2026-01-05T00:00:00"
    runs = fields.pop("runs", "")
    kind, _, mode = runs.partition(":")
    tasks = (DesignTask("t", kind, {"mode": mode} if mode else {}),) if runs else ()
    schedule = when(name, **way) if way else None
    fields = {"computers": 100, "by_site": {"rome": 100}} | fields
    return DesignPolicy(name, workload=workload, schedule=schedule, tasks=tasks, **fields)


def window(name: str = "w", kind: str = "maintenance", duration_s: float = 4 * 3600, **fields: Any) -> DesignWindow:
    """Return a window of all computers; `daily="22:00"` and its like say when."""
    way = {key: fields.pop(key) for key in ("daily", "weekly", "monthly") if key in fields}
    return DesignWindow(name, kind, when(name, **way), duration_s, everywhere=True, **fields)


def subnet(name: str = "10.1.0.0/16", of: str = "rome") -> DesignSubnet:
    """Return a subnet of a site."""
    return DesignSubnet(name, of)
