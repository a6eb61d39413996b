"""What a discovery may look at: exactly the addresses that were named, without those that were taken out.

An IPv4 subnet of more than two addresses is looked at without its first and last: these are the
network and everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from itmsctl.errors import InputError, SizeGuardError

MOST_UNASKED = 4096
"""Addresses that are looked at without a word of the user about their number."""
MOST = 1 << 20
"""Addresses that are looked at at all."""

Address = IPv4Address | IPv6Address
_Span = tuple[int, int]  # first and last


@dataclass(frozen=True)
class Area:
    """Addresses by family (4, 6), as spans in order that do not touch each other."""

    spans: tuple[tuple[int, _Span], ...] = ()

    @property
    def count(self) -> int:
        """Return how many addresses there are."""
        return sum(last - first + 1 for _, (first, last) in self.spans)

    def __contains__(self, address: Address) -> bool:
        number = int(address)
        return any(family == address.version and first <= number <= last for family, (first, last) in self.spans)

    def __iter__(self) -> Iterator[Address]:
        for family, (first, last) in self.spans:
            make = IPv4Address if family == 4 else IPv6Address
            yield from (make(number) for number in range(first, last + 1))


def area_of(named: Iterable[str], without: Iterable[str] = ()) -> Area:
    """Return the area of subnets (CIDR) and addresses, without others. Raises InputError."""
    spans, out = list(map(_named, named)), [_span(text, whole=True) for text in without]
    found = []
    for family in (4, 6):
        mine = _merged(span for version, span in spans if version == family)
        for taken in _merged(span for version, span in out if version == family):
            mine = [part for span in mine for part in _cut(span, taken)]
        found += [(family, span) for span in mine]
    return Area(tuple(found))


def _named(text: str) -> tuple[int, _Span]:
    family, span = _span(text, whole=False)
    make = IPv4Address if family == 4 else IPv6Address
    first, last = make(span[0]), make(span[1])
    for one in (first, last):
        if one.is_multicast or (family == 4 and span[1] == 2**32 - 1):
            raise InputError(f"`{text}` is not a subnet of computers", why="it holds addresses of groups")
    if int(first) == 0 and family == 4:
        raise InputError(f"`{text}` is not a subnet of computers", why="it holds the address that nobody has")
    return family, span


def _span(text: str, *, whole: bool) -> tuple[int, _Span]:
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise InputError(f"`{text[:60]}` is not a subnet", why=str(error), hint="write it as 10.1.0.0/24") from None
    first, last = int(network[0]), int(network[-1])
    if not whole and network.version == 4 and network.prefixlen < 31:
        first, last = first + 1, last - 1
    return network.version, (first, last)


def _merged(spans: Iterable[_Span]) -> list[_Span]:
    found: list[_Span] = []
    for first, last in sorted(spans):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found


def _cut(span: _Span, taken: _Span) -> Iterator[_Span]:
    first, last = span
    before, behind = (first, min(last, taken[0] - 1)), (max(first, taken[1] + 1), last)
    if before == span or behind == span:
        yield span
        return
    yield from (part for part in (before, behind) if part[0] <= part[1])


def check_size(area: Area, allowed: int | None) -> None:
    """Raise InputError for an empty area, and SizeGuardError for one larger than what was allowed."""
    if not area.count:
        raise InputError("no address is left to look at", hint="--subnet 10.1.0.0/24, --host 10.1.0.5")
    most = MOST_UNASKED if allowed is None else min(allowed, MOST)
    if area.count <= most:
        return
    hint = f"--max {area.count} where that is meant" if area.count <= MOST else "name smaller subnets, or hosts"
    raise SizeGuardError(
        f"{area.count} addresses are more than {most}",
        why="a typing mistake would send packets to computers of others"
        if area.count <= MOST
        else f"no discovery looks at more than {MOST}",
        hint=hint,
    )


def is_address(text: str) -> bool:
    """Return whether a text is an address."""
    try:
        ip_address(text.strip())
    except ValueError:
        return False
    return True


def ports_of(texts: Sequence[str]) -> tuple[int, ...]:
    """Return TCP ports: numbers, each once. Raises InputError."""
    found = []
    for text in texts:
        for part in text.split(","):
            if not part.strip().isdecimal() or not 1 <= int(part) <= 65535:
                raise InputError(f"`{part[:20]}` is not a port", hint="--port 22,443")
            found.append(int(part))
    if len(set(found)) > 32:
        raise InputError(f"{len(set(found))} ports of each address are too many", hint="at most 32")
    return tuple(dict.fromkeys(found))
