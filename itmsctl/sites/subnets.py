"""Subnets: which one an address lies in, how they nest (SITE-2, SITE-13).

The longest prefix wins, and with it its site: an address in a subnet without a site is in no site, even where a wider
subnet around it has one (`overlaps.py` reports such). IPv4 and IPv6 never mix: `::/0` holds no IPv4 address.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import groupby

from itmsctl.values.addresses import Prefix, prefix
from itmsctl.values.lean import dataclass

_IPV4 = prefix("0.0.0.0/0")
_LAST = b"\xff" * 16


@dataclass(frozen=True)
class SubnetRange:
    """A range of addresses, and the name of the site it is assigned to (empty: none).

    `boot_relay` is how requests to boot leave it, where it is recorded (NBS-5, NBS-6).
    """

    range: Prefix
    site: str = ""
    boot_relay: str = ""

    @property
    def name(self) -> str:
        """Return its CIDR text, which is its name."""
        return self.range.text


def _widest_first(subnet: SubnetRange) -> tuple[bytes, int, str]:
    return (subnet.range.start, -int.from_bytes(subnet.range.end, "big"), subnet.site)


class SubnetIndex:
    """An index of subnets, built once: nested ranges are flattened, so that one bisection answers an address.

    Of subnets with one and the same range the first by site name counts; `doubles` has the others.
    """

    def __init__(self, subnets: Iterable[SubnetRange]) -> None:
        ordered = sorted(subnets, key=_widest_first)
        groups = [list(group) for _, group in groupby(ordered, key=lambda subnet: subnet.range)]
        self.subnets: tuple[SubnetRange, ...] = tuple(group[0] for group in groups)
        self.doubles: tuple[tuple[SubnetRange, SubnetRange], ...] = tuple(
            (group[0], other) for group in groups for other in group[1:]
        )
        self._starts: list[bytes] = [b"\0" * 16]
        self._owners: list[SubnetRange | None] = [None]
        self._parents: dict[Prefix, SubnetRange | None] = {}
        self._children: dict[Prefix | None, list[SubnetRange]] = {}
        self._flatten()

    def subnet_of(self, address: bytes) -> SubnetRange | None:
        """Return the narrowest subnet that holds a 16-byte address, or None."""
        return self._owners[bisect_right(self._starts, address) - 1]

    def around(self, address: bytes) -> tuple[SubnetRange, ...]:
        """Return every subnet that holds an address, the narrowest first."""
        found = self.subnet_of(address)
        return () if found is None else (found, *self.parents_of(found))

    @property
    def spans(self) -> list[tuple[bytes, SubnetRange | None]]:
        """Return the disjoint ranges that all addresses fall into, in order: first address and owner."""
        return list(zip(self._starts, self._owners, strict=True))

    def parent_of(self, subnet: SubnetRange) -> SubnetRange | None:
        """Return the narrowest other subnet that holds this one, or None."""
        return self._parents.get(subnet.range)

    def parents_of(self, subnet: SubnetRange) -> tuple[SubnetRange, ...]:
        """Return every subnet around this one, the narrowest first."""
        found = []
        parent = self.parent_of(subnet)
        while parent is not None:
            found.append(parent)
            parent = self.parent_of(parent)
        return tuple(found)

    def children_of(self, subnet: SubnetRange | None) -> tuple[SubnetRange, ...]:
        """Return the subnets directly inside one, by address; of none: those that lie in no other."""
        return tuple(self._children.get(subnet.range if subnet else None, ()))

    def tree(self) -> Iterator[tuple[int, SubnetRange]]:
        """Yield every subnet after the one around it, with its depth; IPv4 before IPv6."""
        for subnet in sorted(self.subnets, key=lambda s: (not s.range.is_ipv4, _widest_first(s))):
            yield len(self.parents_of(subnet)), subnet

    def _flatten(self) -> None:
        """Cut the nested ranges into disjoint ones, each owned by its narrowest subnet."""
        # All of IPv4 lies between the bytes of a wide IPv6 prefix; as a range of no owner it is cut out of it.
        cut: list[tuple[Prefix, SubnetRange | None]] = [(_IPV4, None), *((s.range, s) for s in self.subnets)]
        cut.sort(key=lambda entry: (entry[0].start, -int.from_bytes(entry[0].end, "big"), entry[1] is not None))
        opened: list[tuple[Prefix, SubnetRange | None]] = []
        for span, subnet in cut:
            self._close(opened, before=span.start)
            self._begin(span.start, subnet)
            if subnet is not None:
                parent = opened[-1][1] if opened else None
                self._parents[span] = parent
                self._children.setdefault(parent.range if parent else None, []).append(subnet)
            opened.append((span, subnet))
        self._close(opened, before=None)

    def _close(self, opened: list[tuple[Prefix, SubnetRange | None]], before: bytes | None) -> None:
        while opened and (before is None or opened[-1][0].end < before):
            end = opened.pop()[0].end
            if end != _LAST:
                self._begin(_next(end), opened[-1][1] if opened else None)

    def _begin(self, start: bytes, owner: SubnetRange | None) -> None:
        if self._starts[-1] == start:
            self._owners[-1] = owner
        else:
            self._starts.append(start)
            self._owners.append(owner)


def _next(address: bytes) -> bytes:
    return (int.from_bytes(address, "big") + 1).to_bytes(16, "big")
