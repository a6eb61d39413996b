"""The table of cases: an estate, a requester, and who is offered by which rule."""
# ruff: noqa: E501 - a table reads best with one case a line

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from itmsctl.sites.estate import BOOT, MONITOR, PACKAGE, TASK, Estate, EstateServer
from itmsctl.sites.selection import Requester, ServerSelection, select
from itmsctl.sites.subnets import SubnetRange
from itmsctl.values.addresses import prefix, to_bytes


def server(
    name: str, services: str = "package", at: str = "", sites: str = "", constrained: bool = False
) -> EstateServer:
    """Return a server; several services, addresses or sites stand with blanks between."""
    return EstateServer(
        name,
        str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
        frozenset(services.split()),
        tuple(to_bytes(address) for address in at.split()),
        frozenset(sites.split()),
        constrained,
    )


def constrained(name: str, at: str = "", sites: str = "") -> EstateServer:
    return server(name, PACKAGE, at, sites, constrained=True)


@dataclass(frozen=True)
class Case:
    """An estate, a requester's addresses, and the expected `name rule` lines in order."""

    id: str
    sites: str
    subnets: tuple[str, ...]
    servers: tuple[EstateServer, ...]
    requester: str
    expected: tuple[str, ...]
    service: str = PACKAGE
    by_hand: str = ""
    excluded: tuple[str, ...] = ()
    warning: str = ""
    fallback: str = ""
    also: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def answer(self) -> ServerSelection:
        subnets = [SubnetRange(prefix(cidr), site) for cidr, _, site in (text.partition(" ") for text in self.subnets)]
        estate = Estate.of(self.sites.split(), subnets, self.servers)
        requester = Requester(tuple(map(to_bytes, self.requester.split())), frozenset(self.by_hand.split()))
        return select(estate, requester, self.service)


AB = ("10.1.0.0/16 a", "10.2.0.0/16 b")
CASES = [
    # SITE-6: inside its sites only
    Case("own site only", "a b", AB, (server("pa", at="10.1.0.1"), server("pb", at="10.2.0.1")), "10.1.9.9", ("pa SITE-6",)),
    Case("assigned by hand", "a b", AB, (server("pa", sites="a"), server("pb", sites="b")), "10.2.9.9", ("pb SITE-6",)),
    Case("by hand, from elsewhere", "a b", AB, (server("pb", at="10.2.0.1", sites="a"),), "10.1.9.9", ("pb SITE-6",)),
    Case("by hand adds to the subnet's", "a b", AB, (server("pb", at="10.2.0.1", sites="a"),), "10.2.9.9", ("pb SITE-6",)),
    Case("the service asked for", "a", AB[:1], (server("t", "task", "10.1.0.1"), server("tp", "task package", "10.1.0.2")), "10.1.9.9", ("tp SITE-6",)),
    Case("monitor likewise", "a b", AB, (server("ma", MONITOR, "10.1.0.1"), server("mb", MONITOR, "10.2.0.1")), "10.1.9.9", ("ma SITE-6",), MONITOR),
    Case("same subnet before same site, then by name", "a", ("10.1.0.0/16 a", "10.1.5.0/24 a"), (server("z", at="10.1.5.1"), server("b", at="10.1.0.2"), server("A", at="10.1.0.1")), "10.1.5.9", ("z SITE-6", "A SITE-6", "b SITE-6")),
    Case("by name, whatever the case", "a", AB[:1], (server("B", at="10.1.0.1"), server("a", at="10.1.0.2"), server("C", at="10.1.0.3")), "10.1.9.9", ("a SITE-6", "B SITE-6", "C SITE-6")),
    Case("narrower subnet of another site wins", "a b", ("10.0.0.0/8 a", "10.2.0.0/16 b"), (server("pa", at="10.9.0.1"), server("pb", at="10.2.0.1")), "10.2.9.9", ("pb SITE-6",)),
    Case("site without a server", "a b", AB, (server("pb", at="10.2.0.1"),), "10.1.9.9", (), fallback="no working package server in site `a` (SITE-6)"),
    Case("free servers are not for those in a site", "a", AB[:1], (server("free"),), "10.1.9.9", (), fallback="(SITE-6)"),
    Case("nobody hosts it", "a", AB[:1], (server("t", "task", "10.1.0.1"),), "10.1.9.9", (), fallback="no site server hosts the package service"),
    # SITE-7: no sites at all
    Case("no sites: everybody", "", (), (server("p1", at="10.1.0.1"), server("p2"), server("p3", at="::5")), "192.0.2.1", ("p1 SITE-7", "p2 SITE-7", "p3 SITE-7"), warning="(SITE-7)"),
    Case("no sites, but subnets: still everybody, the near first", "", ("10.1.0.0/16", "10.2.0.0/16"), (server("p1", at="10.1.0.1"), server("p2", at="10.2.0.1")), "10.2.9.9", ("p2 SITE-7", "p1 SITE-7"), warning="(SITE-7)"),
    Case("no sites, nobody", "", (), (), "192.0.2.1", (), warning="(SITE-7)", fallback="no site server hosts"),
    # SITE-8, SITE-9, SITE-27: a requester in no site while sites exist
    Case("free server in the subnet, exactly those", "a", ("10.1.0.0/16 a", "10.7.0.0/16"), (server("near", at="10.7.0.1"), server("near2", at="10.7.0.2"), server("far"), server("pa", at="10.1.0.1")), "10.7.9.9", ("near SITE-8", "near2 SITE-8"), also={"near": ("SITE-27",)}),
    Case("no free server in the subnet: all free ones", "a", ("10.1.0.0/16 a", "10.7.0.0/16"), (server("f2", at="10.8.0.1"), server("f1"), server("pa", at="10.1.0.1")), "10.7.9.9", ("f1 SITE-9", "f2 SITE-9"), also={"f1": ("SITE-27",)}, warning="no subnet of the requester has a site"),
    Case("unknown address: all free ones", "a", AB[:1], (server("free"), server("pa", at="10.1.0.1")), "192.0.2.1", ("free SITE-9",), warning="no subnet holds an address"),
    Case("no address: all free ones", "a", AB[:1], (server("free"), server("pa", at="10.1.0.1")), "", ("free SITE-9",)),
    Case("narrowest subnet counts for SITE-8", "a", ("10.1.0.0/16 a", "10.7.0.0/16", "10.7.7.0/24"), (server("wide", at="10.7.0.1"), server("free"),), "10.7.7.9", ("free SITE-9", "wide SITE-9")),
    Case("subnet without a site inside one with a site", "a", ("10.1.0.0/16 a", "10.1.7.0/24"), (server("pa", at="10.1.0.1"), server("f", at="10.1.7.1")), "10.1.7.9", ("f SITE-8",)),
    Case("no free server: management server", "a", AB[:1], (server("pa", at="10.1.0.1"),), "192.0.2.1", (), fallback="(SITE-27)"),
    Case("free task server does not host packages", "a", AB[:1], (server("t", "task"), server("pa", at="10.1.0.1")), "192.0.2.1", (), fallback="(SITE-27)"),
    # SITE-13, SITE-26: several addresses, several sites
    Case("multi-homed requester: union", "a b c", (*AB, "10.3.0.0/16 c"), (server("pa", at="10.1.0.1"), server("pb", at="10.2.0.1"), server("pc", at="10.3.0.1")), "10.1.9.9 10.2.9.9", ("pa SITE-6", "pb SITE-6"), also={"pa": ("SITE-26", "PKG-8")}),
    Case("multi-homed server: once", "a b", AB, (server("pab", at="10.1.0.1 10.2.0.1"),), "10.1.9.9 10.2.9.9", ("pab SITE-6",)),
    Case("multi-homed server serves its second site", "a b", AB, (server("pab", at="10.1.0.1 10.2.0.1"), server("pa", at="10.1.0.2")), "10.2.9.9", ("pab SITE-6",)),
    Case("server by hand and by subnet: once", "a", AB[:1], (server("pa", at="10.1.0.1", sites="a"),), "10.1.9.9", ("pa SITE-6",)),
    Case("one address in a site, one unknown", "a", AB[:1], (server("pa", at="10.1.0.1"), server("free")), "192.0.2.1 10.1.9.9", ("pa SITE-6",)),
    Case("near by the second address", "a", ("10.1.0.0/24 a", "10.1.1.0/24 a"), (server("p0", at="10.1.0.1"), server("p1", at="10.1.1.1 10.9.9.9")), "192.0.2.1 10.1.1.9", ("p1 SITE-6", "p0 SITE-6")),
    Case("requester assigned by hand", "a b", AB, (server("pa", at="10.1.0.1"), server("pb", at="10.2.0.1")), "192.0.2.1", ("pb SITE-6",), by_hand="b"),
    # IPv6
    Case("IPv6 requester and server", "a b", ("2001:db8:a::/48 a", "2001:db8:b::/48 b"), (server("pa", at="2001:db8:a::1"), server("pb", at="2001:db8:b::1")), "2001:db8:b::9", ("pb SITE-6",)),
    Case("dual stack: IPv6 site of an IPv4 requester", "a b", ("10.1.0.0/16 a", "2001:db8:b::/48 b"), (server("pa", at="10.1.0.1"), server("pb", at="2001:db8:b::1")), "10.1.9.9 2001:db8:b::9", ("pa SITE-6", "pb SITE-6")),
    Case("IPv6 free server in the subnet", "a", ("10.1.0.0/16 a", "2001:db8:7::/64"), (server("near", at="2001:db8:7::1"), server("far", at="2001:db8:8::1")), "2001:db8:7::9", ("near SITE-8",)),
    Case("IPv4 is not in ::/0", "a", ("::/0 a",), (server("pa", at="2001:db8::1"), server("free")), "10.1.9.9", ("free SITE-9",)),
    Case("mapped address is IPv4", "a", AB[:1], (server("pa", at="::ffff:10.1.0.1"),), "::ffff:10.1.9.9", ("pa SITE-6",)),
    # PKG-7..9: constrained package servers
    Case("constrained, fed by an unconstrained one", "a", AB[:1], (constrained("c", "10.1.0.1"), server("u", at="10.1.0.2")), "10.1.9.9", ("c SITE-6", "u SITE-6"), also={"c": ("PKG-7", "PKG-9"), "u": ("PKG-8",)}),
    Case("constrained alone does not function", "a", AB[:1], (constrained("c", "10.1.0.1"),), "10.1.9.9", (), excluded=("c PKG-9",), fallback="no working package server in site `a`"),
    Case("two constrained alone", "a", AB[:1], (constrained("c1", "10.1.0.1"), constrained("c2", sites="a")), "10.1.9.9", (), excluded=("c1 PKG-9", "c2 PKG-9")),
    Case("unconstrained of another site does not feed", "a b", AB, (constrained("c", "10.1.0.1"), server("u", at="10.2.0.1")), "10.1.9.9", (), excluded=("c PKG-9",)),
    Case("unconstrained by hand feeds", "a b", AB, (constrained("c", "10.1.0.1"), server("u", at="10.2.0.1", sites="a")), "10.1.9.9", ("c SITE-6", "u SITE-6")),
    Case("an unconstrained task server does not feed", "a", AB[:1], (constrained("c", "10.1.0.1"), server("t", "task", "10.1.0.2")), "10.1.9.9", (), excluded=("c PKG-9",)),
    Case("constrained of two sites works in the fed one", "a b", AB, (constrained("c", "10.1.0.1 10.2.0.1"), server("u", at="10.2.0.2")), "10.2.9.9", ("c SITE-6", "u SITE-6")),
    Case("constrained of two sites fails in the unfed one", "a b", AB, (constrained("c", "10.1.0.1 10.2.0.1"), server("u", at="10.2.0.2")), "10.1.9.9", (), excluded=("c PKG-9",)),
    Case("requester in both gets it by the fed one", "a b", AB, (constrained("c", "10.1.0.1 10.2.0.1"), server("u", at="10.2.0.2")), "10.1.9.9 10.2.9.9", ("c SITE-6", "u SITE-6")),
    Case("constrained serves no other site", "a b", AB, (constrained("c", "10.1.0.1"), server("u", at="10.1.0.2"), server("pb", at="10.2.0.1")), "10.2.9.9", ("pb SITE-6",)),
    Case("constrained without a site works nowhere", "a", ("10.1.0.0/16 a", "10.7.0.0/16"), (constrained("c", "10.7.0.1"), server("free")), "10.7.9.9", ("free SITE-9",), excluded=("c PKG-7",)),
    Case("constrained and no sites at all", "", (), (constrained("c", "10.1.0.1"), server("u")), "10.1.9.9", ("u SITE-7",), excluded=("c PKG-7",)),
    Case("only unconstrained is valid", "a", AB[:1], (server("u", at="10.1.0.1"),), "10.1.9.9", ("u SITE-6",), also={"u": ("PKG-8",)}),
    Case("the constraint is no matter of tasks", "a", AB[:1], (server("c", "package task", "10.1.0.1", constrained=True),), "10.1.9.9", ("c SITE-6",), TASK, also={"c": ()}),
    Case("nor of tasks without sites", "", (), (server("c", "package task", constrained=True),), "10.1.9.9", ("c SITE-7",), TASK),
    # NBS-4
    Case("boot in the subnet", "a", AB[:1], (server("n", BOOT, "10.1.0.1"),), "10.1.9.9", ("n SITE-6",), BOOT, also={"n": ("NBS-4",)}),
    Case("boot in the site, across a router", "a", ("10.1.0.0/24 a", "10.1.1.0/24 a"), (server("n", BOOT, "10.1.0.1"),), "10.1.1.9", ("n SITE-6",), BOOT, warning="IP helper"),
]  # fmt: skip
