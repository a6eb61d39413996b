"""An estate with its computers counted: what lints judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

from itmsctl.sites.estate import Estate, EstateServer
from itmsctl.sites.limits import Limits

NO_SITE = ""


@dataclass(frozen=True)
class CountedEstate:
    """An estate with its computers counted: by site (`""`: in none), each in every site it is in; `total` once each.

    `management_sites` are those that the management server stands in, `forced_sites` those whose computers site
    management forces onto task servers (SITE-14). `os_families` are those of servers, by GUID, where known (SITE-15).
    `unplaced` counts computers in no subnet by the range of their first address, `unaddressed` those without any.
    `limits` are the figures that it is judged by.
    """

    estate: Estate
    computers_by_site: Mapping[str, int] = field(default_factory=dict)
    total: int = 0
    management_sites: frozenset[str] = frozenset()
    forced_sites: frozenset[str] = frozenset()
    os_families: Mapping[str, str] = field(default_factory=dict)
    unplaced: Mapping[str, int] = field(default_factory=dict)
    unaddressed: int = 0
    limits: Limits = field(default_factory=Limits)

    def computers_of(self, server: EstateServer, service: str) -> int:
        """Return how many computers one server carries when those of a site share its servers evenly.

        The whole is rounded up, once: each of many sites rounded up by itself would add computers that nobody has.
        """
        hosts = self.estate.hosting(service)
        if not self.estate.sites:
            return _share({len(hosts): self.total})
        places = self.estate.server_places
        by_servers: dict[int, int] = {}
        for site in places[server.guid].sites or (NO_SITE,):
            sharing = sum(site in (places[one.guid].sites or (NO_SITE,)) for one in hosts)
            by_servers[sharing] = by_servers.get(sharing, 0) + self.computers_by_site.get(site, 0)
        return _share(by_servers)


def _share(by_servers: Mapping[int, int]) -> int:
    """Return the share of one server of computers, given by how many servers share them; exactly, then rounded up."""
    return ceil(sum(Fraction(computers, max(1, servers)) for servers, computers in by_servers.items()))
