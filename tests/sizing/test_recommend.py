"""`sizing recommend`: what is derived from the tables, sites, the CMDB as it stands, overlays, and how it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.sizing.catalogue import metrics
from itmsctl.sizing.parts.gateways import gateways
from itmsctl.sizing.parts.site_servers import spread, task_servers
from itmsctl.sizing.recommendation import recommend
from itmsctl.sizing.request import Request
from itmsctl.sizing.service.numbers import printed
from tests.conftest import Run

NUMBERS = printed()
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sizing-metrics.md"


def lines(run: Run, *options: str, **more: Any) -> list[dict[str, Any]]:
    result = run("sizing", "recommend", *options, "-o", "json", **more)
    assert result.code == 0, result.err
    found: list[dict[str, Any]] = result.json
    return found


def values(found: list[dict[str, Any]], **which: Any) -> dict[tuple[str, str], Any]:
    return {
        (line["role"], line["metric"]): line["value"]
        for line in found
        if all(line[name] == value for name, value in which.items())
    }


# --- what is derived --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoints", "heavy", "servers"),
    [(1, False, 1), (15000, False, 1), (15001, False, 2), (35000, False, 3), (10000, True, 1), (10001, True, 2)],
)
def test_task_servers_follow_the_step(endpoints: int, heavy: bool, servers: int) -> None:
    assert task_servers(NUMBERS, endpoints, heavy=heavy) == servers


@pytest.mark.parametrize(
    ("agents", "concurrent", "virtual", "count"),
    [
        (1, 0, False, 2),
        (60000, 0, False, 2),
        (60001, 0, False, 3),
        (30000, 45001, False, 4),
        (0, 30000, False, 2),
        (36000, 0, True, 2),
        (36001, 0, True, 3),
        (0, 18001, True, 3),
    ],
)
def test_gateways_follow_agents_and_connections(agents: int, concurrent: int, virtual: bool, count: int) -> None:
    request = Request(100, gateway_agents=agents, gateway_concurrent=concurrent, virtual=virtual)
    assert gateways(NUMBERS, request) == count


@given(st.lists(st.integers(0, 50_000), min_size=1, max_size=30), st.integers(1, 60))
def test_task_servers_go_where_a_server_has_the_most(sizes: list[int], servers: int) -> None:
    sites = {str(number): size for number, size in enumerate(sizes)}
    given_ = spread(sites, servers)
    assert sum(given_.values()) == servers
    most = max(size / given_[name] if given_[name] else 0 for name, size in sites.items())
    unserved = max((size for name, size in sites.items() if not given_[name]), default=0)
    assert unserved <= most or not any(sizes)


def test_consoles_add_memory_and_are_limited(bare_run: Run) -> None:
    found = values(lines(bare_run, "--endpoints", "3000", "--consoles", "80", "--asset-consoles", "30"))
    assert found["management", "consoles_mb"] == 2200
    assert (found["management", "ram_gb"], found["management", "ram_gb.with_consoles"]) == (16, 18.2)
    advice = {metric: text for (role, metric), text in found.items() if role == "advice"}
    assert set(advice) == {"console.sessions", "console.managers", "console.asset_managers"}
    assert advice["console.managers"] == "80 managers at once: 75 is the most"


def test_a_database_on_the_same_machine_has_no_server_of_its_own(bare_run: Run) -> None:
    found = values(lines(bare_run, "--endpoints", "800", "--on-box"))
    assert found["database", "hosting"] == "on_box"
    assert found["database", "max_server_memory_gb.max"] == 12
    assert not {("database", "cores"), ("management", "cores")} & set(found)
    above = values(lines(bare_run, "--endpoints", "5001", "--on-box"))
    assert (above["database", "hosting"], above["on_box", "supported"]) == ("off_box", False)


def test_growth_looks_years_ahead(bare_run: Run) -> None:
    found = values(lines(bare_run, "--endpoints", "30000", "--growth", "10", "--years", "2"))
    assert found["database", "endpoints.year_1"] == 33000
    assert found["database", "size_mb.year_1.max"] == 33300
    assert found["database", "band.year_1"] == "sql-5"
    assert found["advice", "endpoints.year_2"] == (
        "36,301 computers in year 2: above 35,000 more management servers are needed"
    )
    assert ("database", "band.year_2") not in found
    assert found["database", "preallocate_mb"] == found["database", "size_mb.year_2.max"]


def test_without_deployment_there_are_no_boot_servers(bare_run: Run) -> None:
    assert "boot" not in {line["role"] for line in lines(bare_run, "--endpoints", "100", "--no-deployment")}


# --- sites ------------------------------------------------------------------------------------------------------------

SITES = "name,endpoints,task,package\nrome,16000,1,1\noslo,100,,\nbari,40,0,0\n<script>alert(1)</script>,9,,\n"


def test_each_site_says_what_it_wants(bare_run: Run, tmp_path: Path) -> None:
    path = tmp_path / "sites.csv"
    path.write_text(SITES, encoding="utf-8")
    found = lines(bare_run, "--sites", str(path))
    assert values(found, site=None)["management", "endpoints"] == 16149
    rome, oslo, bari = (values(found, site=name) for name in ("rome", "oslo", "bari"))
    assert (rome["task", "count"], rome["task", "present"], rome["task", "missing"]) == (2, 1, 1)
    assert (rome["package", "count"], rome["package", "missing"], rome["package", "os"]) == (3, 2, "server")
    assert (oslo["task", "count"], oslo["package", "os"], oslo["boot", "count"]) == (0, "server", 1)
    assert (bari["package", "count"], bari["package", "os"], bari["package", "missing"]) == (1, "desktop", 1)
    served = next(line for line in found if (line["site"], line["role"], line["metric"]) == ("bari", "task", "count"))
    assert served["why"] == "served from rome: a task server saves no bandwidth"
    small = next(line for line in found if (line["site"] or "").startswith("<") and line["metric"] == "cores")
    assert "C-21" in small["conflicts"]


def test_a_site_of_exactly_100_gets_server_systems(bare_run: Run) -> None:
    found = lines(bare_run, "--sites", "-", stdin="name,endpoints\nrome,100\n")
    rome = values(found, site="rome")
    assert [rome[service, "os"] for service in ("task", "package", "boot")] == ["server"] * 3
    assert (rome["task", "cores"], rome["task", "ram_gb"]) == (4, 4)


def test_endpoints_outside_the_sites_are_counted(bare_run: Run) -> None:
    found = lines(bare_run, "--endpoints", "150", "--sites", "-", stdin="name,endpoints\nrome,100\n")
    assert values(found, site="(no site)")["package", "computers"] == 50
    refused = bare_run("sizing", "recommend", "--endpoints", "50", "--sites", "-", stdin="name,endpoints\nrome,100\n")
    assert (refused.code, "50 endpoints, but 100 in the sites" in refused.err) == (3, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,endpoints\nrome,many\n", "line 2: `many` endpoints: not a whole number"),
        ("name,endpoints\nrome,-1\n", "line 2: `-1` endpoints"),
        ("name,endpoints\nrome,99999999999999999999\n", "line 2"),
        ("name,endpoints\nrome,1\nROME,2\n", "line 3: the site `ROME` comes twice"),
        ("name,endpoints\n,1\n", "line 2: the name is empty"),
        ("name,endpoint\nrome,1\n", "did you mean `endpoints`?"),
        ("name\nrome\n", "`endpoints` is missing"),
        ("name,endpoints\n", "no sites"),
        ("", "the file is empty"),
        ('{"name": "rome", "endpoints": true}\n', "line 1"),
    ],
)
def test_bad_sites_are_refused_with_their_line(bare_run: Run, text: str, said: str) -> None:
    refused = bare_run("sizing", "recommend", "--sites", "-", stdin=text)
    assert refused.code == 3
    assert said in refused.err


# --- the CMDB as it stands --------------------------------------------------------------------------------------------


def test_an_empty_cmdb_sizes_nothing(run: Run) -> None:
    refused = run("sizing", "recommend")
    assert (refused.code, "nothing to size" in refused.err, "--endpoints" in refused.err) == (3, True, True)


def test_computers_and_sites_are_counted(run: Run, ok: Run) -> None:
    ok("site", "add", "rome")
    ok("subnet", "add", "10.1.0.0/16", "--site", "rome")
    for number in (1, 2, 3):
        ok("computer", "add", f"pc{number}", "--address", f"10.1.0.{number}")
    ok("computer", "add", "far", "--address", "10.9.0.1")
    found = lines(run)
    assert values(found, site=None)["management", "endpoints"] == 4
    assert values(found, site="rome")["package", "missing"] == 1
    ok("server", "add", "pc1", "--service", "package")
    assert values(lines(run), site="rome")["package", "missing"] == 0


def test_each_management_server_has_its_own_lines(run: Run, ok: Run) -> None:
    ok("site", "add", "rome", "--endpoints", "12000")
    ok("site", "add", "oslo", "--endpoints", "800")
    ok("management-server", "add", "hq", "--manages", "rome", "--consoles", "5")
    ok("management-server", "add", "north", "--manages", "oslo", "--parent", "hq", "--database", "on-box")
    ok("gateway", "add", "edge", "--leads-to", "north", "--agents", "70000")
    found = lines(run)
    hq, north = (values(found, server=name, site=None) for name in ("hq", "north"))
    assert (hq["management", "ram_gb"], hq["management", "ram_gb.with_consoles"]) == (24, 24.1)
    assert (north["management", "endpoints"], north["database", "hosting"]) == (800, "on_box")
    assert (north["gateway", "count"], ("gateway", "count") in hq) == (3, False)
    assert {line["site"] for line in found if line["server"] == "north"} == {None, "oslo"}
    assert values(lines(run, "--interval", "2h"), server="hq")["traffic", "interval_h"] == 2


# --- overlays and words -----------------------------------------------------------------------------------------------


def test_an_overlay_is_named_as_source(bare_run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("database_hardware: {bands: {sql-1: {cores: 64+}}}\n", encoding="utf-8")
    found = lines(bare_run, "--endpoints", "10", "--rules", str(path))
    line = next(one for one in found if (one["role"], one["metric"]) == ("database", "cores"))
    assert (line["value"], line["or_more"], line["source"]) == (64, True, "mine.yaml over 4-1")
    path.write_text("database_hardwar: {}\n", encoding="utf-8")
    refused = bare_run("sizing", "recommend", "--endpoints", "10", "--rules", str(path))
    assert (refused.code, f"{path}:1:19" in refused.err, "did you mean `database_hardware`?" in refused.err) == (
        3,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--endpoints", "0"), 3, "give 1 to"),
        (("--endpoints", "-5"), 3, "give 1 to"),
        (("--endpoints", "99999999999"), 3, "give 1 to"),
        (("--endpoints", "x"), 2, "--endpoints"),
        (("--endpoints", "10", "--tasks", "some"), 2, "heavy or normal"),
        (("--endpoints", "10", "--years", "99"), 3, "years ahead"),
        (("--endpoints", "10", "--growth", "-100"), 3, "growth"),
        (("--endpoints", "10", "--growth", "nan"), 3, "growth"),
        (("--endpoints", "10", "--interval", "soon"), 3, "not a duration"),
        (("--endpoints", "10", "--interval", "0s"), 3, "interval"),
        (("--endpoints", "10", "--consoles", "-1"), 3, "consoles"),
        (("--endpoints", "10", "--management-servers", "0"), 3, "management servers"),
        (("--endpoints", "10", "--role", "databse"), 2, "did you mean `database`?"),
        (("--rules", "-", "--sites", "-"), 2, "standard input"),
        (("--sites", "/nonexistent.csv"), 3, "cannot read"),
    ],
)
def test_wrong_input_is_refused(bare_run: Run, options: tuple[str, ...], code: int, said: str) -> None:
    refused = bare_run("sizing", "recommend", *options)
    assert (refused.code, said in refused.err) == (code, True), refused.err


def test_a_table_fits_eighty_columns_and_says_what_it_leaves_out(bare_run: Run) -> None:
    env = {"COLUMNS": "80"}
    options = (
        "--endpoints",
        "20000",
        "--consoles",
        "10",
        "--growth",
        "10",
        "--years",
        "3",
        "-o",
        "table",
        "--color",
        "never",
    )
    result = bare_run("sizing", "recommend", *options, terminal=True, env=env)
    assert max(map(len, result.out.splitlines())) <= 80
    assert "32 GB or more" in result.out
    assert "more lines with -o wide" in result.err


def test_hostile_names_do_not_reach_the_terminal(bare_run: Run) -> None:
    text = 'name,endpoints\n"<b>\u202e",5\n'
    result = bare_run("sizing", "recommend", "--sites", "-", stdin=text, terminal=True)
    assert "\u202e" not in result.out + result.err


def test_every_metric_is_explained_and_stands_in_the_docs() -> None:
    page = PAGE.read_text(encoding="utf-8")
    found = metrics(NUMBERS)
    assert [metric for metric in found if not metric.meaning] == []
    assert [metric for metric in found if f"| `{metric.name}` |" not in page] == []


@given(st.integers(1, 35_000))
def test_every_count_is_answered_with_one_line_a_metric(endpoints: int) -> None:
    found = [(line.role, line.metric) for line in recommend(NUMBERS, Request(endpoints))]
    assert len(found) == len(set(found))
