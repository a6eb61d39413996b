"""All that sizing looks at, as plain values: servers with their computers resolved, sites, gateways, policies.

How many computers something has is what is planned for it, else what is counted (`Site.computers`,
`ManagementServer.computers`). What is planned for a management server beyond its sites is in no site.
What nobody has stated is none: rules pass it over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from itmsctl.schedules.timing import Timing
from itmsctl.sites.snapshot import NO_SITE
from itmsctl.sites.snapshot import CountedEstate as Estate
from itmsctl.values.untrusted import shell_arg

PLANNED, OF_SITES, COUNTED = "planned", "of its sites", "counted"


@dataclass(frozen=True)
class DesignSite:
    """A site. `computers` are those planned in it, else those whose addresses lie in it (`counted`)."""

    name: str
    computers: int = 0
    planned: int | None = None
    counted: int = 0
    time_zone: str | None = None
    region: str | None = None
    link_kbit: int | None = None
    management_server: bool = False
    force_task_servers: bool = False


@dataclass(frozen=True)
class DesignSubnet:
    """A subnet; `site` is empty where it belongs to none."""

    name: str
    site: str = ""


@dataclass(frozen=True)
class DesignSiteServer:
    """A site server. `sites` are all that it serves, by hand and by subnet; `computers` what it carries by service."""

    name: str
    services: frozenset[str]
    sites: frozenset[str] = frozenset()
    subnets: frozenset[str] = frozenset()
    constrained: bool = False
    desktop_os: bool = False
    max_sessions: int | None = None
    cores: int | None = None
    ram_gb: float | None = None
    disk_gb: int | None = None
    virtual: bool = False
    computers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DesignManagementServer:
    """A management server. `computers` are those it manages; `computers_from` says how that is known."""

    name: str
    computers: int = 0
    computers_from: str = COUNTED
    site: str | None = None
    sites: tuple[str, ...] = ()
    parent: str | None = None
    consoles: int | None = None
    asset_consoles: int | None = None
    serves_agents: bool = False
    deployment: bool = False
    virtual: bool = False
    cores: int | None = None
    ram_gb: float | None = None
    database: str | None = None
    database_cores: int | None = None
    database_ram_gb: float | None = None
    database_memory_gb: float | None = None
    volumes: Mapping[str, str] = field(default_factory=dict)
    raid: Mapping[str, str] = field(default_factory=dict)
    iops: Mapping[str, int] = field(default_factory=dict)
    autogrow_pct: int | None = None
    autoshrink: bool = False
    recovery: str | None = None
    collation: str | None = None
    other_databases: bool = False
    agent_interval_s: float | None = None
    task_interval_s: float | None = None
    delta_membership_s: float | None = None
    complete_membership_s: float | None = None
    policy_membership_s: float | None = None
    replication_s: float | None = None
    report_autorun: bool = True


@dataclass(frozen=True)
class DesignGateway:
    """An internet gateway and the management servers that it leads to."""

    name: str
    servers: tuple[str, ...] = ()
    virtual: bool = False
    cores: int | None = None
    ram_gb: float | None = None
    disk_gb: int | None = None
    nics: int | None = None
    zone: str | None = None
    agents: int | None = None
    concurrent: int | None = None


@dataclass(frozen=True)
class DesignSchedule:
    """When: its timing, the base of its clock (server, utc, computer, a zone), and the zone that means here."""

    name: str
    timing: Timing
    base: str = "server"
    zone: str = "UTC"
    missed: str = "queue-one"
    overlap: str = "skip"


@dataclass(frozen=True)
class DesignTask:
    """A task that a policy runs: its kind, such as `command` or `membership-update`, and its arguments."""

    name: str
    kind: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DesignPolicy:
    """A policy: what triggers it, what load its runs are, whom it hits. `by_site`: `""` is in no site."""

    name: str
    enabled: bool = True
    workload: str | None = None
    payload_kbit: float | None = None
    schedule: DesignSchedule | None = None
    event: str | None = None
    target: str = "all"
    computers: int = 0
    by_site: Mapping[str, int] = field(default_factory=dict)
    splay_s: float | None = None
    ignore_windows: bool = False
    deadline_s: float | None = None
    tasks: tuple[DesignTask, ...] = ()
    noun: str = "policy"  # or inventory-policy

    @property
    def spread(self) -> str:
        """Return the option that spreads its starts."""
        return "--splay" if self.noun == "policy" else "--throttle"

    def typed(self, verb: str, options: str = "") -> str:
        """Return the command that does something to it."""
        return " ".join(("itmsctl", self.noun, verb, shell_arg(self.name), options)).rstrip()


@dataclass(frozen=True)
class DesignWindow:
    """A maintenance window or blockout period; `everywhere`: it applies to all computers, else to `targets`."""

    name: str
    type: str
    schedule: DesignSchedule
    duration_s: float
    enabled: bool = True
    everywhere: bool = False
    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """A design, or an estate as it stands, at one moment; each tuple in the order of names."""

    now: datetime
    server_zone: str = "UTC"
    computers: int = 0
    servers: tuple[DesignManagementServer, ...] = ()
    sites: tuple[DesignSite, ...] = ()
    subnets: tuple[DesignSubnet, ...] = ()
    site_servers: tuple[DesignSiteServer, ...] = ()
    gateways: tuple[DesignGateway, ...] = ()
    policies: tuple[DesignPolicy, ...] = ()
    windows: tuple[DesignWindow, ...] = ()
    estate: Estate | None = None  # the same sites and site servers, as the checks of `site check` want them

    @cached_property
    def server(self) -> Mapping[str, DesignManagementServer]:
        """Return management servers by name."""
        return {server.name: server for server in self.servers}

    @cached_property
    def site(self) -> Mapping[str, DesignSite]:
        """Return sites by name."""
        return {site.name: site for site in self.sites}

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """Return the names of the children of each management server that has some."""
        found: dict[str, list[str]] = {}
        for server in self.servers:
            if server.parent is not None:
                found.setdefault(server.parent, []).append(server.name)
        return {parent: tuple(names) for parent, names in found.items()}

    def managed_by(self, site: str) -> tuple[DesignManagementServer, ...]:
        """Return the management servers of a site. One that stands alone and names no sites manages all of them."""
        named = tuple(server for server in self.servers if site in server.sites)
        alone = len(self.servers) == 1 and not self.servers[0].sites and site != NO_SITE
        return self.servers if alone and not named else named

    def sites_of(self, server: DesignManagementServer) -> tuple[DesignSite, ...]:
        """Return the sites that a management server manages."""
        if server.sites:
            return tuple(self.site[name] for name in server.sites if name in self.site)
        return tuple(site for site in self.sites if server in self.managed_by(site.name))

    def serving(self, site: str, service: str) -> tuple[DesignSiteServer, ...]:
        """Return the site servers of one service that serve a site."""
        return tuple(one for one in self.hosting(service) if site in one.sites)

    def hosting(self, service: str) -> tuple[DesignSiteServer, ...]:
        """Return the site servers of one service."""
        return tuple(one for one in self.site_servers if service in one.services)

    def hosting_for(self, server: DesignManagementServer, service: str) -> tuple[DesignSiteServer, ...]:
        """Return the site servers of one service in the sites of a management server; all where it is the only one."""
        if len(self.servers) == 1:
            return self.hosting(service)
        mine = set(server.sites) | ({server.site} if server.site else set())
        return tuple(one for one in self.hosting(service) if mine & one.sites)

    def in_use(self, *workloads: str) -> Iterator[DesignPolicy]:
        """Yield the enabled policies of some workloads; of any workload where none is named."""
        for policy in self.policies:
            if policy.enabled and (not workloads or policy.workload in workloads):
                yield policy
