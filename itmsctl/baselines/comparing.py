"""What of the rows of a computer is not as a baseline has it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property
from typing import Any, NamedTuple

from itmsctl.baselines.kinds import CHANGED, COMPLIANT, DEVIATING, EXTRA, MISSING
from itmsctl.inventory.definition import row_label

ItemRow = Mapping[str, Any]
ItemRows = Mapping[str, ItemRow]
"""Rows by what they are called: the values of their key."""


class Deviation(NamedTuple):
    """A row that is changed, missing or extra; of a changed one the column, and what it should be and is."""

    item: str
    deviation: str
    column: str | None = None
    expected: Any = None
    found: Any = None


@dataclass(frozen=True)
class PickedRows:
    """Which rows count: those whose key matches a pattern of `include`, if any, and none of `exclude`.

    `*` and `?` match also the separators of paths; capitals count.
    """

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()

    def of(self, rows: ItemRows) -> dict[str, ItemRow]:
        """Return the rows that count."""
        wanted, unwanted = _pattern(self.include), _pattern(self.exclude)
        return {
            item: row
            for item, row in rows.items()
            if (wanted is None or wanted.match(item)) and not (unwanted and unwanted.match(item))
        }


@dataclass(frozen=True)
class Comparison:
    """What a computer deviates in, and how many rows there should be."""

    expected: int
    deviations: tuple[Deviation, ...]

    @cached_property
    def counts(self) -> dict[str, int]:
        """Return how many rows are changed, missing and extra; of a changed row all columns count once."""
        items = Counter(kind for _, kind in {(one.item, one.deviation) for one in self.deviations})
        return {kind: items[kind] for kind in (CHANGED, MISSING, EXTRA)}

    @property
    def matching(self) -> int:
        """Return how many rows are as they should be."""
        return self.expected - self.counts[CHANGED] - self.counts[MISSING]

    @property
    def state(self) -> str:
        """Return whether nothing deviates."""
        return DEVIATING if self.deviations else COMPLIANT

    @property
    def compliance(self) -> float:
        """Return the share of rows that match, 0 to 1; extra rows count as rows that do not."""
        whole = self.expected + self.counts[EXTRA]
        return self.matching / whole if whole else 1.0


def compared(expected: ItemRows, found: ItemRows, columns: Sequence[str], *, allow_extra: bool) -> Comparison:
    """Return what deviates, by item: a row says only what it should be in columns that it has a value of."""
    return Comparison(len(expected), tuple(_deviations(expected, found, columns, allow_extra=allow_extra)))


def by_item(key: Sequence[str], rows: Iterable[ItemRow]) -> dict[str, ItemRow]:
    """Return rows by what they are called."""
    return {row_label(key, row): row for row in rows}


def _deviations(
    expected: ItemRows, found: ItemRows, columns: Sequence[str], *, allow_extra: bool
) -> Iterator[Deviation]:
    for item in sorted(expected.keys() | found.keys()):
        should, does = expected.get(item), found.get(item)
        if should is None:
            if not allow_extra:
                yield Deviation(item, EXTRA)
        elif does is None:
            yield Deviation(item, MISSING)
        else:
            for name in columns:
                if should.get(name) is not None and should[name] != does.get(name):
                    yield Deviation(item, CHANGED, name, should[name], does.get(name))


def _pattern(texts: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(translate(text) for text in texts), re.DOTALL) if texts else None
