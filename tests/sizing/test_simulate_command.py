"""`sizing simulate` as a user meets it, on both databases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from itmsctl.sizing.service.simulated import chart
from tests.conftest import Run
from tests.house import ROOT

DESIGN = """
kind: policy
name: full scan
spec: {splay_s: 5m}
---
kind: site
name: bari
spec: {endpoints: 100}
"""


@pytest.fixture
def design(ok: Run) -> Run:
    ok("site", "add", "rome", "--endpoints", "1200", "--time-zone", "Europe/Rome")
    ok("site", "add", "oslo", "--endpoints", "300", "--link-kbit", "4000")
    ok("management-server", "add", "hq", "--site", "rome", "--manages", "rome", "--manages", "oslo")
    ok("schedule", "add", "monday", "--weekly", "monday 18:00")
    ok("task", "add", "scan", "--command", "true")
    words = ["--task", "scan", "--target", "all", "--schedule", "monday", "--transport", "openssh"]
    ok("policy", "add", "full scan", *words, "--workload", "full-inventory")
    return ok


def test_an_empty_cmdb(run: Run) -> None:
    result = run("sizing", "simulate", "-o", "json")
    assert result.code == 0
    assert {row["type"] for row in result.json} >= {"node", "peak", "latency", "growth", "task-traffic", "series"}
    assert "no limit breaks" in result.err


def test_the_peak_that_breaks_is_named_and_the_proposal_mends_it(run: Run, design: Run) -> None:
    first = run("sizing", "simulate", "--propose", "-o", "ndjson")
    assert first.code == 20
    rows = [json.loads(line) for line in first.out.splitlines()]
    nodes = {row["name"]: row for row in rows if row["type"] == "node"}
    assert {name: row["verdict"] for name, row in nodes.items()} == {
        "management-server/hq": "break",
        "link/oslo": "break",
    }
    assert nodes["link/oslo"]["by"] == "full scan"
    assert nodes["link/oslo"]["at"] == "18:00"
    (proposal,) = [row for row in rows if row["type"] == "proposal"]
    assert proposal["command"] == "itmsctl policy set 'full scan' --splay 5m"
    assert proposal["carries"] is True
    design("policy", "set", "full scan", "--splay", "5m")
    again = run("sizing", "simulate", "-o", "json")
    assert again.code == 0
    assert [row for row in again.json if row["type"] == "node" and row["verdict"] == "break"] == []


def test_series_add_up_to_the_total(run: Run, design: Run) -> None:
    rows = run("sizing", "simulate", "-o", "json").json
    (series,) = [row for row in rows if row["type"] == "series" and row["name"] == "management-server/hq"]
    (node,) = [row for row in rows if row["type"] == "node" and row["name"] == "management-server/hq"]
    assert len(series["requests_s"]) == 1440
    assert sum(series["requests_s"]) * 60 == pytest.approx(node["requests"], rel=0.01)  # rates are rounded


def test_a_table_tells_the_rest(run: Run, design: Run) -> None:
    result = run("sizing", "simulate", "--propose", "-o", "table")
    for text in ("QUEUE AT", "policy-pickup", "step by step", "DATABASE OF", "POLLS/H", "--splay 5m", "parent-side"):
        assert text in result.out
    assert "3 x 2^N" in result.out
    shortened = run("sizing", "simulate", "-o", "table", "--limit", "1")
    assert "1 more, none worse" in shortened.err


def test_off_a_terminal_the_nodes_come_as_tsv(run: Run, design: Run) -> None:
    lines = run("sizing", "simulate").out.splitlines()
    assert [line.split("\t")[0] for line in lines] == ["management-server/hq", "link/oslo"]


def test_a_design_in_files_is_simulated_and_not_applied(run: Run, design: Run, tmp_path: Path) -> None:
    path = tmp_path / "design.yaml"
    path.write_text(DESIGN)
    assert run("sizing", "simulate").code == 20
    planned = run("sizing", "simulate", "-f", str(path), "-o", "json")
    assert planned.code == 0, planned.err
    assert run("sizing", "simulate").code == 20
    assert run("site", "show", "bari").code == 5
    assert run("sizing", "simulate", "-f", str(tmp_path / "none.yaml")).code == 5


@pytest.mark.parametrize("company", ["small-800", "medium-4500", "large-18000"])
def test_a_company_of_the_examples_is_simulated(bare_run: Run, sqlite_db: str, company: str) -> None:
    folder = str(ROOT / "examples" / "companies" / company)
    found = bare_run("--db", sqlite_db, "sizing", "simulate", "-f", folder, "--propose", "-o", "json")
    assert found.code in {0, 20}, found.err
    assert all(row["carries"] for row in found.json if row["type"] == "proposal")
    (node,) = [row for row in found.json if row["type"] == "node" and row["kind"] == "management-server"]
    assert node["requests"] > 0


def test_one_server_alone(run: Run, design: Run) -> None:
    design("management-server", "add", "other", "--endpoints", "10")
    names = [row["name"] for row in run("sizing", "simulate", "--server", "other", "-o", "json").json]
    assert "management-server/other" in names
    assert "management-server/hq" not in names
    result = run("sizing", "simulate", "--server", "othr")
    assert (result.code, "did you mean `other`?" in result.err) == (5, True)


def test_assumptions_are_listed_and_said_otherwise(run: Run, design: Run, tmp_path: Path) -> None:
    listed = {row["name"]: row for row in run("sizing", "simulate", "--assumptions", "-o", "json").json}
    assert listed["full_inventory.kbit"]["value"] == 2400
    assert all(row["source"] == "assumption" for row in listed.values())
    changed = run("sizing", "simulate", "--assumptions", "--assume", "poll.kbit=9", "-o", "json").json
    assert next(row for row in changed if row["name"] == "poll.kbit")["source"] == "--assume"
    overlay = tmp_path / "mine.yaml"
    overlay.write_text("simulation: {values: {server_requests_s: 1000, full_inventory.kbit: 20}}\n")
    assert run("sizing", "simulate", "--rules", str(overlay)).code == 0  # nothing breaks any more


REFUSED = {
    ("--day", "tomorrow"): 3,
    ("--resolution", "0"): 3,
    ("--resolution", "2h"): 3,
    ("--resolution", "soon"): 3,
    ("--assume", "nonsense=1"): 3,
    ("--growth", "-1"): 2,
    ("--package-mb", "-1"): 2,
    ("--rules", "/nowhere.yaml"): 3,
}


def test_what_is_refused(run: Run) -> None:
    results = {words: run("sizing", "simulate", *words) for words in REFUSED}
    assert {words: (result.code, result.out) for words, result in results.items()} == {
        words: (code, "") for words, code in REFUSED.items()
    }


def test_a_chart_of_the_day() -> None:
    assert chart([0, 1, 2, 4, 8, 0], 6) == " ▂▃▅█ "
    assert chart([1.0] * 1440, 48) == "█" * 48
    assert chart([], 48) == ""
