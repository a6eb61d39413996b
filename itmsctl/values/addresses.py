"""IP addresses and prefixes as 16 bytes, so that both databases compare them alike.

An IPv4 address is stored as its IPv4-mapped IPv6 form (RFC 4291, 2.5.5.2); a prefix is its first and last address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
    summarize_address_range,
)

from itmsctl.errors import InputError

_MAPPED = b"\0" * 10 + b"\xff\xff"
_IPV4_FIRST, _IPV4_LAST = _MAPPED + b"\0" * 4, _MAPPED + b"\xff" * 4
_EXAMPLE = "write it as 10.1.0.0/16 or 2001:db8::/48"
_RANGE_SHOWN = 32
_GROUP = "[1-9a-f][0-9a-f]{0,3}"  # no group is zero, so the gap is the only place for `::`
_PLAIN_IPV6 = re.compile(f"({_GROUP}(?::{_GROUP}){{0,5}})::((?:{_GROUP}(?::{_GROUP}){{0,4}})?)")


@dataclass(frozen=True, order=True)
class Prefix:
    """A range of addresses: 16-byte `start` and `end`, both inside it."""

    start: bytes
    end: bytes

    @property
    def text(self) -> str:
        """Return the CIDR text."""
        first = from_bytes(self.start)
        length = first.max_prefixlen - _host_bits(self)
        return f"{first}/{length}"

    @property
    def is_ipv4(self) -> bool:
        """Return whether it is an IPv4 prefix; `::/0` is not, although IPv4's bytes lie between its own."""
        return self.start.startswith(_MAPPED) and self.end.startswith(_MAPPED)

    def covers(self, other: Prefix) -> bool:
        """Return whether every address of the other lies in this one; families never mix."""
        return self.start <= other.start and other.end <= self.end and self.is_ipv4 == other.is_ipv4

    def holds(self, address: bytes) -> bool:
        """Return whether a 16-byte address lies in this one; families never mix."""
        return self.start <= address <= self.end and self.is_ipv4 == address.startswith(_MAPPED)

    @property
    def ranges(self) -> tuple[tuple[bytes, bytes], ...]:
        """Return the byte ranges that hold exactly its own addresses.

        The bytes of all IPv4 addresses lie inside those of every IPv6 prefix from `::/0` to `::/80`: such a prefix is
        what lies before them and what lies behind.
        """
        if self.is_ipv4 or not (self.start <= _IPV4_FIRST and self.end >= _IPV4_LAST):
            return ((self.start, self.end),)
        before, behind = (self.start, _neighbour(_IPV4_FIRST, -1)), (_neighbour(_IPV4_LAST, 1), self.end)
        return tuple(part for part in (before, behind) if part[0] <= part[1])


def _neighbour(address: bytes, step: int) -> bytes:
    return (int.from_bytes(address, "big") + step).to_bytes(16, "big")


def _host_bits(prefix: Prefix) -> int:
    return (int.from_bytes(prefix.start, "big") ^ int.from_bytes(prefix.end, "big")).bit_length()


def to_bytes(address: str | IPv4Address | IPv6Address) -> bytes:
    """Return the 16 bytes of an address; brackets around and a zone (`%eth0`) in IPv6 are dropped.

    Raises InputError where the text is no IP address.
    """
    if isinstance(address, str):
        address = _parsed(address)
    return address.packed if isinstance(address, IPv6Address) else _MAPPED + address.packed


def is_loopback(text: str) -> bool:
    """Return whether a text is an address by which every machine means itself."""
    try:
        return from_bytes(to_bytes(text)).is_loopback
    except InputError:
        return False


def plain_ipv6(text: str) -> bytes | None:
    """Return the 16 bytes of an IPv6 address that stands in its one text, `2001:db8::5`; None for all other texts.

    What nearly every IPv6 address of a file is, at a tenth of the price. Texts that it does not know may be addresses.
    """
    found = _PLAIN_IPV6.fullmatch(text)
    if found is None:
        return None
    left, right = found[1].split(":"), found[2].split(":") if found[2] else []
    gap = 8 - len(left) - len(right)
    if gap < 2:
        return None
    return bytes.fromhex(
        "".join([f"{part:0>4}" for part in left]) + "0000" * gap + "".join([f"{p:0>4}" for p in right])
    )


def _parsed(text: str) -> IPv4Address | IPv6Address:
    bare = text.strip()
    bracketed = bare.startswith("[") and bare.endswith("]")
    bare, _, zone = (bare[1:-1] if bracketed else bare).partition("%")
    try:
        address = ip_address(bare)
    except ValueError:
        address = None
    if address is None or (address.version == 4 and (bracketed or zone)):
        raise InputError(f"`{text}` is not an IP address", hint="write 10.1.2.3 or 2001:db8::5")
    return address


def from_bytes(data: bytes) -> IPv4Address | IPv6Address:
    """Return the address that 16 bytes hold."""
    data = bytes(data)
    return IPv4Address(data[12:]) if data.startswith(_MAPPED) else IPv6Address(data)


def address_text(data: bytes) -> str:
    """Return the text of 16 bytes."""
    return str(from_bytes(data))


def is_address(text: str) -> bool:
    """Return whether a text is an IP address."""
    try:
        to_bytes(text)
    except InputError:
        return False
    return True


def prefix(text: str) -> Prefix:
    """Read a CIDR prefix such as `10.0.0.0/8`.

    Raises InputError where it is none, or has host bits set; the hint offers the prefix that was meant.
    """
    try:
        network: IPv4Network | IPv6Network = ip_network(text.strip())
    except ValueError as error:
        raise InputError(f"`{text}` is not a prefix", why=str(error), hint=_corrected(text)) from None
    return prefix_of(network)


def prefix_of(network: IPv4Network | IPv6Network) -> Prefix:
    """Return the range of a network."""
    return Prefix(to_bytes(network.network_address), to_bytes(network.broadcast_address))


def of_range(text: str) -> list[str]:
    """Return the prefixes that hold exactly the addresses of a range, `10.0.0.10-10.0.0.20` or `10.0.0.10-20`.

    A text that is no range gives none. Raises InputError for a range whose end lies before its beginning.
    """
    first, dash, last = (part.strip() for part in text.partition("-"))
    if not dash or not is_address(first):
        return []
    if last.isdecimal() and "." in first:
        last = f"{first.rpartition('.')[0]}.{last}"
    try:
        ends = ip_address(first), ip_address(last)
    except ValueError:
        return []
    if ends[0].version != ends[1].version or ends[0] > ends[1]:  # type: ignore[operator]  # of one version by then
        raise InputError(f"`{text}` is a range whose end lies before its beginning", hint=f"{last}-{first}")
    return [str(network) for network in summarize_address_range(*ends)]


def _of_range(text: str) -> str:
    """Return the prefixes that a range is made of, as what to type; empty for what is no range."""
    try:
        found = of_range(text)
    except InputError:
        return ""
    if not found:
        return ""
    more = f" and {len(found) - _RANGE_SHOWN} more" if len(found) > _RANGE_SHOWN else ""
    return f"a range of addresses is these prefixes: {' '.join(found[:_RANGE_SHOWN])}{more}"


def _corrected(text: str) -> str:
    if "-" in text:
        return _of_range(text) or _EXAMPLE
    try:
        return f"did you mean {ip_network(text.strip(), strict=False)}?"
    except ValueError:
        return _EXAMPLE
