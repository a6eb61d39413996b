"""What is found: rules and the checks of sites as one list, with an administrator's own figures."""

from __future__ import annotations

from dataclasses import replace

from itmsctl.sites import limits
from itmsctl.sites.findings import Severity
from itmsctl.sites.snapshot import Snapshot as Estate
from itmsctl.sizing.judging import judged, limits_of
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.service.numbers import printed
from tests.sites.cases import server as placed
from tests.sites.test_lints import snapshot as estate
from tests.sizing.designs import design, ns, policy


def test_the_printed_figures_are_those_of_site_check() -> None:
    assert limits_of(printed()) == limits.Limits()


def test_worst_first_in_a_stable_order() -> None:
    found = judged(design(ns("b", 40_000, autoshrink=True), ns("a", 40_000, database="on-box")), printed())
    ranks = [(list(Severity).index(one.severity), one.id, one.object) for one in found]
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
