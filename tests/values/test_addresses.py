"""Addresses and prefixes as bytes."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.errors import InputError
from itmsctl.values.addresses import (
    Prefix,
    address_text,
    from_bytes,
    is_address,
    plain_ipv6,
    prefix,
    prefix_of,
    to_bytes,
)

MAPPED = b"\0" * 10 + b"\xff\xff"


@st.composite
def networks(draw: st.DrawFn) -> IPv4Network | IPv6Network:
    address = draw(st.ip_addresses())
    length = draw(st.integers(0, address.max_prefixlen))
    return ip_network(f"{address}/{length}", strict=False)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("10.1.2.3", MAPPED + b"\x0a\x01\x02\x03"),
        (" 10.1.2.3 ", MAPPED + b"\x0a\x01\x02\x03"),
        ("::ffff:10.1.2.3", MAPPED + b"\x0a\x01\x02\x03"),
        ("[2001:db8::5]", bytes.fromhex("20010db8000000000000000000000005")),
        ("fe80::1%eth0", bytes.fromhex("fe800000000000000000000000000001")),
        ("[fe80::1%25eth0]", bytes.fromhex("fe800000000000000000000000000001")),
    ],
)
def test_reads(text: str, data: bytes) -> None:
    assert to_bytes(text) == data
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10.1.2",
        "10.1.2.256",
        "010.1.2.3",
        "web01",
        "10.1.2.3/24",
        "10.1.2.3%eth0",
        "[10.1.2.3]",
        "[::1",
        "::1]",
        "[[::1]]",
        "1.2.3.4\0",
        "%eth0",
    ],
)
def test_refuses(text: str) -> None:
    assert not is_address(text)
    with pytest.raises(InputError) as caught:
        to_bytes(text)
    assert text in caught.value.message


@given(st.ip_addresses())
def test_bytes_and_back(address: object) -> None:
    data = to_bytes(address)  # type: ignore[arg-type] # hypothesis types both address classes as object
    assert len(data) == 16
    assert to_bytes(from_bytes(data)) == data
    assert to_bytes(address_text(data)) == data


@given(networks())
def test_prefix_and_back(network: IPv4Network | IPv6Network) -> None:
    found = prefix_of(network)
    assert prefix(found.text) == found
    first, last = from_bytes(found.start), from_bytes(found.end)
    assert int(last) - int(first) == network.num_addresses - 1


@given(networks(), networks())
def test_covers_is_subnet_of(one: IPv4Network | IPv6Network, two: IPv4Network | IPv6Network) -> None:
    if one.version == two.version:
        assert prefix_of(one).covers(prefix_of(two)) == two.subnet_of(one)  # type: ignore[arg-type] # same version


@pytest.mark.parametrize(
    "text", ["10.0.0.0/8", "0.0.0.0/0", "10.1.2.3/32", "2001:db8::/32", "::/0", "::1/128", "::/64", "8000::/1"]
)
def test_texts_stay(text: str) -> None:
    assert prefix(text).text == text


def test_a_mapped_prefix_is_its_ipv4_prefix() -> None:
    assert prefix("::ffff:10.0.0.0/104") == prefix("10.0.0.0/8")
    assert prefix("::ffff:0:0/96") == prefix("0.0.0.0/0")


def test_wide_ipv6_prefixes_are_not_taken_for_ipv4() -> None:
    everything = prefix("::/0")
    assert everything == Prefix(b"\0" * 16, b"\xff" * 16)
    assert not everything.covers(prefix("10.0.0.0/8"))
    assert not everything.holds(to_bytes("10.0.0.1"))
    assert everything.holds(to_bytes("2001:db8::1"))
    assert prefix("0.0.0.0/0").holds(to_bytes("10.0.0.1"))
    assert not prefix("10.0.0.0/8").holds(to_bytes("11.0.0.0"))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("10.1.2.3/16", "did you mean 10.1.0.0/16?"),
        ("2001:db8::1/32", "did you mean 2001:db8::/32?"),
        ("10.1.0.0/33", "write it as 10.1.0.0/16 or 2001:db8::/48"),
        ("web01", "write it as 10.1.0.0/16 or 2001:db8::/48"),
        ("", "write it as 10.1.0.0/16 or 2001:db8::/48"),
    ],
)
def test_bad_prefix_offers_the_right_one(text: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        prefix(text)
    assert caught.value.hint == hint


def test_a_mask_is_a_length() -> None:
    assert prefix("10.0.0.0/255.0.0.0").text == "10.0.0.0/8"
    assert prefix(str(ip_address("10.0.0.1"))).text == "10.0.0.1/32"


@given(st.ip_addresses(v=6) | st.builds(lambda n: ip_address("2001:db8::") + n, st.integers(0, 2**64 - 1)))
def test_the_short_way_knows_only_what_is_right(address: object) -> None:
    text = str(address)
    assert plain_ipv6(text) in (None, to_bytes(text))
    for odd in (text.upper(), f"[{text}]", text + "%eth0", text + ":", ":" + text, text.replace("::", ":0:")):
        assert plain_ipv6(odd) is None or (is_address(odd) and address_text(to_bytes(odd)) == odd)


def test_the_short_way_is_taken() -> None:
    assert plain_ipv6("2001:db8:1::5") == to_bytes("2001:db8:1::5")
    assert plain_ipv6("2001:db8::") == to_bytes("2001:db8::")
    assert plain_ipv6("::ffff:a01:203") is None
    assert plain_ipv6("2001:db8:0:1::5") is None
