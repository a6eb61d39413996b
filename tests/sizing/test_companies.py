"""The four companies of `examples/companies/`: `sizing check` finds what their designs have wrong, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.house import ROOT

COMPANIES = ROOT / "examples" / "companies"
EXPECTED = json.loads((COMPANIES / "expected.json").read_text())


def test_every_company_has_its_findings() -> None:
    assert sorted(EXPECTED) == sorted(folder.name for folder in COMPANIES.iterdir() if folder.is_dir())


@pytest.mark.parametrize("company", EXPECTED)
def test_a_company_has_exactly_its_findings(bare_run: Run, sqlite_db: str, company: str) -> None:
    found = bare_run("--db", sqlite_db, "sizing", "check", "-f", str(COMPANIES / company), "-o", "json")
    assert found.code == 20, found.err
    assert [{"id": one["id"], "object": one["object"]} for one in found.json] == EXPECTED[company]
    readme = (COMPANIES / company / "README.md").read_text()
    assert {one["id"] for one in EXPECTED[company]} == set(_named(readme)), "the README names each of them"
    left = bare_run("--db", sqlite_db, "site", "list", "-o", "json")
    assert left.json == [], "nothing is written"


def _named(readme: str) -> list[str]:
    flaws = [line for line in readme.splitlines() if line.startswith("- ")]
    return [part for line in flaws for part in line.split("`")[1::2]]


def test_on_both_databases_and_once_applied(run: Run, ok: Run) -> None:
    design = str(COMPANIES / "medium-4500")
    ok("apply", "-f", design)
    live = run("sizing", "check", "-o", "json")
    assert [{"id": one["id"], "object": one["object"]} for one in live.json] == EXPECTED["medium-4500"]
    again = run("sizing", "check", "-f", design, "-o", "json")
    assert again.json == live.json


def test_what_is_wrong_with_a_design_is_said_as_apply_says_it(run: Run, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("kind: site\nname: rome\nspec: {endpoint: 5}\n")
    result = run("sizing", "check", "-f", str(bad))
    assert result.code == 3
    assert "bad.yaml:3" in result.err
    assert run("sizing", "check", "-f", str(tmp_path / "none.yaml")).code == 5
    good = "kind: management-server\nname: hq\nspec: {endpoints: 40000, report_autorun: false}\n"
    piped = run("sizing", "check", "-f", "-", "-o", "json", stdin=good)
    assert "SZ-101" in [one["id"] for one in piped.json]
