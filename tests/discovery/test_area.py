"""What may be looked at: exactly what was named, and never more of it than was allowed."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.discovery.area import area_of, check_size, ports_of
from itmsctl.errors import InputError, SizeGuardError

_IPV4 = st.tuples(st.integers(0x0A000000, 0x0A0003FF), st.integers(24, 32)).map(
    lambda pair: IPv4Network(pair, strict=False)
)
_IPV6 = st.tuples(st.integers(2**125, 2**125 + 1023), st.integers(122, 128)).map(
    lambda pair: IPv6Network(pair, strict=False)
)
_NETWORKS = st.one_of(_IPV4, _IPV6)


@given(named=st.lists(_NETWORKS, max_size=5), without=st.lists(_NETWORKS, max_size=4))
def test_no_address_is_looked_at_that_was_not_named_and_each_once(
    named: list[IPv4Network | IPv6Network], without: list[IPv4Network | IPv6Network]
) -> None:
    area = area_of(map(str, named), map(str, without))
    out = {address for one in without for address in one}
    hosts = set()
    for one in named:
        is_plain = one.version == 4 and one.prefixlen < 31
        hosts |= set(one) - ({one[0], one[-1]} if is_plain else set())
    looked_at = list(area)
    assert len(looked_at) == len(set(looked_at)) == area.count
    assert set(looked_at) == hosts - out
    assert all(address in area for address in looked_at)
    assert not any(address in area for address in out)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("10.1.0.0/33", "not a subnet"),
        ("ten", "not a subnet"),
        ("", "not a subnet"),
        ("224.0.0.0/24", "groups"),
        ("255.255.255.255", "groups"),
        ("ff02::/120", "groups"),
        ("0.0.0.0/32", "nobody"),
        ("10.0.0.0/8\n", ""),
    ],
)
def test_what_is_no_subnet_of_computers_is_refused(text: str, why: str) -> None:
    if not why:
        assert area_of([text]).count == 2**24 - 2
        return
    with pytest.raises(InputError) as refused:
        area_of([text])
    assert why in f"{refused.value.message} {refused.value.why}"


@pytest.mark.parametrize(
    ("named", "allowed", "code"),
    [
        ("10.0.0.0/20", None, None),
        ("10.0.0.0/19", None, SizeGuardError),
        ("10.0.0.0/19", 8190, None),
        ("10.0.0.0/19", 8189, SizeGuardError),
        ("10.0.0.0/8", 2**24, SizeGuardError),
        ("2001:db8::/64", 2**64, SizeGuardError),
        ("2001:db8::5", None, None),
    ],
)
def test_a_size_that_nobody_meant_is_refused(named: str, allowed: int | None, code: type[Exception] | None) -> None:
    if code is None:
        check_size(area_of([named]), allowed)
    else:
        with pytest.raises(code):
            check_size(area_of([named]), allowed)


def test_nothing_left_is_said() -> None:
    with pytest.raises(InputError, match="no address is left"):
        check_size(area_of(["10.0.0.0/30"], ["10.0.0.0/24"]), None)


def test_an_address_is_one_host_whatever_its_family() -> None:
    assert list(area_of(["10.1.0.255", "::1"])) == [ip_address("10.1.0.255"), ip_address("::1")]
    assert list(area_of(["10.1.0.0/31"])) == list(ip_network("10.1.0.0/31"))


def test_ports_are_numbers() -> None:
    assert ports_of(["22,443", "80", "22"]) == (22, 443, 80)
    for bad in (["0"], ["65536"], ["ssh"], ["1,,2"], [",".join(map(str, range(1, 40)))]):
        with pytest.raises(InputError):
            ports_of(bad)
