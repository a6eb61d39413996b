"""Every case of SITE-6..9, 13, 26, 27, PKG-7..9 and NBS-4, from one table: who is offered, by which rule, in order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.sites.estate import PACKAGE, SERVICES, Estate, EstateServer
from itmsctl.sites.selection import Requester, select
from itmsctl.sites.subnets import SubnetRange
from itmsctl.values.addresses import prefix, to_bytes
from tests.sites.cases import CASES, Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(case: Case) -> None:
    answer = case.answer()
    assert tuple(f"{c.name} {c.rule}" for c in answer.candidates) == case.expected
    assert tuple(f"{e.name} {e.rule}" for e in answer.excluded) == case.excluded
    assert all(c.why and c.guid for c in answer.candidates)
    assert all(e.why for e in answer.excluded)
    if case.warning:
        assert any(case.warning in warning for warning in answer.warnings), answer.warnings
    if case.expected:
        assert answer.fallback == ""
    else:
        assert answer.fallback.endswith("use the management server")
        assert case.fallback in answer.fallback
    for name, rules in case.also.items():
        assert next(c.also for c in answer.candidates if c.name == name) == rules


def test_a_sound_estate_warns_of_nothing() -> None:
    answer = CASES[0].answer()
    assert answer.warnings == ()
    assert (answer.service, answer.sites, answer.subnets) == (PACKAGE, ("a",), ("10.1.0.0/16",))


def test_why_names_both_sides() -> None:
    (candidate,) = CASES[2].answer().candidates
    assert candidate.why == "requester is in `10.1.0.0/16` of site `a`; server is assigned to site `a`"


def test_unknown_service() -> None:
    with pytest.raises(ValueError, match="telepathy"):
        select(Estate.of([], [], []), Requester(()), "telepathy")


# --- properties -------------------------------------------------------------------------------------------------------

KNOWN = ("10.1.0.1", "10.1.1.1", "10.2.0.1", "10.3.0.1", "2001:db8::1", "9.9.9.9")
PREFIXES = ("10.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24", "10.2.0.0/16", "2001:db8::/32")
ADDRESSES = st.sampled_from([to_bytes(address) for address in KNOWN])
SITES = st.sampled_from("abc")
SERVERS = st.builds(
    EstateServer,
    name=st.sampled_from(["s1", "S2", "s3"]),
    guid=st.uuids().map(str),
    services=st.frozensets(st.sampled_from(SERVICES), min_size=1),
    addresses=st.lists(ADDRESSES, max_size=2).map(tuple),
    sites=st.frozensets(SITES, max_size=2),
    constrained=st.booleans(),
)
SUBNETS = st.lists(
    st.builds(
        SubnetRange,
        st.sampled_from([prefix(cidr) for cidr in PREFIXES]),
        st.one_of(st.just(""), SITES),
    ),
    max_size=5,
    unique_by=lambda subnet: subnet.range,
)
REQUESTERS = st.builds(Requester, st.lists(ADDRESSES, max_size=3).map(tuple))


@given(st.booleans(), SUBNETS, st.lists(SERVERS, max_size=6), REQUESTERS, st.sampled_from(SERVICES), st.randoms())
def test_rules_hold_and_order_of_input_does_not_matter(
    with_sites: bool,
    subnets: list[SubnetRange],
    servers: list[EstateServer],
    requester: Requester,
    service: str,
    shuffler: random.Random,
) -> None:
    if not with_sites:
        subnets = [SubnetRange(subnet.range) for subnet in subnets]
        servers = [EstateServer(s.name, s.guid, s.services, s.addresses, frozenset(), s.constrained) for s in servers]
    sites = "abc" if with_sites else ""
    estate = Estate.of(sites, subnets, servers)
    answer = select(estate, requester, service)

    shuffler.shuffle(subnets)
    shuffler.shuffle(servers)
    turned = Requester(tuple(reversed(requester.addresses)), requester.sites)
    again = select(Estate.of(sites, subnets, servers), turned, service)
    assert [(c.guid, c.rule) for c in again.candidates] == [(c.guid, c.rule) for c in answer.candidates]
    assert set(again.excluded) == set(answer.excluded)

    by_guid = {one.guid: one for one in servers}
    guids = [c.guid for c in answer.candidates]
    assert len(guids) == len(set(guids))
    assert not set(guids) & {e.guid for e in answer.excluded}
    assert bool(answer.candidates) != bool(answer.fallback)
    mine = set(answer.sites)
    for candidate in answer.candidates:
        chosen = by_guid[candidate.guid]
        theirs = set(estate.server_places[chosen.guid].sites)
        assert service in chosen.services
        if candidate.rule == "SITE-6":
            assert mine & theirs
        else:
            assert not mine
            assert not theirs
        if service == PACKAGE and chosen.constrained:
            assert mine & theirs & estate.fed_sites
    assert len({c.rule for c in answer.candidates}) <= 1
