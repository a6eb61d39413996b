"""How large the database will be: what grows by itself, what grows with the computers, and what retention holds back.

Pure arithmetic. The suite's own rule stands beside it: 300 MB empty, 0.75 to 1 MB for each computer (DB-2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Class of tables -> how their names begin. What is not named here is configuration.
CLASSES = {
    "inventory-history": ("inventory_closed",),
    "computers": ("resource", "computer", "inv_", "inventory_", "association", "dirty"),
    "membership": ("member", "former_member", "collection_state"),
    "runs": ("run",),
    "output": ("blob",),
    "policies": ("occurrence", "policy_", "arrived_event"),
    "audit": ("change", "chain_", "tombstone"),
}
CONFIGURATION = "configuration"
# What a class loses by a purge -> the retention that purges it.
KEPT_BY = {
    "inventory-history": "inventory",
    "membership": "memberships",
    "runs": "runs",
    "output": "outputs",
    "policies": "events",
    "audit": "changes",
}
YEAR_S = 365 * 86_400.0
DAY_S = 86_400.0
SUITE_EMPTY = 300 * 2**20
SUITE_LOW, SUITE_HIGH = 750 * 2**10, 2**20


def class_of(table: str) -> str:
    """Return the class of a table by how its name begins."""
    return next((name for name, begins in CLASSES.items() if table.startswith(begins)), CONFIGURATION)


@dataclass(frozen=True, slots=True)
class GrowthPart:
    """One class: its bytes now, and the seconds in which they came together; none where it does not grow by time."""

    name: str
    size: int
    age_s: float | None = None
    kept_s: float | None = None  # its retention, where one is set


@dataclass(frozen=True, slots=True)
class GrowthYear:
    """The database after so many years."""

    year: int
    computers: int
    size: int
    suite_low: int
    suite_high: int


def forecast(parts: Sequence[GrowthPart], computers: int, growth: float, years: int) -> list[GrowthYear]:
    """Return the size now and after each year, where computers grow by a share `growth` a year.

    What has a history grows at the rate of its past, faster as computers are more, until its retention holds it. The
    rest grows as the computers do.
    """
    return [_after(parts, computers, growth, year) for year in range(years + 1)]


def _after(parts: Sequence[GrowthPart], computers: int, growth: float, year: int) -> GrowthYear:
    count = round(computers * (1 + growth) ** year)
    size = sum(_size(part, growth, year) for part in parts)
    return GrowthYear(year, count, round(size), SUITE_EMPTY + count * SUITE_LOW, SUITE_EMPTY + count * SUITE_HIGH)


def _size(part: GrowthPart, growth: float, year: int) -> float:
    if not part.age_s or part.age_s < DAY_S:
        return part.size * (1 + growth) ** year
    rate = part.size / part.age_s
    added = sum(rate * YEAR_S * (1 + growth) ** n for n in range(1, year + 1))
    grown = part.size + added
    if part.kept_s is None or year == 0:
        return grown
    return min(grown, rate * (1 + growth) ** year * part.kept_s)


def too_young(parts: Sequence[GrowthPart]) -> list[str]:
    """Return the classes with a history of less than a day: nothing can be told from it."""
    return [part.name for part in parts if part.age_s is not None and part.age_s < DAY_S]


def shares(sizes: Mapping[str, int]) -> dict[str, float]:
    """Return what share of the whole each has."""
    total = sum(sizes.values())
    return {name: size / total if total else 0.0 for name, size in sizes.items()}
