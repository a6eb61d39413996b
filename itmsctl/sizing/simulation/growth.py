"""How the database grows: what computers hold, what each occurrence adds, what a growing estate brings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MONTH_DAYS, YEAR_DAYS = 30, 365
_KB_PER_MB = 1000.0


@dataclass(frozen=True, slots=True)
class Adding:
    """What adds to the database: how many computers, kB for each time, and how often in a month and in a year."""

    name: str
    count: float
    db_kb: float
    month: float
    year: float


@dataclass(frozen=True, slots=True)
class Growth:
    """The database of one management server in MB: today's estimate, and what a month and a year add.

    `least` and `most` are the estimate of the guide: 300 MB and 0.75 to 1 MB for each computer (C-11).
    """

    subject: str
    computers: float
    least_mb: float
    most_mb: float
    month_mb: float
    year_mb: float
    by_source: Sequence[tuple[str, float]]


def growth(
    subject: str,
    computers: float,
    adding: Sequence[Adding],
    *,
    empty_mb: float,
    least_mb_each: float,
    most_mb_each: float,
    growth_pct_year: float = 0.0,
) -> Growth:
    """Return the growth of a database. What is purged is not taken off: it is the most that has to be kept.

    New computers count with the upper estimate, and with the same runs as those of today for half a year on average.
    """
    more = growth_pct_year / 100
    by_source = [(each.name, each.count * each.db_kb * each.year * (1 + more / 2) / _KB_PER_MB) for each in adding]
    month = sum(each.count * each.db_kb * each.month for each in adding) / _KB_PER_MB
    arriving = computers * more * most_mb_each
    return Growth(
        subject,
        computers,
        empty_mb + computers * least_mb_each,
        empty_mb + computers * most_mb_each,
        month + arriving / 12,
        sum(mb for _, mb in by_source) + arriving,
        sorted((item for item in by_source if item[1]), key=lambda item: (-item[1], item[0])),
    )
