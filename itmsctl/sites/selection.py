"""Which site servers a requester may use, in which order, and why (SITE-6..9, 13, 24, 26, 27; PKG-7..9; NBS-4).

The rules, and what they leave open:

- No sites at all: every server of the service (SITE-7).
- A requester in sites: the servers of any of them, and only those (SITE-6, SITE-26). Servers without a site are not
  asked then: they answer requesters in no site.
- A requester in no site while sites exist: of the servers without a site, those in a subnet of the requester (SITE-8);
  if there are none, all of them (SITE-9) (SITE-27).
- A constrained package server is left out of all of these, except in a site of its own that also has an unconstrained
  one (PKG-7, PKG-9; per site, C-23). Where it has no site it works nowhere.
- No candidate: the management server (SITE-27).

"The requester's subnet" is the narrowest one that holds an address of it. The order, for the agent picks (SITE-10,
A-05): same subnet, then same site, then the rest; by name within each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from itmsctl.sites.estate import BOOT, PACKAGE, SERVICES, Estate, EstateServer, SitePlace
from itmsctl.values.names import name_key


@dataclass(frozen=True)
class Requester:
    """Who asks: its addresses, and the sites it is assigned to by hand (a site server may be)."""

    addresses: tuple[bytes, ...]
    sites: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Candidate:
    """A server that may be used. `rule` put it on the list; `also` names the others that had a say."""

    name: str
    guid: str
    rule: str
    why: str
    also: tuple[str, ...] = ()
    near: str = ""  # `subnet`, `site` or empty


@dataclass(frozen=True)
class Excluded:
    """A server of the service that a rule keeps off the list although it might be expected there."""

    name: str
    guid: str
    rule: str
    why: str


@dataclass(frozen=True)
class ServerSelection:
    """The answer. Where `candidates` is empty, `fallback` says that the management server is to be used, and why."""

    service: str
    sites: tuple[str, ...]
    subnets: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    excluded: tuple[Excluded, ...]
    warnings: tuple[str, ...]
    fallback: str


def select(estate: Estate, requester: Requester, service: str) -> ServerSelection:
    """Return the ordered candidates of a requester for one service.

    Raises ValueError for a service that does not exist.
    """
    if service not in SERVICES:
        raise ValueError(service)
    place = estate.place(requester.addresses, requester.sites)
    picked = _Picker(estate, place, service)
    candidates = sorted(picked.candidates(), key=_nearest)
    return ServerSelection(
        service=service,
        sites=tuple(place.sites),
        subnets=tuple(subnet.name for subnet in place.subnets),
        candidates=tuple(candidates),
        excluded=tuple(sorted(picked.excluded, key=lambda e: (name_key(e.name), e.guid))),
        warnings=tuple(_warnings(estate, place, candidates, service)),
        fallback="" if candidates else _fallback(estate, place, service),
    )


def _nearest(candidate: Candidate) -> tuple[int, str, str]:
    return (("subnet", "site", "").index(candidate.near), name_key(candidate.name), candidate.guid)


class _Picker:
    """Applies the rules to one request; gathers who was left out on the way."""

    def __init__(self, estate: Estate, place: SitePlace, service: str) -> None:
        self.estate = estate
        self.place = place
        self.service = service
        self.excluded: list[Excluded] = []

    def candidates(self) -> Iterator[Candidate]:
        servers = self.estate.hosting(self.service)
        if not self.estate.sites:
            yield from self._everywhere(servers)
        elif self.place.sites:
            yield from self._in_sites(servers)
        else:
            yield from self._without_site(servers)

    def _everywhere(self, servers: tuple[EstateServer, ...]) -> Iterator[Candidate]:
        for server in servers:
            if self._works_without_site(server):
                yield self._candidate(server, "SITE-7", "no sites are defined: every site server is offered")

    def _in_sites(self, servers: tuple[EstateServer, ...]) -> Iterator[Candidate]:
        for server in servers:
            sites = self.estate.server_places[server.guid].sites
            shared = [site for site in self.place.sites if site in sites]
            usable = [site for site in shared if self._works_in(server, site)]
            if usable:
                yield self._in_site(server, usable, sites[usable[0]])
            elif shared:
                self._exclude(server, "PKG-9", f"constrained, and site `{shared[0]}` has no unconstrained server")

    def _works_in(self, server: EstateServer, site: str) -> bool:
        return self.service != PACKAGE or not server.constrained or site in self.estate.fed_sites

    def _in_site(self, server: EstateServer, sites: list[str], how: str) -> Candidate:
        also = []
        why = f"requester is {self.place.sites[sites[0]]}; server is {how}"
        if len(self.place.sites) > 1:
            also.append("SITE-26")
            why += f"; the requester's sites: {', '.join(self.place.sites)}"
        if self.service == PACKAGE:
            also.append("PKG-7" if server.constrained else "PKG-8")
            why += "; constrained, fed by an unconstrained server of the site" if server.constrained else ""
            also += ["PKG-9"] if server.constrained else []
        return self._candidate(server, "SITE-6", why, also)

    def _without_site(self, servers: tuple[EstateServer, ...]) -> Iterator[Candidate]:
        """Apply SITE-8, then SITE-9, to the servers without a site (SITE-27)."""
        free = [server for server in servers if not self.estate.server_places[server.guid].sites]
        free = [server for server in free if self._works_without_site(server)]
        same_subnet = [server for server in free if self._shared_subnet(server)]
        for server in same_subnet:
            why = f"requester in no site; server without a site in its subnet `{self._shared_subnet(server)}`"
            yield self._candidate(server, "SITE-8", why, ["SITE-27"])
        if not same_subnet:
            for server in free:
                why = "requester in no site, no server in its subnet: every server without a site"
                yield self._candidate(server, "SITE-9", why, ["SITE-27"])

    def _works_without_site(self, server: EstateServer) -> bool:
        if self.service == PACKAGE and server.constrained:
            self._exclude(server, "PKG-7", "constrained: works only inside its sites")
            return False
        return True

    def _shared_subnet(self, server: EstateServer) -> str:
        mine = {subnet.range for subnet in self.place.subnets}
        theirs = self.estate.server_places[server.guid].subnets
        return next((subnet.name for subnet in theirs if subnet.range in mine), "")

    def _candidate(self, server: EstateServer, rule: str, why: str, also: list[str] | None = None) -> Candidate:
        subnet = self._shared_subnet(server)
        near = "subnet" if subnet else "site" if rule == "SITE-6" else ""
        rules = list(also or [])
        if self.service == BOOT:
            rules.append("NBS-4")
            why += f"; in subnet `{subnet}`, reached by broadcast" if subnet else "; in another subnet"
        elif subnet and rule == "SITE-6":
            why += f"; same subnet `{subnet}`"
        return Candidate(server.name, server.guid, rule, why, tuple(rules), near)

    def _exclude(self, server: EstateServer, rule: str, why: str) -> None:
        self.excluded.append(Excluded(server.name, server.guid, rule, why))


def _fallback(estate: Estate, place: SitePlace, service: str) -> str:
    if not estate.hosting(service):
        return f"no site server hosts the {service} service: use the management server"
    if place.sites:
        names = ", ".join(f"`{site}`" for site in place.sites)
        return f"no working {service} server in site {names} (SITE-6): use the management server"
    if estate.sites:
        return (
            f"requester in no site, and no working {service} server without a site (SITE-27): use the management server"
        )
    return f"no working {service} server: use the management server"


def _warnings(estate: Estate, place: SitePlace, candidates: list[Candidate], service: str) -> Iterator[str]:
    if not estate.sites:
        yield "no sites are defined: every agent may use every server, across any link (SITE-7)"
    elif not place.subnets:
        yield "no subnet holds an address of the requester"
    elif not place.sites:
        yield "no subnet of the requester has a site"
    if service == BOOT and candidates and all(candidate.near != "subnet" for candidate in candidates):
        yield "no boot server in the requester's subnet: DHCP forced mode or an IP helper must forward (NBS-4..6)"
