"""What is found: rules and the checks of sites as one list, with an administrator's own figures."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.policies.kinds import WORKLOADS
from itmsctl.sites import limits
from itmsctl.sites.findings import SiteSeverity
from itmsctl.sites.snapshot import CountedEstate as Estate
from itmsctl.sizing.judging import judged, limits_of
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.service.numbers import printed
from itmsctl.sizing.snapshot import DesignGateway, DesignManagementServer
from tests.sites.cases import server as placed
from tests.sites.test_lints import snapshot as estate
from tests.sizing.designs import design, ns, policy, server


def test_the_printed_figures_are_those_of_site_check() -> None:
    assert limits_of(printed()) == limits.Limits()


def test_worst_first_in_a_stable_order() -> None:
    found = judged(design(ns("b", 40_000, autoshrink=True), ns("a", 40_000, database="on-box")), printed())
    ranks = [(list(SiteSeverity).index(one.severity), one.id, one.object) for one in found]
    assert ranks == sorted(ranks)
    assert [(one.id, one.object) for one in found][:2] == [("SZ-101", "a"), ("SZ-101", "b")]


def test_checks_of_sites_are_among_them() -> None:
    sites = estate("", (), (placed("p", "package", "10.1.0.1"),))
    found = judged(replace(design(ns()), estate=sites), printed())
    assert "no-sites" in {one.id for one in found}


def crowd(computers: int) -> Estate:
    return estate("a", ("10.1.0.0/16 a",), (placed("t", "task", "10.1.0.1"),), {"a": computers})


def test_with_several_management_servers_each_is_looked_at() -> None:
    one = replace(design(ns(computers=40_000)), estate=crowd(40_000))
    several = replace(design(ns("a", 20_000, sites=("a",)), ns("b", 20_000)), estate=crowd(40_000))
    assert "task-servers-few" in {found.id for found in judged(one, printed())}
    assert "task-servers-few" not in {found.id for found in judged(several, printed())}


def with_number(table: str, metric: str, value: int) -> Numbers:
    numbers = printed()
    cells = dict(numbers.tables[table].cells)
    cells[metric] = replace(cells[metric], value=value)
    return replace(numbers, tables={**numbers.tables, table: replace(numbers.tables[table], cells=cells)})


def test_an_administrators_figures_count_for_both() -> None:
    of_rules = with_number("management_limits", "limit.computers.max", 50)
    assert [one.id for one in judged(design(ns(computers=51)), of_rules)] == ["SZ-101"]
    of_sites = with_number("task_limits", "limit.computers.max", 50)
    found = judged(replace(design(), estate=crowd(51)), of_sites)
    assert [(one.id, one.what) for one in found if one.id == "task-server-load"] == [
        ("task-server-load", "`t` carries 51 computers as task server")
    ]


def test_a_schedule_that_never_comes_says_nothing() -> None:
    assert judged(design(policy("task", at="2020-01-01T00:00:00", computers=5000)), printed()) == []


# --- any design ------------------------------------------------------------------------------------------------------

COUNTS = st.one_of(st.none(), st.integers(0, 100_000))
SIZES = st.one_of(st.none(), st.integers(1, 100), st.floats(0.5, 100))
SPANS = st.one_of(st.none(), st.floats(1, 1e7), st.sampled_from([60, 300, 3600, 86400]))
NAMES = st.sampled_from(["a", "b", "c", "x y", "it's", "$(id)"])
MAPS = st.dictionaries(st.sampled_from(["os", "data", "log", "tempdb", "packages"]), st.integers(1, 2000))
SERVERS = st.builds(
    DesignManagementServer,
    name=NAMES,
    computers=st.integers(0, 100_000),
    site=st.one_of(st.none(), NAMES),
    sites=st.lists(NAMES, unique=True).map(tuple),
    parent=st.one_of(st.none(), NAMES),
    consoles=COUNTS,
    asset_consoles=COUNTS,
    serves_agents=st.booleans(),
    deployment=st.booleans(),
    virtual=st.booleans(),
    cores=SIZES,
    ram_gb=SIZES,
    database=st.sampled_from([None, "on-box", "off-box"]),
    database_cores=SIZES,
    database_ram_gb=SIZES,
    database_memory_gb=SIZES,
    volumes=MAPS.map(lambda m: {use: f"{n % 3}:" for use, n in m.items()}),
    raid=MAPS.map(lambda m: {use: ("5", "10")[n % 2] for use, n in m.items()}),
    iops=MAPS,
    autogrow_pct=COUNTS,
    autoshrink=st.booleans(),
    collation=st.sampled_from([None, "Latin1_General_BIN", "other"]),
    agent_interval_s=SPANS,
    task_interval_s=SPANS,
    delta_membership_s=SPANS,
    complete_membership_s=SPANS,
    policy_membership_s=SPANS,
    replication_s=SPANS,
)
GATEWAYS = st.builds(
    DesignGateway, name=NAMES, servers=st.lists(NAMES).map(tuple), virtual=st.booleans(), cores=SIZES, ram_gb=SIZES,
    disk_gb=SIZES, nics=SIZES, zone=st.sampled_from([None, "dmz", "lan"]), agents=COUNTS, concurrent=COUNTS,
)  # fmt: skip
SITE_SERVERS = st.builds(
    server,
    services=st.sampled_from(["task", "package boot", "task package boot monitor", "monitor"]),
    name=NAMES,
    sites=st.sampled_from(["", "a", "a b"]),
    carries=st.integers(0, 50_000),
    cores=SIZES,
    ram_gb=SIZES,
    disk_gb=SIZES,
)
POLICIES = st.builds(
    policy,
    workload=st.sampled_from([None, *WORKLOADS]),
    name=NAMES,
    computers=st.integers(0, 100_000),
    enabled=st.booleans(),
    cron=st.sampled_from(["0 18 * * mon", "*/30 * * * *", "0 3 1 * *", "0 0 29 2 *"]),
    runs=st.sampled_from(["", "membership-update:complete", "database-maintenance"]),
)
PARTS = st.lists(
    st.one_of(SERVERS, GATEWAYS, SITE_SERVERS, POLICIES), max_size=8, unique_by=lambda p: (type(p), p.name)
)


@settings(max_examples=150)
@given(PARTS)
def test_any_design_is_judged(parts: list[Any]) -> None:
    found = judged(design(*parts), printed())
    assert len({(one.id, one.object, one.what) for one in found}) == len(found), "nothing is said twice"
    for finding in found:
        assert all(finding.as_dict().values()), finding
        assert shlex.split(finding.fix)[0] == "itmsctl", finding
        assert "None" not in finding.what + finding.fix, finding
