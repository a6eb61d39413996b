"""Where computers are stays true whatever changes: compared with a recomputation that shares no code with it."""

from __future__ import annotations

import random
from ipaddress import IPv6Address, ip_address, ip_network

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.merge import merge, split
from itmsctl.sites.rows import computer_site
from itmsctl.sites.service import assignment
from itmsctl.sites.service.checks import repair, verify_assignment
from itmsctl.sites.service.site import SITES
from itmsctl.sites.service.subnet import SUBNETS, DeferredSubnets

CIDRS = (
    "0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.1.0/24", "10.1.1.128/25", "10.2.0.0/16", "10.1.1.9/32",
    "::/0", "2001:db8::/32", "2001:db8:1::/48", "2001:db8:1::9/128", "::/96",
)  # fmt: skip
ADDRESSES = (
    "10.1.1.9", "10.1.1.200", "10.1.2.3", "10.2.0.1", "10.9.9.9", "192.0.2.1", "2001:db8:1::9", "2001:db8:2::1", "::5",
    "fe80::1", "::ffff:10.1.1.9", "pc.example.com",
)  # fmt: skip
Place = tuple[str, str, str | None]


def by_brute_force(reader: Reader) -> set[Place]:
    """Return (computer, subnet, site) by trying every subnet on every address."""
    subnets = [(ip_network(doc.name), doc.fields["site"]) for doc in SUBNETS.list(reader)]
    found = set()
    for doc in COMPUTERS.list(reader):
        for text in doc.fields["address"]:
            try:
                address = ip_address(text)
            except ValueError:
                continue
            if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
                address = address.ipv4_mapped
            around = [(n, site) for n, site in subnets if n.version == address.version and address in n]
            if around:
                network, site = max(around, key=lambda pair: pair[0].prefixlen)
                found.add((doc.name, str(network), site))
    return found


def recorded(reader: Reader) -> set[Place]:
    """Return the same as it is recorded, in the words of the filter language's view."""
    rows = reader.connection.execute(
        sa.text("SELECT r.name, v.subnet, v.site FROM v_computer_site v JOIN resource r ON r.id = v.computer_id")
    )
    return {(name, subnet, site) for name, subnet, site in rows}


def change(unit: UnitOfWork, chance: random.Random) -> None:
    """Do one thing that a user may do, where it can be done now."""
    cidr, site = chance.choice(CIDRS), chance.choice(("a", "b", None))
    name = f"pc{chance.randrange(6)}"
    addresses = chance.sample(ADDRESSES, chance.randrange(4))
    subnet, computer = SUBNETS.find(unit, cidr), COMPUTERS.find(unit, name)
    match chance.randrange(7):
        case 0 | 1 if subnet is None:
            SUBNETS.add(unit, cidr, {"site": site})
        case 0 | 1:
            SUBNETS.set(unit, cidr, {"site": site})
        case 2 if subnet is not None:
            SUBNETS.remove(unit, cidr)
        case 3 if subnet is not None and SUBNETS.find(unit, "10.1.1.0/25") is None:
            SUBNETS.set(unit, cidr, {}, rename="10.1.1.0/25")
        case 4 if computer is not None:
            COMPUTERS.remove(unit, name)
        case 5 if computer is not None:
            COMPUTERS.set(unit, name, {"address": addresses})
        case _ if computer is None:
            COMPUTERS.add(unit, name, {"address": addresses})


@pytest.mark.parametrize("seed", range(4))
def test_after_any_changes_it_equals_a_recomputation(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    store.write(lambda unit: [SITES.add(unit, name, {}) for name in ("a", "b")])
    for step in range(40):
        store.write(lambda unit: change(unit, chance))
        with store.read() as reader:
            assert recorded(reader) == by_brute_force(reader), step
            assert verify_assignment(reader) == []
    with store.read() as reader:
        assert recorded(reader), "the world is not empty in the end"


def estate(unit: UnitOfWork, computers: int) -> None:
    SITES.add(unit, "a", {})
    SUBNETS.add(unit, "10.0.0.0/8", {"site": "a"})
    for number in range(computers):
        COMPUTERS.add(unit, f"pc{number}", {"address": [f"10.{number % 3}.0.{number + 1}"]})


@pytest.mark.parametrize("computers", [3, assignment.FEW + 10], ids=["few", "many"])
def test_only_computers_whose_rows_changed_are_looked_at_again(store: Store, computers: int) -> None:
    store.write(lambda unit: estate(unit, computers))
    inside = [f"pc{number}" for number in range(computers) if number % 3 == 1]

    def touched(unit: UnitOfWork) -> set[str]:
        unit.connection.execute(sa.text("DELETE FROM dirty"))
        SUBNETS.add(unit, "10.1.0.0/16", {})
        rows = unit.connection.execute(
            sa.text("SELECT r.name FROM dirty d JOIN resource r ON r.id = d.resource_id WHERE d.class_name = 'sites'")
        )
        return set(rows.scalars())

    assert store.write(touched) == set(inside)


def test_another_name_of_a_site_is_news_for_filters(store: Store) -> None:
    store.write(lambda unit: estate(unit, 3))

    def touched(unit: UnitOfWork) -> int:
        unit.connection.execute(sa.text("DELETE FROM dirty"))
        SITES.set(unit, "a", {"description": "x"})
        assert unit.scalar(sa.text("SELECT count(*) FROM dirty")) == 0
        SITES.set(unit, "a", {}, rename="z")
        return int(unit.scalar(sa.text("SELECT count(DISTINCT resource_id) FROM dirty WHERE class_name = 'sites'")))

    assert store.write(touched) == 3


def test_many_subnets_at_once_are_settled_once(store: Store) -> None:
    store.write(lambda unit: estate(unit, 30))

    def load(unit: UnitOfWork) -> None:
        shelf = DeferredSubnets()
        for second in range(3):
            shelf.add(unit, f"10.{second}.0.0/16", {"site": "a"})
        shelf.remove(unit, "10.2.0.0/16")
        shelf.settle(unit)

    store.write(load)
    with store.read() as reader:
        assert recorded(reader) == by_brute_force(reader)
        assert {subnet for _, subnet, _ in recorded(reader)} == {"10.0.0.0/16", "10.1.0.0/16", "10.0.0.0/8"}


def test_merge_and_split_take_the_places_along(store: Store) -> None:
    store.write(lambda unit: estate(unit, 3))
    store.write(lambda unit: SUBNETS.add(unit, "10.1.0.0/16", {"site": "a"}))
    store.write(lambda unit: merge(unit, "pc0", "pc1"))
    with store.read() as reader:
        assert recorded(reader) == by_brute_force(reader)
        assert ("pc0", "10.1.0.0/16", "a") in recorded(reader)
    store.write(lambda unit: split(unit, "pc1"))
    with store.read() as reader:
        assert recorded(reader) == by_brute_force(reader)
        assert ("pc1", "10.1.0.0/16", "a") in recorded(reader)
        assert ("pc0", "10.1.0.0/16", "a") not in recorded(reader)


def test_rows_that_are_wrong_are_found_and_put_right(store: Store) -> None:
    store.write(lambda unit: estate(unit, 3))
    with store.read() as reader:
        true = recorded(reader)

    def harm(unit: UnitOfWork) -> None:
        one = unit.scalar(sa.select(sa.func.min(computer_site.c.computer_id)))
        unit.connection.execute(sa.delete(computer_site).where(computer_site.c.computer_id == one))
        unit.connection.execute(sa.update(computer_site).values(site_id=None))
        unit.note("harm", done=1)

    store.write(harm)
    with store.read() as reader:
        assert len(verify_assignment(reader)) == 3
    assert store.write(repair, dry_run=True) == 3
    assert store.write(repair) == 3
    assert store.write(repair) == 0
    with store.read() as reader:
        assert recorded(reader) == true
        assert verify_assignment(reader) == []
