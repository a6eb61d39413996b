"""Rules over real package databases and captured registries."""

from __future__ import annotations

import pytest

from itmsctl.packages.detection import evaluate, parse, text_of
from tests.inventory.captures import FOLDER
from tests.packages.detection.cases import CASES, evidence_of
from tests.servers import missing


@pytest.mark.parametrize(("source", "rule", "truth"), CASES, ids=[f"{n}-{c[0]}" for n, c in enumerate(CASES)])
def test_a_rule_holds_by_what_was_captured(source: str, rule: str, truth: bool | None) -> None:
    if not FOLDER.is_dir():
        missing("captures", "the folder of real files is not beside the repository")
    verdict = evaluate(parse(rule), evidence_of(source))
    assert verdict.truth is truth, verdict
    assert verdict.text
    assert evaluate(parse(text_of(parse(rule))), evidence_of(source)) == verdict


def test_there_are_sixty_cases_of_all_three_values() -> None:
    assert len(CASES) >= 60
    assert {truth for _, _, truth in CASES} == {True, False, None}
