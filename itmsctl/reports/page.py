"""What the page of a report shows: its rows as a table, and a bar for each where one of its columns is a number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itmsctl.values.kind import Type
from itmsctl.values.times import to_text
from itmsctl.values.types import meaning

MOST = 5000  # rows on a page; more are said to be there, and are for a file of data


@dataclass(frozen=True)
class PageColumn:
    """A column of the table; numbers stand at the right."""

    title: str
    right: bool


@dataclass(frozen=True)
class PageRow:
    """A row as texts, and its bar: a share of the longest one in percent, None without."""

    values: Sequence[str]
    bar: float | None
    is_total: bool


@dataclass(frozen=True)
class ReportPage:
    """The page. `measured` names the column that the bars show; empty without bars."""

    title: str
    lead: str
    made: str
    columns: Sequence[PageColumn]
    rows: Sequence[PageRow]
    left_out: int
    measured: str
    members: Sequence[Mapping[str, str]]


def measured_column(columns: Mapping[str, Type | None], rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the column that is worth drawing: the last that is a number without a negative; empty for none."""
    for name in reversed(list(columns)):
        values = [row[name] for row in rows if row[name] is not None]
        if _is_number(columns[name]) and any(values) and min(values) >= 0:
            return name
    return ""


def _is_number(kind: Type | None) -> bool:
    return kind is not None and bool(meaning(kind).is_number)


def table_of(
    columns: Mapping[str, Type | None], rows: Sequence[Mapping[str, Any]], total: Mapping[str, Any] | None = None
) -> tuple[list[PageColumn], list[PageRow], str]:
    """Return columns, rows and the column that is drawn. `total` is a last row that has no bar."""
    shown = rows[:MOST]
    drawn = measured_column(columns, shown) if len(shown) > 1 else ""
    longest = max((row[drawn] for row in shown if row[drawn] is not None), default=0) if drawn else 0
    heads = [
        PageColumn(name.replace("_", " "), kind is not None and meaning(kind).is_number)
        for name, kind in columns.items()
    ]
    lines = [_row(columns, row, 100 * (row[drawn] or 0) / longest if drawn else None) for row in shown]
    if total is not None:
        lines.append(_row(columns, total, None, is_total=True))
    return heads, lines, drawn


def _row(
    columns: Mapping[str, Type | None], row: Mapping[str, Any], bar: float | None, *, is_total: bool = False
) -> PageRow:
    return PageRow([_text(row[name]) for name in columns], bar, is_total)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return to_text(value) if isinstance(value, datetime) else str(value)
