"""Rows that are none: a header said again, the line drawn under one, totals and counts behind the last row.

Tables that were put together, printed or summed up have them. A row of totals is one only where nothing but numbers
stands beside the word, and no row follows: a computer may be called Total.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from itmsctl.documents.shapes import RowProblem, TableRow
from itmsctl.values.counts import counted

_TOTAL = re.compile(
    r"(grand |sub-?)?(total|totals|sum|summe|gesamt|count|anzahl)s?:?( rows| records)?:?", re.IGNORECASE
)
_NUMBER = re.compile(r"[-+]?[\d.,' ]*\d[\d.,' ]*\s?%?")
_COUNTED = re.compile(r"\(?\d+ (rows?|records?)( affected| selected| returned)?\)?\.?", re.IGNORECASE)
_LINE = re.compile(r"[-=]{2,}|")

Found = TableRow | RowProblem


class Leftovers:
    """Passes over such rows, and counts them by what they were."""

    def __init__(self, header: Sequence[str]) -> None:
        self._header = [cell.casefold() for cell in header]
        self._counts: dict[str, int] = {}

    def rows(self, rows: Iterator[Found]) -> Iterator[Found]:
        """Yield the rows that are rows."""
        waiting: list[Found] = []
        for row in rows:
            cells = row.raw if isinstance(row.raw, list) else []
            if self._is_drawn(cells):
                continue
            if _sums_up(cells):
                waiting.append(row)  # it is known to be the last when no row follows
                continue
            if waiting:
                yield from waiting
                waiting.clear()
            yield row
        self._count("a total", len(waiting))

    def said(self) -> Iterator[str]:
        """Yield what is to be said of rows that were passed over."""
        yield from (f"{counted(count, 'row')} passed over: {what}" for what, count in self._counts.items())

    def _is_drawn(self, cells: Sequence[str]) -> bool:
        first = cells[0].strip() if cells else ""
        if first.casefold() == self._header[0] and [cell.strip().casefold() for cell in cells] == self._header:
            self._count("the header again", 1)
            return True
        if first[:2] in ("--", "==") and all(_LINE.fullmatch(cell.strip()) for cell in cells):
            self._count("a line below a header", 1)
            return True
        return False

    def _count(self, what: str, count: int) -> None:
        if count:
            self._counts[what] = self._counts.get(what, 0) + count


def _sums_up(cells: Sequence[str]) -> bool:
    """Return whether a row holds a word for a total and numbers, or how many rows there are."""
    first = cells[0].strip() if cells else ""
    others = [cell.strip() for cell in cells[1:] if cell.strip()]
    if not others and _COUNTED.fullmatch(first):
        return True
    if not first and others:
        first, *others = others
    return bool(others) and _TOTAL.fullmatch(first) is not None and all(map(_NUMBER.fullmatch, others))
