"""An estate with its computers counted: what lints judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
        """Return how many computers one server carries when those of a site share its servers evenly; rounded up."""
        hosts = self.estate.hosting(service)
        if not self.estate.sites:
            return _share(self.total, len(hosts))
        places = self.estate.server_places
        sites = places[server.guid].sites or (NO_SITE,)
        return sum(
            _share(
                self.computers_by_site.get(site, 0), sum(site in (places[s.guid].sites or (NO_SITE,)) for s in hosts)
            )
            for site in sites
        )


def _share(computers: int, servers: int) -> int:
    return -(-computers // servers) if servers else computers
