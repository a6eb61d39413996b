"""Every lint finds its fault, says what mends it, and is silent where all is well."""
# ruff: noqa: E501 - a table reads best with one case a line

from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from itmsctl.sites.estate import BOOT, PACKAGE, TASK, Estate, EstateServer
from itmsctl.sites.findings import SiteSeverity
from itmsctl.sites.limits import task_servers_needed
from itmsctl.sites.lints import lint
from itmsctl.sites.snapshot import CountedEstate
from itmsctl.sites.subnets import SubnetRange
from itmsctl.values.addresses import prefix
from tests.sites.cases import constrained, server

AB = ("10.1.0.0/16 a", "10.2.0.0/16 b")


def snapshot(
    sites: str,
    subnets: tuple[str, ...],
    servers: tuple[EstateServer, ...],
    computers: dict[str, int] | None = None,
    total: int | None = None,
    management: str = "",
    forced: str = "",
) -> CountedEstate:
    known = [SubnetRange(prefix(cidr), site) for cidr, _, site in (text.partition(" ") for text in subnets)]
    counts = computers or {}
    return CountedEstate(
        Estate.of(sites.split(), known, servers),
        counts,
        sum(counts.values()) if total is None else total,
        frozenset(management.split()),
        frozenset(forced.split()),
    )


def found(of: CountedEstate) -> set[tuple[str, str, str]]:
    findings = lint(of)
    for finding in findings:
        assert all(finding.as_dict().values()), finding
        assert shlex.split(finding.fix)[0] == "itmsctl"
    return {(finding.id, finding.object, finding.source) for finding in findings}


def desktop(one: EstateServer, max_sessions: int | None = None) -> EstateServer:
    return replace(one, desktop_os=True, max_sessions=max_sessions)


SOUND = snapshot(
    "a b",
    AB,
    (
        server("ta", "task package boot", "10.1.0.1"),
        server("tb", "task package boot", "10.2.0.1"),
        constrained("ca", "10.1.0.2"),
    ),
    {"a": 50, "b": 5000},
)


def test_a_sound_estate_has_no_findings() -> None:
    # both sites consist of one subnet that has a boot server: no report of NBS-7 either
    assert found(SOUND) == set()


def test_an_empty_estate_has_no_findings() -> None:
    assert found(snapshot("", (), ())) == set()


PA, TA, BA = server("pa", PACKAGE, "10.1.0.1"), server("ta", TASK, "10.1.0.2"), server("ba", BOOT, "10.1.0.3")
PEERS = tuple(server(f"t{i}", TASK, f"10.1.0.{i}") for i in range(1, 4))
CASES = [
    pytest.param(snapshot("", (), (PA,)), ("no-sites", "estate", "SITE-7"), id="no sites"),
    pytest.param(
        snapshot("a", AB[:1], (TA,), {"a": 1}, management="a"), ("management-in-site", "ta", "SITE-14"), id="beside management"
    ),
    pytest.param(snapshot("a", AB[:1], (), {"a": 5}), ("no-task-server", "estate", "SITE-22"), id="no task server"),
    pytest.param(snapshot("a", AB[:1], (constrained("c", "10.1.0.1"),)), ("site-unfed", "a", "PKG-9"), id="constrained alone"),
    pytest.param(snapshot("a", AB[:1], (constrained("c"), PA)), ("constrained-without-site", "c", "PKG-7"), id="constrained without a site"),
    pytest.param(snapshot("a", AB[:1], (desktop(TA, 21),)), ("desktop-sessions", "ta", "SITE-16"), id="desktop with 21 sessions"),
    pytest.param(snapshot("a", AB[:1], (desktop(TA),), {"a": 100}), ("server-os-advised", "ta", "TASK-6"), id="100 computers on a desktop"),
    pytest.param(snapshot("a", AB[:1], (desktop(PA), TA), {"a": 100}), ("server-os-advised", "pa", "SITE-16"), id="100 computers on a desktop package server"),
    pytest.param(snapshot("a", AB[:1], (replace(BA, max_sessions=201),)), ("pxe-sessions", "ba", "NBS-10"), id="201 PXE sessions"),
    pytest.param(snapshot("a", AB[:1], tuple(server(f"p{i}", PACKAGE, "10.1.0.1") for i in range(601))), ("package-servers-max", "estate", "SITE-19"), id="601 package servers"),
    pytest.param(snapshot("a", AB[:1], tuple(server(f"b{i}", BOOT, "10.1.0.1") for i in range(301))), ("boot-servers-max", "estate", "SITE-19"), id="301 boot servers"),
    pytest.param(snapshot("a", AB[:1], (PA, TA), {"a": 7501}), ("package-server-load", "pa", "PKG-5"), id="7,501 a package server"),
    pytest.param(snapshot("a", AB[:1], (TA,), {"a": 15001}), ("task-server-load", "ta", "TASK-5"), id="15,001 a task server"),
    pytest.param(snapshot("a", AB[:1], (BA, TA), {"a": 7501}), ("boot-server-load", "ba", "NBS-10"), id="7,501 a boot server"),
    pytest.param(snapshot("a", AB[:1], PEERS, {"a": 45001}), ("task-servers-few", "estate", "TASK-3"), id="4 task servers needed"),
    pytest.param(snapshot("a b", AB, (BA,)), ("no-boot-server", "10.2.0.0/16", "NBS-4"), id="no boot server in a site"),
    pytest.param(snapshot("a", ("10.1.0.0/24 a", "10.1.1.0/24 a"), (BA,)), ("boot-across-router", "10.1.1.0/24", "NBS-4"), id="boot server across a router"),
    pytest.param(snapshot("a", ("10.1.0.0/24 a", "10.1.1.0/24 a"), (BA, server("b2", BOOT, "10.1.1.3"))), ("boot-server-per-subnet", "a", "NBS-7"), id="boot server in each subnet"),
    pytest.param(snapshot("a b", AB, (PA, TA), {"b": 3}), ("site-without-package-server", "b", "SITE-6"), id="site without package server"),
    pytest.param(replace(snapshot("a", AB[:1], (TA,)), os_families={TA.guid: "linux"}), ("server-os-unfit", "ta", "SITE-15"), id="task server on Linux"),
    pytest.param(snapshot("a", ("10.1.0.0/16 a", "10.1.0.0/17 a"), ()), ("subnet-gap", "10.1.128.0-10.1.255.255", "SITE-2"), id="half a subnet"),
    pytest.param(snapshot("a b", ("10.0.0.0/8 a", "10.2.0.0/16 b"), ()), ("subnet-in-other-site", "10.2.0.0/16", "SITE-13"), id="nested across sites"),
]  # fmt: skip


@pytest.mark.parametrize(("of", "expected"), CASES)
def test_found(of: CountedEstate, expected: tuple[str, str, str]) -> None:
    assert expected in found(of)


LIMITS = [
    pytest.param(snapshot("a", AB[:1], (TA,), {"a": 1}, management="a", forced="a"), "management-in-site", id="forced"),
    pytest.param(replace(snapshot("a", AB[:1], (PA,)), os_families={PA.guid: "linux"}), "server-os-unfit", id="package server on Linux"),
    pytest.param(replace(snapshot("a", AB[:1], (TA,)), os_families={TA.guid: "windows"}), "server-os-unfit", id="task server on Windows"),
    pytest.param(snapshot("a b", AB, (TA,), {"a": 1}, management="b"), "management-in-site", id="management elsewhere"),
    pytest.param(snapshot("a", AB[:1], (constrained("c", "10.1.0.2"), PA)), "site-unfed", id="fed"),
    pytest.param(snapshot("a", AB[:1], (PA,)), "site-unfed", id="C-23: only unconstrained"),
    pytest.param(snapshot("a", AB[:1], (desktop(TA, 20),), {"a": 99}), "desktop-sessions", id="20 sessions"),
    pytest.param(snapshot("a", AB[:1], (desktop(TA),), {"a": 99}), "server-os-advised", id="A-03: 99 computers"),
    pytest.param(snapshot("a", AB[:1], (TA,), {"a": 5000}), "server-os-advised", id="server system"),
    pytest.param(snapshot("a", AB[:1], (desktop(PEERS[0]), *PEERS[1:]), {"a": 297}), "server-os-advised", id="shared by three"),
    pytest.param(snapshot("a", AB[:1], (replace(BA, max_sessions=200),)), "pxe-sessions", id="200 PXE sessions"),
    pytest.param(snapshot("a", AB[:1], tuple(server(f"p{i}", PACKAGE, "10.1.0.1") for i in range(600))), "package-servers-max", id="600 package servers"),
    pytest.param(snapshot("a", AB[:1], (PA, TA), {"a": 7500}), "package-server-load", id="7,500"),
    pytest.param(snapshot("a", AB[:1], (TA,), {"a": 15000}), "task-server-load", id="15,000"),
    pytest.param(snapshot("a", AB[:1], (BA, TA), {"a": 7500}), "boot-server-load", id="C-09: 7,500"),
    pytest.param(snapshot("a", AB[:1], PEERS, {"a": 45000}), "task-servers-few", id="A-02: three are enough"),
    pytest.param(snapshot("a b", AB, (TA,)), "no-boot-server", id="boot service not in use"),
    pytest.param(snapshot("a b", AB, (PA,), {"a": 3}), "site-without-package-server", id="empty site"),
]  # fmt: skip


@pytest.mark.parametrize(("of", "absent"), LIMITS)
def test_silent_at_the_limit(of: CountedEstate, absent: str) -> None:
    assert absent not in {identity for identity, _, _ in found(of)}


def test_free_servers_carry_the_computers_without_a_site() -> None:
    of = snapshot("a", AB[:1], (TA, server("free", TASK)), {"a": 10, "": 16000})
    assert of.computers_of(of.estate.servers[0], TASK) == 16000
    assert ("task-server-load", "free", "TASK-5") in found(of)


def test_without_sites_all_servers_share_all() -> None:
    of = snapshot("", (), (server("p1"), server("p2")), total=15001)
    assert [of.computers_of(one, PACKAGE) for one in of.estate.servers] == [7501, 7501]


@pytest.mark.parametrize(
    ("computers", "servers"), [(0, 1), (1, 1), (15000, 1), (15001, 2), (35000, 3), (45000, 3), (45001, 4)]
)
def test_task_servers_needed(computers: int, servers: int) -> None:
    assert task_servers_needed(computers) == servers


def test_the_worst_comes_first() -> None:
    of = snapshot("a b", AB, (constrained("c", "10.1.0.1"), BA, desktop(TA)), {"a": 200, "b": 1})
    severities = [finding.severity for finding in lint(of)]
    assert severities == sorted(severities, key=list(SiteSeverity).index)
    assert {SiteSeverity.ERROR, SiteSeverity.WARNING, SiteSeverity.INFO} == set(severities)


def test_names_in_commands_are_quoted() -> None:
    of = snapshot("a", AB[:1], (constrained("$(id) x", "10.1.0.1"),))
    (finding,) = (one for one in lint(of) if one.id == "site-unfed")
    assert shlex.split(finding.fix)[3] == "$(id) x"
