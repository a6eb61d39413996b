"""Every rule fires where it should and is quiet where it should: a rule that is one file is tested by itself."""

from __future__ import annotations

import importlib
import re
import shlex
from types import ModuleType

import pytest

from itmsctl.sites.findings import SiteSeverity
from itmsctl.sizing import rulebook
from itmsctl.sizing.rule import Rule
from itmsctl.sizing.service.numbers import printed
from tests.conftest import Run
from tests.house import ROOT
from tests.sizing.designs import design

_SOURCE = re.compile(r"\b[A-Z]+-\d+\b|\btables? \d-\d\b")


def rule_of(name: str) -> Rule:
    rule = importlib.import_module(f"itmsctl.sizing.rules.{name}").RULE
    assert isinstance(rule, Rule)
    return rule


def cases_of(name: str) -> ModuleType:
    return importlib.import_module(f"tests.sizing.rules.{name}")


@pytest.mark.parametrize("name", rulebook.modules())
def test_a_rule_fires_and_is_quiet(name: str) -> None:
    rule, cases = rule_of(name), cases_of(name)
    assert cases.FIRES, "a rule has a firing case"
    assert cases.QUIET, "a rule has a quiet case"
    for said, (snapshot, objects) in cases.FIRES.items():
        found = list(rule.findings(snapshot, printed()))
        assert [finding.object for finding in found] == objects, said
        for finding in found:
            assert all(finding.as_dict().values()), finding
            assert finding.id == rule.id
            assert shlex.split(finding.fix)[0] == "itmsctl"
            assert "\n" not in finding.what
            assert not re.search(r"None|\d\.\d{4,}", finding.what + finding.fix), finding
    for said, snapshot in cases.QUIET.items():
        assert list(rule.findings(snapshot, printed())) == [], said


@pytest.mark.parametrize("name", rulebook.modules())
def test_a_rule_says_where_it_comes_from(name: str) -> None:
    rule = rule_of(name)
    assert re.fullmatch(r"SZ-[1-9]\d\d", rule.id)
    assert rule.severity in SiteSeverity
    assert _SOURCE.search(rule.source), rule.source
    assert rule.title
    assert len(rule.text) > 60, "a rule has a paragraph"
    assert list(rule.findings(design(), printed())) == [], "nothing is wrong with nothing"


def test_ids_are_each_given_once() -> None:
    found = [rule.id for rule in rulebook.rules()]
    assert sorted(set(found)) == found


def test_a_rule_is_in_help_listing_and_reference(ok: Run) -> None:
    text = ok("sizing", "check", "--help").out
    listed = {row["id"]: row["title"] for row in ok("sizing", "rules", "-o", "json").json}
    page = (ROOT / "docs/reference/sizing-rules.md").read_text()
    for rule in rulebook.rules():
        assert rule.id in text
        assert listed[rule.id] == rule.title
        assert f"## {rule.id} {rule.title}\n" in page, "run .ci/reference.py"
        assert rule.text in page
    assert len(listed) == len(rulebook.modules())
