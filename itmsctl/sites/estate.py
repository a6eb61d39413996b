"""A snapshot of sites, subnets and site servers, and who is where in it (SITE-1..4, SITE-11, SITE-13)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from itmsctl.sites.subnets import SubnetIndex, SubnetRange

TASK, PACKAGE, BOOT, MONITOR = "task", "package", "boot", "monitor"
SERVICES = (TASK, PACKAGE, BOOT, MONITOR)


@dataclass(frozen=True)
class EstateServer:
    """A site server: a computer with services (SITE-3, SITE-4).

    `sites` are those it is assigned to by hand; more may follow from the subnets of its addresses. `constrained`
    concerns its package service alone (PKG-7). `max_sessions` is what its system allows at once, where known.
    """

    name: str
    guid: str
    services: frozenset[str]
    addresses: tuple[bytes, ...] = ()
    sites: frozenset[str] = frozenset()
    constrained: bool = False
    desktop_os: bool = False
    max_sessions: int | None = None

    @property
    def is_constrained_package_server(self) -> bool:
        """Return whether it hosts packages under constraint."""
        return self.constrained and PACKAGE in self.services


@dataclass(frozen=True)
class SitePlace:
    """Where a computer is, by all its addresses and by hand: its subnets, and why it is in each of its sites."""

    subnets: tuple[SubnetRange, ...]
    sites: dict[str, str] = field(default_factory=dict)  # site -> why


@dataclass(frozen=True)
class Estate:
    """All sites by name, subnets and site servers. Build a new one for every request: nothing is cached (SITE-28)."""

    sites: frozenset[str]
    index: SubnetIndex
    servers: tuple[EstateServer, ...]

    @classmethod
    def of(cls, sites: Iterable[str], subnets: Iterable[SubnetRange], servers: Iterable[EstateServer]) -> Estate:
        """Return an estate, whatever the order of its parts."""
        return cls(frozenset(sites), SubnetIndex(subnets), tuple(sorted(servers, key=lambda s: (s.name, s.guid))))

    def place(self, addresses: Iterable[bytes], by_hand: Iterable[str] = ()) -> SitePlace:
        """Return where something with these addresses is; every address counts (SITE-13, AGENT-27)."""
        subnets = [self.index.subnet_of(address) for address in addresses]
        found = {subnet.range: subnet for subnet in subnets if subnet is not None}
        sites = {site: f"assigned to site `{site}`" for site in sorted(by_hand)}
        for subnet in found.values():
            if subnet.site:
                sites.setdefault(subnet.site, f"in `{subnet.name}` of site `{subnet.site}`")
        return SitePlace(tuple(found.values()), sites)

    @cached_property
    def server_places(self) -> dict[str, SitePlace]:
        """Return where each server is, by GUID."""
        return {server.guid: self.place(server.addresses, server.sites) for server in self.servers}

    @cached_property
    def fed_sites(self) -> frozenset[str]:
        """Return the sites with an unconstrained package server: only there do constrained ones work (PKG-9, C-23)."""
        return frozenset(
            site
            for server in self.servers
            if PACKAGE in server.services and not server.constrained
            for site in self.server_places[server.guid].sites
        )

    def hosting(self, service: str) -> tuple[EstateServer, ...]:
        """Return the servers of one service, by name."""
        return tuple(server for server in self.servers if service in server.services)
