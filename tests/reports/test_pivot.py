"""Pivots: by one column and by two, every measure, empty values, and what cannot be one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.errors import FieldError
from itmsctl.reports import pivot
from itmsctl.reports.pivot import pivot_of, pivoted
from itmsctl.values.kind import Type

COLUMNS = {"os": Type.TEXT, "site": Type.TEXT, "n": Type.INT, "size": Type.REAL}
ROWS: list[dict[str, Any]] = [
    {"os": "linux", "site": "rome", "n": 3, "size": 1.5},
    {"os": "linux", "site": "oslo", "n": 4, "size": None},
    {"os": "mac", "site": "rome", "n": 1, "size": 0.5},
    {"os": None, "site": "rome", "n": 2, "size": 2.0},
]


def table(by: str, measure: str | None = None) -> list[tuple[Any, ...]]:
    found = pivoted(ROWS, pivot_of(by, measure), COLUMNS)
    return [tuple(found.columns), *(tuple(row.values()) for row in found.rows)]


def test_by_one_column() -> None:
    assert table("os") == [("os", "total"), ("linux", 2), ("mac", 1), ("-", 1), ("total", 4)]


def test_by_two_columns() -> None:
    assert table("os,site") == [
        ("os", "oslo", "rome", "total"), ("linux", 1, 1, 2), ("mac", 0, 1, 1), ("-", 0, 1, 1), ("total", 1, 3, 4),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("measure", "linux", "total"),
    [("sum:n", (4, 3, 7), (4, 6, 10)), ("avg:n", (4, 3, 3.5), (4, 2, 2.5)), ("min:n", (4, 3, 3), (4, 1, 1)),
     ("max:size", (1.5, 1.5), (2.0, 2.0)), ("max:site", ("oslo", "rome", "rome"),
      ("oslo", "rome", "rome"))],
)  # fmt: skip
def test_every_measure(measure: str, linux: tuple[Any, ...], total: tuple[Any, ...]) -> None:
    found = table("os,site", measure)
    assert (found[1][1:], found[-1][1:]) == (linux, total)


def test_nothing_is_an_empty_table() -> None:
    assert pivoted([], pivot_of("os,site", None), COLUMNS).rows == []


@pytest.mark.parametrize(
    ("by", "measure"),
    [("", None), ("a,b,c", None), ("os", "sum"), ("os", "count:n"), ("os", "median:n"), ("ox", None), ("os,os", None),
     ("os", "sum:site"), ("os", "sum:nn")],
)  # fmt: skip
def test_what_cannot_be_one(by: str, measure: str | None) -> None:
    with pytest.raises(FieldError):
        pivoted(ROWS, pivot_of(by, measure), COLUMNS)


def test_more_columns_than_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pivot, "MOST_COLUMNS", 1)
    with pytest.raises(FieldError, match="2 columns; 1 at most"):
        table("os,site")


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["x", "total", None]), st.integers(-9, 9)), max_size=30)
)
def test_totals_add_up(given_rows: list[tuple[str, str | None, int]]) -> None:
    rows = [{"os": a, "site": b, "n": n} for a, b, n in given_rows]
    found = pivoted(rows, pivot_of("site,os", "sum:n"), COLUMNS).rows
    if found:
        *lines, last = found
        assert last["total"] == sum(n for _, _, n in given_rows) == sum(line["total"] for line in lines)
