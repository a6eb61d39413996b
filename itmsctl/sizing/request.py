"""What is to be sized: counts and wishes, as given on the command line or as the CMDB stands (SIZE-1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from itmsctl.errors import InputError

SERVICES = ("task", "package", "boot")
MOST = 10_000_000  # endpoints: more is a typing error
MOST_YEARS = 20
LEAST_H, MOST_H = 1 / 60, 24 * 31  # the interval of agents


@dataclass(frozen=True)
class SiteSize:
    """A site: how many endpoints it has, and how many servers of each service stand there already, where known."""

    name: str
    endpoints: int
    present: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """What one management server, or several alike, should carry. `server` is its name, where the CMDB has one.

    `growth_pct` is growth a year; `interval_h` replaces the agents' interval of the table in what is computed from it.
    """

    endpoints: int
    server: str = ""
    management_servers: int = 1
    consoles: int = 0
    asset_consoles: int = 0
    sites: tuple[SiteSize, ...] = ()
    virtual: bool = False
    heavy_tasks: bool = False
    parent: bool = False
    gateway_agents: int = 0
    gateway_concurrent: int = 0
    growth_pct: float = 0.0
    years: int = 0
    interval_h: float | None = None
    on_box: bool = False
    deployment: bool = True
    notes: tuple[str, ...] = ()  # what a design says that no figure can be made of, in words

    @property
    def each(self) -> int:
        """Return the endpoints of one management server."""
        return -(-self.endpoints // self.management_servers)

    @property
    def sessions(self) -> int:
        """Return the console sessions at once."""
        return self.consoles + self.asset_consoles

    def endpoints_in(self, year: int) -> int:
        """Return the endpoints of one management server after some years of growth, rounded up."""
        grown = self.each * (1 + self.growth_pct / 100) ** year
        return max(1, -int(-grown // 1))


def checked(request: Request) -> Request:
    """Return the request. Raises InputError for what cannot be."""
    if not 1 <= request.endpoints <= MOST:
        raise InputError(f"{request.endpoints:,} endpoints", hint=f"give 1 to {MOST:,}")
    if not 1 <= request.management_servers <= request.endpoints:
        raise InputError(f"{request.management_servers} management servers", hint="give at least one")
    for name in ("consoles", "asset_consoles", "gateway_agents", "gateway_concurrent"):
        if not 0 <= getattr(request, name) <= MOST:
            raise InputError(f"{getattr(request, name)} {name.replace('_', ' ')}", hint="give 0 or more")
    if not 0 <= request.years <= MOST_YEARS:
        raise InputError(f"{request.years} years ahead", hint=f"give 0 to {MOST_YEARS}")
    if not -100 < request.growth_pct <= 1000:
        raise InputError(f"a growth of {request.growth_pct:g} % a year", hint="give more than -100, at most 1000")
    if request.interval_h is not None and not LEAST_H <= request.interval_h <= MOST_H:
        raise InputError(f"an interval of {request.interval_h:g} hours", hint="give one minute to a month")
    return request
