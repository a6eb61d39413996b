"""Every cell of the guide's tables comes back from `sizing recommend`, at every edge, with its conflicts (SIZE-2)."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.sizing import guide

ORIGINAL = Path(__file__).parents[2].parent / "shared" / "spec" / "sizing.yaml"
DIGEST = "b74a541ab4ab2c385ab73c095ccfbe7b424060c1977d4642bff36a1dbe38b988"
LISTS = {"purpose": guide.GUIDE["hardware"]["internet_gateway"]["redundancy"]["purpose"]}


def recommended(bare_run: Run, *options: object) -> dict[tuple[str, str], dict[str, Any]]:
    result = bare_run("sizing", "recommend", *map(str, options), "-o", "json")
    assert result.code == 0, result.err
    found = result.json
    keyed = {(line["role"], line["metric"]): line for line in found}
    assert len(keyed) == len(found)
    return keyed


def assert_cells(found: dict[tuple[str, str], dict[str, Any]], row: guide.Row, **at: int) -> None:
    for cell in row.cells:
        line = found[cell.role, cell.metric]
        assert (line["value"], line["or_more"]) == (cell.value, cell.or_more), (cell, at)
        assert line["source"] == row.table, (cell, at)
        assert row.band in (None, line["band"]), (cell, at)


def test_the_copy_is_the_specification_byte_for_byte() -> None:
    copy = guide.COPY.read_bytes()
    assert hashlib.sha256(copy).hexdigest() == DIGEST
    if ORIGINAL.exists():  # it stands beside the repository, where there is one
        assert copy == ORIGINAL.read_bytes()


@pytest.mark.parametrize("endpoints", guide.counts_to_try())
def test_every_cell_comes_back(bare_run: Run, endpoints: int) -> None:
    found = recommended(bare_run, "--endpoints", endpoints)
    for table in guide.WHOLE:
        assert_cells(found, guide.row_for(table, endpoints), endpoints=endpoints)
    for service, table in guide.SERVERS.items():
        most = table[-1].high or 0
        servers = -(-endpoints // most)
        share = -(-endpoints // servers)
        assert found[service, "count"]["value"] == servers
        assert found[service, "computers"]["value"] == share
        row = guide.row_for(table, share)
        if share == 100:  # exactly 100 computers want a server system, and so its row
            row = guide.row_for(table, 101)
            assert (found[service, "os"]["value"], found[service, "os"]["conflicts"]) == ("server", ["A-03"])
        assert_cells(found, row, endpoints=endpoints, share=share)


@pytest.mark.parametrize("endpoints", [1, 5000, 35000])
def test_what_holds_for_every_count_comes_back(bare_run: Run, endpoints: int) -> None:
    found = recommended(bare_run, "--endpoints", endpoints)
    for cell in (*guide.GATEWAY, *guide.COUNTS):
        name, _, number = cell.metric.partition(".")
        if name in LISTS:
            assert found[cell.role, name]["value"][int(number)] == cell.value
            continue
        line = found[cell.role, cell.metric]
        assert (line["value"], line["or_more"]) == (cell.value, cell.or_more), cell
    assert {found[cell.role, cell.metric]["source"] for cell in guide.COUNTS} == {"4-8"}
    topology = guide.GUIDE["max_counts"]["tested_topology"]
    tested = {
        name: found["hierarchy", f"tested.{name}"]["value"] for name in ("printed", "parents", "children", "endpoints")
    }
    assert tested == {name: topology[name] for name in tested}
    below = guide.GUIDE["max_counts"]["hierarchy_children_per_parent"]
    assert found["hierarchy", "limit.children.max"]["value"] == below["recommended_max"]
    assert found["hierarchy", "raises_capacity"]["value"] is below["hierarchy_raises_per_server_capacity"]
    deploy = guide.GUIDE["max_counts"]["footnotes"][2]
    line = found["task", "limit.deploy_clients.max"]
    assert (line["value"], line["source"]) == (
        deploy["max_clients_in_simultaneous_deploy_jobs_per_task_server"],
        deploy["source"],
    )


def test_a_parent_has_its_own_memory(bare_run: Run) -> None:
    for row in guide.MANAGEMENT:
        cells = {cell.metric: cell.value for cell in row.cells}
        found = recommended(bare_run, "--endpoints", row.high, "--parent")
        assert found["management", "ram_gb"]["value"] == (cells["ram_gb.parent"] or cells["ram_gb"])


TOUCHED = [
    (1000, ("database", "cores"), {"C-06"}),
    (500, ("database", "capacity_gb.logs"), {"C-06", "A-12"}),
    (500, ("database", "capacity_gb.temp"), {"C-06", "A-12"}),
    (2000, ("database", "mount.data"), {"C-06", "C-27"}),
    (2000, ("database", "capacity_gb.logs"), {"C-06"}),
    (2000, ("management", "ram_gb"), {"C-06"}),
    (9, ("task", "cores"), {"C-21"}),
    (9, ("package", "cores"), {"C-21"}),
    (9, ("boot", "cores"), {"C-21"}),
    (10, ("boot", "cores"), set()),
    (1000, ("boot", "cores"), {"C-06"}),
    (21, ("on_box", "cores.min"), {"C-21"}),
    (99, ("on_box", "cores.min"), {"C-21"}),
    (99, ("on_box", "disk_gb"), {"C-21", "C-28"}),
    (20, ("on_box", "cores.min"), set()),
    (100, ("on_box", "disk_gb"), {"C-28"}),
    (7000, ("database", "version_min"), {"C-06", "C-20"}),
    (2000, ("database", "version_min"), {"C-06"}),
    (2000, ("agent", "config_interval_h"), {"C-06"}),
    (20001, ("agent", "config_interval_h"), {"C-05", "C-06"}),
    (15001, ("settings", "agent_config_h"), {"C-05", "C-06"}),
    (2000, ("settings", "full_inventory"), {"C-01", "C-06"}),
    (2000, ("settings", "delta_inventory"), {"C-02", "C-06", "A-18"}),
    (2000, ("settings", "delta_membership_update_min"), {"C-06", "C-08"}),
    (2000, ("settings", "task_service_update_min"), {"C-06", "C-24"}),
    (2000, ("gateway", "limit.agents.max"), {"C-07"}),
    (2000, ("gateway", "ceiling.endpoints.max"), {"C-07"}),
    (2000, ("boot", "limit.computers.max"), {"C-09"}),
    (2000, ("boot", "limit.pxe_sessions.max"), {"C-10"}),
    (2000, ("task", "limit.deploy_clients.max"), {"C-10"}),
    (2000, ("task", "count"), {"A-02", "C-25"}),
    (2000, ("management", "limit.computers.max"), {"A-01"}),
    (2000, ("database", "size_mb.min"), {"C-11"}),
    (2000, ("database", "autogrow_mb.min"), {"A-06", "C-11"}),
    (2000, ("package", "cores"), set()),
]


@pytest.mark.parametrize(("endpoints", "line", "conflicts"), TOUCHED)
def test_conflicts_that_touch_a_line_are_named(
    bare_run: Run, endpoints: int, line: tuple[str, str], conflicts: set[str]
) -> None:
    assert set(recommended(bare_run, "--endpoints", endpoints)[line]["conflicts"]) == conflicts


def test_every_conflict_over_these_tables_touches_a_line(bare_run: Run) -> None:
    named: set[str] = set()
    for endpoints in (9, 100, 2000, 7000, 20001):
        named |= {one for line in recommended(bare_run, "--endpoints", endpoints).values() for one in line["conflicts"]}
    about = re.compile(r"\b(4-\d+|6-3|agent configuration update interval)\b")
    cited = {
        conflict["id"]
        for conflict in guide.GUIDE["conflicts"]
        if any(about.search(conflict[side]["source"]) for side in "abc" if side in conflict)
    }
    assert len(cited) > 10
    assert cited - named == set()
    known = {one["id"] for part in ("conflicts", "ambiguities") for one in guide.GUIDE[part]}
    assert named - known == set()


@pytest.mark.parametrize("case", guide.GUIDE["agent"]["worked_example"]["cases"])
def test_the_worked_example(bare_run: Run, case: dict[str, int]) -> None:
    computers = guide.GUIDE["agent"]["worked_example"]["computers"]
    hourly = case["interval_h"] == 1
    options = ("--endpoints", computers, *(() if hourly else ("--interval", f"{case['interval_h']}h")))
    found = recommended(bare_run, *options)
    assert found["traffic", "requests_per_day"]["value"] == case["requests_per_day"]
    assert found["traffic", "kbit_per_day"]["value"] == case["traffic_kbit_per_day"]


def test_above_the_limit_is_refused_with_advice(bare_run: Run) -> None:
    refused = bare_run("sizing", "recommend", "--endpoints", "40000")
    assert refused.code == 3
    assert "40,000 endpoints are more than one management server carries: 35,000" in refused.err
    assert "2 management servers: --endpoints 40000 --management-servers 2" in refused.err
    found = recommended(bare_run, "--endpoints", 40000, "--management-servers", 2)
    assert (found["management", "endpoints"]["value"], found["management", "l2_mb"]["band"]) == (20000, "ns-4")
    assert found["hierarchy", "children"]["value"] == 1


def test_database_size_and_memory_are_the_guides_formulas(bare_run: Run) -> None:
    sizing, memory = guide.GUIDE["database"]["sizing"], guide.GUIDE["database"]["memory"]["leave_for_os_gb"]
    for endpoints in (500, 18000):
        found = recommended(bare_run, "--endpoints", endpoints)
        each = sizing["per_managed_computer"]
        assert (
            found["database", "size_mb.min"]["value"] == sizing["empty_platform_mb"] + endpoints * each["min_kb"] / 1000
        )
        assert found["database", "size_mb.max"]["value"] == sizing["empty_platform_mb"] + endpoints * each["max_mb"]
        ram = found["database", "ram_gb"]["value"]
        assert found["database", "max_server_memory_gb.min"]["value"] == ram - memory["max"]
        assert found["database", "max_server_memory_gb.max"]["value"] == ram - memory["min"]
