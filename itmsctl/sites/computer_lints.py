"""Lints of where computers are: addresses that no subnet holds, and computers without one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, ip_network

from itmsctl.sites.findings import SiteFinding, SiteSeverity
from itmsctl.sites.snapshot import CountedEstate
from itmsctl.values.addresses import from_bytes
from itmsctl.values.untrusted import shell_arg

SHOWN = 20  # ranges that get a finding of their own, those with most computers first
_LIST = 'itmsctl computer list --where "subnet is null and address is not null"'


def grouped(addresses: Iterable[bytes]) -> dict[str, int]:
    """Return how many of these addresses, one a computer, lie in each /24, or /64 of IPv6.

    Those of the computer itself and of a single link are left out: no subnet of a site ever holds them.
    """
    found: Counter[str] = Counter()
    for data in addresses:
        address = from_bytes(data)
        if not (address.is_loopback or address.is_link_local):
            length = 24 if isinstance(address, IPv4Address) else 64
            found[str(ip_network(f"{address}/{length}", strict=False))] += 1
    return dict(found)


def without_subnet(snapshot: CountedEstate) -> Iterator[SiteFinding]:
    """Check SITE-2, SITE-13: a computer that no subnet holds is in no site, whatever its site offers."""
    if not snapshot.estate.sites and not snapshot.estate.index.subnets:
        return
    groups = sorted(snapshot.unplaced.items(), key=lambda item: (-item[1], item[0]))
    for name, count in groups[:SHOWN]:
        yield SiteFinding(
            "computers-without-subnet",
            SiteSeverity.WARNING,
            name,
            f"{_computers(count)} in {name}, which no subnet holds",
            f"in no subnet is in no site: {'it uses' if count == 1 else 'they use'} the management server",
            "SITE-13",
            f"itmsctl subnet add {shell_arg(name)} --site SITE",
        )
    if len(groups) > SHOWN:
        rest = sum(count for _, count in groups[SHOWN:])
        yield SiteFinding(
            "computers-without-subnet",
            SiteSeverity.WARNING,
            "estate",
            f"{_computers(rest)} in {len(groups) - SHOWN} more ranges that no subnet holds",
            "in no subnet is in no site: they use the management server",
            "SITE-13",
            _LIST,
        )


def without_address(snapshot: CountedEstate) -> Iterator[SiteFinding]:
    """Check SITE-13: a site follows from an address; a host name has none."""
    if snapshot.unaddressed and snapshot.estate.sites:
        yield SiteFinding(
            "computers-without-address",
            SiteSeverity.INFO,
            "estate",
            f"{_computers(snapshot.unaddressed)} without an IP address",
            "a site follows from the subnet of an address; a host name is in none",
            "SITE-13",
            'itmsctl computer list --where "address is null"',
        )


def _computers(count: int) -> str:
    return "1 computer" if count == 1 else f"{count} computers"


LINTS = (without_subnet, without_address)
