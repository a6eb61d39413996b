"""Where subnets overlap in a way that surprises, and which addresses no subnet covers: reports, not refusals.

Nesting is legal, also across sites. Prefixes cannot overlap in part: two are equal, nested or apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import summarize_address_range

from itmsctl.sites.findings import SiteFinding, SiteSeverity
from itmsctl.sites.subnets import SubnetIndex, SubnetRange
from itmsctl.values.addresses import Prefix, address_text, from_bytes
from itmsctl.values.untrusted import shell_arg

# The widest prefix that is looked at as the address space of one site; what is spread wider has no gaps worth a report.
_SITE_SPACE_IPV4 = 16
_SITE_SPACE_IPV6 = 48
_FILL_SHOWN = 16  # prefixes that would fill a gap, as far as they are named


@dataclass(frozen=True)
class Gap:
    """Addresses without a subnet of their own: inside a subnet that others divide, or between those of a site."""

    start: bytes
    end: bytes
    within: str  # the CIDR text of the space that it is a gap of
    site: str
    why: str

    @property
    def text(self) -> str:
        """Return first and last address."""
        return f"{address_text(self.start)}-{address_text(self.end)}"

    def prefixes(self) -> list[str]:
        """Return the prefixes that would fill it."""
        first, last = from_bytes(self.start), from_bytes(self.end)
        return [str(network) for network in summarize_address_range(first, last)]


def overlaps(index: SubnetIndex) -> list[SiteFinding]:
    """Find ranges recorded twice, and subnets inside one of another site or that take addresses out of a site."""
    found = [_double(kept, other) for kept, other in index.doubles]
    for subnet in index.subnets:
        parent = next((one for one in index.parents_of(subnet) if one.site), None)
        if parent is None or parent.site == subnet.site:
            continue
        found.append(_other_site(subnet, parent) if subnet.site else _no_site(subnet, parent))
    return found


def _double(kept: SubnetRange, other: SubnetRange) -> SiteFinding:
    return SiteFinding(
        id="subnet-twice",
        severity=SiteSeverity.ERROR,
        object=kept.name,
        what=f"`{kept.name}` is recorded twice: for {_site(kept)} and for {_site(other)}",
        why=f"only {_site(kept)} counts",
        source="SITE-2",
        fix=f"itmsctl subnet remove {kept.name}",
    )


def _other_site(subnet: SubnetRange, parent: SubnetRange) -> SiteFinding:
    return SiteFinding(
        id="subnet-in-other-site",
        severity=SiteSeverity.WARNING,
        object=subnet.name,
        what=f"`{subnet.name}` of site `{subnet.site}` lies inside `{parent.name}` of site `{parent.site}`",
        why=f"the longest prefix wins: its computers are in `{subnet.site}` only",
        source="SITE-13",
        fix=f"itmsctl subnet set {subnet.name} --site {shell_arg(parent.site)}",
    )


def _no_site(subnet: SubnetRange, parent: SubnetRange) -> SiteFinding:
    return SiteFinding(
        id="subnet-without-site",
        severity=SiteSeverity.WARNING,
        object=subnet.name,
        what=f"`{subnet.name}` has no site and lies inside `{parent.name}` of site `{parent.site}`",
        why="the longest prefix wins: its computers are in no site by it",
        source="SITE-13",
        fix=f"itmsctl subnet set {subnet.name} --site {shell_arg(parent.site)}",
    )


def _site(subnet: SubnetRange) -> str:
    return f"site `{subnet.site}`" if subnet.site else "no site"


def gaps(index: SubnetIndex) -> list[Gap]:
    """Find the parts of divided subnets that no inner one covers, and the holes in each site's address space.

    A site's address space is the smallest prefix around its subnets of one family, where that is a /16 (IPv6: /48) or
    longer. What a subnet of any site covers is no hole.
    """
    found = []
    for subnet in index.subnets:
        children = index.children_of(subnet)
        if children:
            why = f"addresses of `{subnet.name}` outside the subnets in it"
            found += [Gap(start, end, subnet.name, subnet.site, why) for start, end in _holes(subnet.range, children)]
    return found + [gap for space, site in _spaces(index) for gap in _site_gaps(index, space, site)]


def gap_findings(index: SubnetIndex) -> Iterator[SiteFinding]:
    """Report each gap with the command that would close the first part of it: worth knowing, not a fault."""
    for gap in gaps(index):
        fill = gap.prefixes()
        to_site = f" --site {shell_arg(gap.site)}" if gap.site else ""
        listed = ", ".join(fill[:_FILL_SHOWN]) + (", ..." if len(fill) > _FILL_SHOWN else "")
        yield SiteFinding(
            id="subnet-gap",
            severity=SiteSeverity.INFO,
            object=gap.text,
            what=f"no subnet of its own for {gap.text}, {gap.why}",
            why="its computers are in the subnet around it, or in none"
            + (f"; {len(fill)} prefixes fill it: {listed}" if len(fill) > 1 else ""),
            source="SITE-2",
            fix=f"itmsctl subnet add {fill[0]}{to_site}",
        )


def _spaces(index: SubnetIndex) -> Iterator[tuple[Prefix, str]]:
    """Yield each site's address space, one a family, where it holds more than one subnet."""
    groups: dict[tuple[str, bool], list[SubnetRange]] = {}
    for subnet in index.subnets:
        if subnet.site:
            groups.setdefault((subnet.site, subnet.range.is_ipv4), []).append(subnet)
    for (site, is_ipv4), subnets in sorted(groups.items()):
        space = _around(subnets, is_ipv4)
        if len(subnets) > 1 and space is not None:
            yield space, site


def _around(subnets: list[SubnetRange], is_ipv4: bool) -> Prefix | None:
    """Return the smallest prefix around subnets of one family, or None where it is too wide."""
    first = min(int.from_bytes(subnet.range.start, "big") for subnet in subnets)
    last = max(int.from_bytes(subnet.range.end, "big") for subnet in subnets)
    host_bits = (first ^ last).bit_length()
    if host_bits > (32 - _SITE_SPACE_IPV4 if is_ipv4 else 128 - _SITE_SPACE_IPV6):
        return None
    start = first >> host_bits << host_bits
    return Prefix(start.to_bytes(16, "big"), (start | (1 << host_bits) - 1).to_bytes(16, "big"))


def _site_gaps(index: SubnetIndex, space: Prefix, site: str) -> Iterator[Gap]:
    if any(subnet.range.covers(space) for subnet in index.around(space.start)):
        return  # the whole space lies in one subnet, whose own gaps are reported already
    inside = [subnet for subnet in index.subnets if space.covers(subnet.range)]
    why = f"between the subnets of site `{site}`"
    for start, end in _holes(space, inside):
        yield Gap(start, end, space.text, site, why)


def _holes(space: Prefix, covered: Iterable[SubnetRange]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the parts of a space that ranges sorted by their start do not cover; families never mix."""
    taken = [part for subnet in covered for part in subnet.range.ranges]
    for first, last in space.ranges:
        yield from _between(first, last, taken)


def _between(first: bytes, last: bytes, taken: Sequence[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    position, end = int.from_bytes(first, "big"), int.from_bytes(last, "big")
    for low, high in taken:
        start = min(int.from_bytes(low, "big"), end + 1)
        if start > position:
            yield position.to_bytes(16, "big"), (start - 1).to_bytes(16, "big")
        position = max(position, int.from_bytes(high, "big") + 1)
    if position <= end:
        yield position.to_bytes(16, "big"), end.to_bytes(16, "big")
