"""The forecast's arithmetic, and amounts of bytes as people read them."""

from __future__ import annotations

import pytest

from itmsctl.admin.advice import ADVICE
from itmsctl.admin.growth import DAY_S, SUITE_EMPTY, YEAR_S, GrowthPart, class_of, forecast, shares, too_young
from itmsctl.values.sizes import bar, size_text

MB = 2**20


@pytest.mark.parametrize(
    ("parts", "growth", "sizes"),
    [
        ([GrowthPart("computers", 100)], 0.0, [100, 100, 100]),
        ([GrowthPart("computers", 100)], 0.5, [100, 150, 225]),
        ([GrowthPart("audit", 100, YEAR_S)], 0.0, [100, 200, 300]),
        ([GrowthPart("audit", 100, YEAR_S)], 0.5, [100, 250, 475]),
        ([GrowthPart("audit", 100, YEAR_S, YEAR_S)], 0.0, [100, 100, 100]),
        ([GrowthPart("audit", 100, YEAR_S, 2 * YEAR_S)], 0.0, [100, 200, 200]),
        ([GrowthPart("audit", 300, YEAR_S * 3, YEAR_S)], 0.0, [300, 100, 100]),
        ([GrowthPart("audit", 100, DAY_S / 2)], 0.0, [100, 100, 100]),
        ([GrowthPart("computers", 100), GrowthPart("audit", 10, YEAR_S)], 0.0, [110, 120, 130]),
        ([], 0.0, [0, 0, 0]),
    ],
)
def test_years(parts: list[GrowthPart], growth: float, sizes: list[int]) -> None:
    assert [year.size for year in forecast(parts, 10, growth, 2)] == sizes


def test_the_suites_rule_stands_beside() -> None:
    now, then = forecast([], 500, 1.0, 1)
    assert (now.computers, now.suite_low, now.suite_high) == (500, SUITE_EMPTY + 375_000 * 1024, SUITE_EMPTY + 500 * MB)
    assert (then.computers, then.suite_high) == (1000, SUITE_EMPTY + 1000 * MB)
    assert too_young([GrowthPart("a", 1, 5.0), GrowthPart("b", 1), GrowthPart("c", 1, YEAR_S)]) == ["a"]


@pytest.mark.parametrize(
    ("table", "name"),
    [("computer_address", "computers"), ("run_output", "runs"), ("change_set", "audit"), ("blob", "output"),
     ("chain_checkpoint", "audit"), ("occurrence", "policies"), ("policy", "configuration"), ("site", "configuration"),
     ("member_log", "membership"), ("former_member", "membership")],
)  # fmt: skip
def test_classes(table: str, name: str) -> None:
    assert class_of(table) == name


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "0.98 kB"), (1024, "1.00 kB"), (15_000, "14.6 kB"), (150_000, "146 kB"),
     (2**30, "1.00 GB"), (5 * 2**40, "5.00 TB"), (-2048, "-2.00 kB"), (2**60, "1048576 TB")],
)  # fmt: skip
def test_sizes(size: int, text: str) -> None:
    assert size_text(size) == text


def test_bars_and_shares() -> None:
    assert [bar(share, 2) for share in (0, 0.001, 0.5, 0.75, 1, 7, -1)] == ["", "▏", "█", "█▌", "██", "██", ""]
    assert shares({"a": 1, "b": 3}) == {"a": 0.25, "b": 0.75}
    assert shares({"a": 0}) == {"a": 0.0}


def test_advice_is_said_for_both_engines_with_its_source() -> None:
    assert len({one.topic for one in ADVICE}) == len(ADVICE)
    for one in ADVICE:
        for is_sqlite in (True, False):
            row = one.here(is_sqlite)
            assert all(row.values()), row
            assert row["source"].startswith(("DB-", "INST-"))
    said = {one.topic: one.here(True)["applies"] for one in ADVICE}
    assert {name for name, applies in said.items() if applies == "no"} >= {
        "recovery model", "autoshrink", "ad hoc workloads", "tempdb", "index free space"
    }  # fmt: skip
