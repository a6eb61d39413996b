"""From where a computer takes a package: a table of cases, and what the command says."""

from __future__ import annotations

import pytest

from itmsctl.packages.copies import CopyState, retry_wait
from itmsctl.packages.route import Outlet, RouteAsked, file_url, route
from itmsctl.sites.selection import Candidate, Excluded, ServerSelection
from tests.packages.conftest import Fleet

NEAR, SITE, FAR = (
    Candidate(n, n, "SITE-6", "because", (), near) for n, near in (("n", "subnet"), ("s", "site"), ("f", ""))
)
OUT = Excluded("x", "x", "PKG-9", "constrained")
R, C, F, D, P = CopyState.READY, CopyState.CLAIMED, CopyState.FAILED, CopyState.CORRUPT, CopyState.COPYING
URL = ("https://a", "http://b/")


def _selection(*candidates: Candidate, excluded: tuple[Excluded, ...] = ()) -> ServerSelection:
    return ServerSelection("package", (), (), candidates, excluded, (), "" if candidates else "no server")


@pytest.mark.parametrize(
    ("candidates", "outlets", "sources", "passed"),
    [
        pytest.param((), {}, ["itmsctl SITE-27"], [], id="nobody is offered"),
        pytest.param((NEAR,), {"n": Outlet(URL, R)}, ["n SITE-6", "n SITE-6", "itmsctl SITE-27"], [], id="two URLs"),
        pytest.param((NEAR,), {}, ["itmsctl PKG-12"], ["n"], id="never copied"),
        pytest.param((NEAR,), {"n": Outlet((), R)}, ["itmsctl PKG-12"], ["n"], id="no URL"),
        pytest.param((NEAR,), {"n": Outlet(URL[:1], F)}, ["itmsctl PKG-12"], ["n"], id="failed"),
        pytest.param((NEAR,), {"n": Outlet(URL[:1], D)}, ["itmsctl PKG-12"], ["n"], id="corrupt"),
        pytest.param((NEAR,), {"n": Outlet(URL[:1], P)}, ["itmsctl PKG-12"], ["n"], id="copying"),
        pytest.param(
            (NEAR, SITE), {"n": Outlet(URL[:1], D), "s": Outlet(URL[:1], R)}, ["s SITE-6", "itmsctl SITE-27"], ["n"],
            id="the next good one where the nearest is corrupt",
        ),
        pytest.param(
            (FAR, SITE, NEAR), {n: Outlet(URL[:1], R) for n in "nsf"},
            ["n SITE-6", "s SITE-6", "f SITE-6", "itmsctl SITE-27"], [], id="near ones first",
        ),
        pytest.param(
            (SITE, NEAR), {"n": Outlet(URL[:1], C), "s": Outlet(URL[:1], R)},
            ["n SITE-6", "s SITE-6", "itmsctl SITE-27"], [], id="a near claim before a far proof",
        ),
    ],
)  # fmt: skip
def test_route(
    candidates: tuple[Candidate, ...], outlets: dict[str, Outlet], sources: list[str], passed: list[str]
) -> None:
    found = route(RouteAsked(_selection(*candidates), outlets, "ab"))
    assert [f"{one.server} {one.rule}" for one in found.sources] == sources
    assert [one.server for one in found.passed] == passed


def test_a_proof_comes_before_a_claim_of_one_as_near() -> None:
    twin = Candidate("a", "a", "SITE-6", "because", (), "site")
    found = route(RouteAsked(_selection(twin, SITE), {"a": Outlet(URL[:1], C), "s": Outlet(URL[:1], R)}, "ab"))
    assert [one.server for one in found.sources] == ["s", "a", "itmsctl"]


def test_without_a_package_states_do_not_matter() -> None:
    found = route(RouteAsked(_selection(NEAR, excluded=(OUT,)), {"n": Outlet(URL[:1])}))
    assert [one.url for one in found.sources] == ["https://a", ""]
    assert found.passed[0].server == "x"


def test_urls_of_files_are_quoted() -> None:
    assert file_url("https://a/", "ab", "sub dir/ü#?.x") == "https://a/ab/sub%20dir/%C3%BC%23%3F.x"


def test_waits_double_from_three_minutes_to_a_day() -> None:
    minutes = [retry_wait(n).total_seconds() / 60 for n in (0, 1, 2, 3, 9, 10, 200)]
    assert minutes == [0, 3, 6, 12, 768, 1440, 1440]


def test_the_command_says_each_source_and_who_is_passed_over(fleet: Fleet) -> None:
    fleet.ok("site", "add", "rome")
    fleet.ok("subnet", "add", "10.1.0.0/16", "--site", "rome")
    fleet.ok("computer", "add", "pc1", "--address", "10.1.0.7")
    fleet.add(0, "--site", "rome", "--url", "https://files.rome.example/p")
    fleet.add(1, "--site", "rome", "--constrained")
    fleet.package(size=10)
    before = fleet.run("package", "route", "tool", "--computer", "pc1", "-o", "json")
    assert [row["rule"] for row in before.json] == ["PKG-12"]
    assert "never copied" in before.err
    fleet.ok("package", "distribute", "tool", "--to", "s1", *fleet.way)
    rows = fleet.ok("package", "route", "tool", "--computer", "pc1", "-o", "json").json
    assert [(row["source"], row["rule"]) for row in rows] == [
        ("https://files.rome.example/p", "SITE-6"), ("itmsctl", "SITE-27"),
    ]  # fmt: skip
    assert "every byte read back" in rows[0]["why"]
    assert [row["server"] for row in fleet.ok("package", "route", "--computer", "10.9.9.9", "-o", "json").json] == [
        "itmsctl"
    ]
