"""The list of faults fits the program; running them is `python -m tests.mutations.run`."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.mutations.mutants import MUTANTS, Mutant
from tests.mutations.run import ROOT, noticed

AREAS = {"expressions", "tasks", "schedules", "security", "sites", "cmdb", "metering", "packages", "software"}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: f"{m.path}:{m.new.strip()[:30]}")
def test_each_fault_has_one_place_and_tests(mutant: Mutant) -> None:
    assert (ROOT / "itmsctl" / mutant.path).read_text(encoding="utf-8").count(mutant.old) == 1
    assert mutant.old != mutant.new
    assert all((ROOT / "tests" / test).is_file() for test in mutant.tests.split())


def test_there_are_sixty_in_all_areas() -> None:
    assert len([m for m in MUTANTS if not m.why_equal]) >= 60
    counted = Counter(m.area for m in MUTANTS)
    assert set(counted) == AREAS
    assert min(counted.values()) >= 6


def test_a_fault_is_noticed_in_a_copy_and_the_program_stays_as_it_is() -> None:
    first = MUTANTS[3]
    before = (ROOT / "itmsctl" / first.path).read_text(encoding="utf-8")
    assert noticed(first) == "killed"
    assert (ROOT / "itmsctl" / first.path).read_text(encoding="utf-8") == before
