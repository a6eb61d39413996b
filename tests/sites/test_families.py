"""IPv4 and IPv6 never mix, in whatever asks whether a prefix holds an address; on both engines."""

from __future__ import annotations

import pytest

from itmsctl.cmdb.store import Store
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.security.credential import Scope
from itmsctl.security.service.scoping import inside
from itmsctl.sites.service.subnet import SUBNETS
from itmsctl.values.addresses import prefix, to_bytes
from tests.conftest import Run

# Every length at which the bytes of a prefix lie around those of IPv4, the first at which they do not, and its own.
AROUND_IPV4 = ("::/0", "::/1", "::/64", "::/79", "::/80")


@pytest.fixture
def two(ok: Run) -> Run:
    ok("computer", "add", "v4", "--address", "10.0.0.1")
    ok("computer", "add", "v6", "--address", "::1")  # inside every one of them
    return ok


@pytest.mark.parametrize("cidr", AROUND_IPV4)
def test_a_wide_ipv6_prefix_holds_no_ipv4_address(two: Run, cidr: str) -> None:
    def names(*selector: str) -> str:
        return two("computer", "list", "-o", "name", *selector).out

    assert names("--where", f"within(address, '{cidr}')") == "v6\n"
    assert names("--where", f"not within(address, '{cidr}')") == "v4\n"
    assert names("--where", f"addresses(within(address, '{cidr}'))") == "v6\n"
    assert names("--subnet", cidr) == "v6\n"
    two("subnet", "add", cidr)
    assert names("--where", f"subnet = '{cidr}'") == "v6\n"


def test_all_of_ipv4_is_no_ipv6(two: Run) -> None:
    for cidr in ("0.0.0.0/0", "::ffff:0:0/96"):
        assert two("computer", "list", "-o", "name", "--subnet", cidr).out == "v4\n"
    assert two("computer", "list", "-o", "name", "--subnet", "::/95").out == "v6\n"


def test_a_stored_filter_follows_the_same_rule_when_it_is_evaluated(two: Run) -> None:
    two("filter", "add", "ipv6", "--where", "within(address, '::/0')")
    assert two("filter", "members", "ipv6", "-o", "name").out == "v6\n"
    two("computer", "set", "v4", "--address", "10.0.0.2")
    two("computer", "add", "new4", "--address", "10.0.0.3")
    two("computer", "add", "new6", "--address", "2001:db8::3")
    two("membership", "update", "--delta")  # by the evaluator, for the computers that changed
    assert two("filter", "members", "ipv6", "-o", "name").out == "new6\nv6\n"
    assert "✗" in two("filter", "explain", "ipv6", "v4", terminal=True).out


def test_a_scope_of_ipv6_reaches_no_ipv4_computer(two: Run, store: Store) -> None:
    two("subnet", "add", "::/0")
    with store.read() as reader:
        ids = COMPUTERS.ids(reader, ["v4", "v6"])
        scope = Scope(subnets=frozenset({SUBNETS.get(reader, "::/0").id}))
        assert inside(reader, scope, list(ids.values())) == {ids["v6"]}


def test_a_gap_of_an_ipv6_subnet_offers_no_ipv4(ok: Run, run: Run) -> None:
    ok("site", "add", "rome", "--management-server")
    ok("subnet", "add", "::/16", "--site", "rome")
    ok("subnet", "add", "::/112", "--site", "rome")
    gaps = [f for f in run("site", "check", "-o", "json").json if f["id"] == "subnet-gap"]
    # `::ffff:0:0` is the first of IPv4, `::1:0:0:0` the first after it
    assert [gap["object"] for gap in gaps] == [
        "::1:0-::fffe:ffff:ffff",
        "::1:0:0:0-0:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ]


@pytest.mark.parametrize("cidr", [*AROUND_IPV4, "::/81", "::/95", "::/97", "0.0.0.0/0", "10.0.0.0/8", "2001:db8::/32"])
def test_the_ranges_of_a_prefix_are_what_it_holds(cidr: str) -> None:
    found = prefix(cidr)
    asked = (
        "0.0.0.0",
        "10.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::fffe:ffff:ffff",
        "::1:0:0:0",
        "2001:db8::1",
        "ffff::",
    )
    for text in asked:
        data = to_bytes(text)
        assert any(first <= data <= last for first, last in found.ranges) == found.holds(data), text
