"""What field use of sizing broke, each with its input: what `recommend`, `check` and `report` say of it together."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from itmsctl.sites.estate import TASK, Estate, EstateServer
from itmsctl.sites.snapshot import CountedEstate
from tests.conftest import Run

OVER = """
kind: site
name: s
spec: {endpoints: 100}
---
kind: site
name: t
spec: {endpoints: 40000}
---
kind: management-server
name: hq
spec: {site: s, sites: [s]INTERVAL}
---
kind: management-server
name: two
spec: {site: t, sites: [t], parent: hq}
"""
BAD = """
kind: site
name: dc
spec: {endpoints: 12000, management_server: true}
---
kind: management-server
name: ns
spec:
  site: dc
  sites: [dc]
  database: off-box
  volumes: {os: "C:", data: "C:", log: "C:", tempdb: "C:", packages: "C:"}
  raid: {data: "5", log: "5", tempdb: "5", os: "5", packages: "5"}
  iops: {os: 100, data: 100, log: 100, tempdb: 100, packages: 10}
"""


@pytest.fixture
def over(tmp_path: Path) -> str:
    path = tmp_path / "over.yaml"
    path.write_text(OVER.replace("INTERVAL", ", agent_interval_s: 1s"))
    return str(path)


def test_a_server_above_all_tables_leaves_the_answer_of_others(ok: Run, over: str, tmp_path: Path) -> None:
    found = ok("sizing", "recommend", "-f", over, "-o", "json").json
    told = {server: [line for line in found if line["server"] == server] for server in ("hq", "two")}
    (line,) = told["two"]
    assert (line["role"], "40,000 endpoints are more than `two` carries" in line["value"]) == ("advice", True)
    assert len(told["hq"]) > 100
    page = tmp_path / "page.html"
    ok("sizing", "report", "-f", over, "--out", str(page))
    assert "40,000 endpoints are more than" in page.read_text(encoding="utf-8")


def test_an_odd_interval_of_a_design_is_said_of_its_server(ok: Run, run: Run, over: str) -> None:
    found = ok("sizing", "recommend", "-f", over, "-o", "json").json
    advice = [line["value"] for line in found if (line["server"], line["role"]) == ("hq", "advice")]
    assert ["more than once a minute" in str(value) for value in advice] == [True]
    typed = run("sizing", "recommend", "--endpoints", "10", "--interval", "1s")
    assert (typed.code, "an interval of" in typed.err) == (3, True)


def test_what_repairs_a_finding_is_run_once(ok: Run, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(BAD)
    ok("apply", "-f", str(path), "--yes")
    volumes = {"SZ-206", "SZ-207", "SZ-208"}
    found = [one for one in run("sizing", "check", "-o", "json").json if one["id"] in volumes]
    assert sorted(one["id"] for one in found) == sorted(volumes), "one finding a server and rule"
    for one in found:
        assert run(*shlex.split(one["fix"])[1:]).code == 0, one
    assert {one["id"] for one in run("sizing", "check", "-o", "json").json} & volumes == set()
    server = ok("management-server", "show", "ns", "-o", "json").json
    assert server["raid"] == {"data": "10", "log": "10", "tempdb": "10", "os": "5", "packages": "5"}


def test_shares_of_many_sites_are_rounded_once() -> None:
    sizes = [491] * 30 + [492] * 22 + [501] * 8 + [438]
    names = [f"site-{n}" for n in range(len(sizes))]
    servers = tuple(
        EstateServer(name, f"{n:08x}-0000-4000-8000-000000000000", frozenset({TASK}), sites=frozenset(names))
        for n, name in enumerate(("de-task1", "de-task2"))
    )
    estate = Estate.of(names, (), servers)
    counted = CountedEstate(estate, dict(zip(names, sizes, strict=True)), sum(sizes))
    assert [counted.computers_of(server, TASK) for server in servers] == [15_000, 15_000]
