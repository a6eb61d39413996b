"""Who talks to whom in a design: its nodes, and the ways that computers of a site take through them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from itmsctl.sites.snapshot import NO_SITE
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.simulation.assumed import TABLE
from itmsctl.sizing.simulation.design import Node, NodeKind
from itmsctl.sizing.snapshot import DesignManagementServer, DesignPolicy, DesignSite, DesignSiteServer, Snapshot

IMPLICIT = "management server"  # where none is recorded, one manages everything


@dataclass(frozen=True)
class Place:
    """Computers of one site that one management server manages; `site` is none for those in no site."""

    server: DesignManagementServer
    site: DesignSite | None
    computers: float
    share: float = 1.0  # of the site's computers

    def hit_by(self, policy: DesignPolicy) -> float:
        """Return how many of its computers a policy hits."""
        if self.site is None:
            return self.computers if policy.target == "all" else policy.by_site.get(NO_SITE, 0)
        return policy.by_site.get(self.site.name, 0) * self.share


@dataclass(frozen=True)
class Wiring:
    """Nodes, places, and the site servers of each site by service. Made by `wired`."""

    snapshot: Snapshot
    numbers: Numbers
    servers: Sequence[DesignManagementServer]
    places: Sequence[Place]
    nodes: Sequence[Node]
    by_site: Mapping[tuple[str, str], Sequence[DesignSiteServer]]
    owners: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def assumed(self, name: str) -> float:
        """Return an assumption."""
        return self.numbers.number(TABLE, name)

    def up(self, place: Place) -> tuple[str, ...]:
        """Return the way from a place to its management server."""
        return (*self.link(place.site, place.server.site), server_node(place.server))

    @staticmethod
    def link(site: DesignSite | None, other: str | None) -> tuple[str, ...]:
        """Return the link that leads out of a site; none where both ends are in it."""
        return () if site is None or site.name == other else (link_node(site.name),)

    def serving(self, place: Place, service: str) -> Sequence[DesignSiteServer]:
        """Return the site servers that a place uses: those of its site, else those of no site (SITE-6..9)."""
        found = self.by_site.get((place.site.name if place.site else "", service), ())
        return found or self.by_site.get(("", service), ())

    def ways(self, place: Place, service: str) -> Iterator[tuple[tuple[str, ...], float]]:
        """Yield the ways to a service and the share of the computers that takes each; else the management server."""
        found = self.serving(place, service)
        if not found:
            yield self.up(place), 1.0
        for one in found:
            near = place.site is None or place.site.name in one.sites
            yield (*(() if near else self.link(place.site, None)), site_server_node(one)), 1.0 / len(found)

    def home(self, one: DesignSiteServer) -> DesignSite | None:
        """Return the site that a site server's own traffic leaves through: the first of those it serves."""
        return next((self.snapshot.site[name] for name in sorted(one.sites) if name in self.snapshot.site), None)

    def pace(self, place: Place) -> float:
        """Return the most that one computer's transfer takes, in kbit/s."""
        most = self.assumed("transfer_kbit_s")
        link = place.site.link_kbit if place.site and self.link(place.site, place.server.site) else None
        return most if link is None else min(most, link * self.assumed("transfer_link_pct") / 100)


def server_node(server: DesignManagementServer) -> str:
    """Return the name of a management server's node."""
    return f"{NodeKind.SERVER}/{server.name}"


def link_node(site: str) -> str:
    """Return the name of the node of a site's link."""
    return f"{NodeKind.LINK}/{site}"


def site_server_node(server: DesignSiteServer) -> str:
    """Return the name of a site server's node."""
    return f"{NodeKind.SITE_SERVER}/{server.name}"


def wired(snapshot: Snapshot, numbers: Numbers) -> Wiring:
    """Return how a design is wired."""
    servers = snapshot.servers or (DesignManagementServer(IMPLICIT, computers=snapshot.computers),)
    places = list(_places(snapshot, servers))
    by_site: dict[tuple[str, str], list[DesignSiteServer]] = defaultdict(list)
    for one in snapshot.site_servers:
        for service in one.services:
            for site in one.sites or {""}:
                by_site[site, service].append(one)
    return Wiring(
        snapshot, numbers, servers, places, list(_nodes(snapshot, servers, numbers)), by_site, _owners(snapshot, places)
    )


def _places(snapshot: Snapshot, servers: Sequence[DesignManagementServer]) -> Iterator[Place]:
    known: dict[str, float] = defaultdict(float)
    for site in snapshot.sites:
        managers = snapshot.managed_by(site.name) if snapshot.servers else servers
        for server in managers:
            known[server.name] += site.computers / len(managers)
            yield Place(server, site, site.computers / len(managers), 1 / len(managers))
    for server in servers:
        elsewhere = server.computers - known[server.name]
        if elsewhere > 0:
            yield Place(server, None, elsewhere)


def _nodes(snapshot: Snapshot, servers: Sequence[DesignManagementServer], numbers: Numbers) -> Iterator[Node]:
    def assumed(name: str) -> float:
        return numbers.number(TABLE, name)

    for server in servers:
        yield Node(server_node(server), NodeKind.SERVER, assumed("server_requests_s"), assumed("server_kbit_s"))
    for site in snapshot.sites:
        yield Node(link_node(site.name), NodeKind.LINK, kbit_s=site.link_kbit)
    for one in snapshot.site_servers:
        desktop = numbers.whole("site_server_os", "desktop_sessions.min") if one.desktop_os else None
        yield Node(
            site_server_node(one),
            NodeKind.SITE_SERVER,
            assumed("site_server_requests_s"),
            assumed("site_server_kbit_s"),
            one.max_sessions or desktop,
            assumed("session_s"),
        )


def _owners(snapshot: Snapshot, places: Sequence[Place]) -> dict[str, frozenset[str]]:
    """Return, for each node, the management servers that its traffic is for."""
    found: dict[str, set[str]] = defaultdict(set)
    for place in places:
        found[server_node(place.server)].add(place.server.name)
        if place.site is not None:
            found[link_node(place.site.name)].add(place.server.name)
    for one in snapshot.site_servers:
        for site in one.sites:
            found[site_server_node(one)] |= found.get(link_node(site), set())
    return {name: frozenset(servers) for name, servers in found.items()}
