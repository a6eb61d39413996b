"""The page of the fleet: what `inventory report` shows, ready to be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FleetTile:
    """A number that stands out."""

    name: str
    value: str


@dataclass(frozen=True)
class FleetRow:
    """A line of a table with its bar."""

    values: tuple[str, ...]
    computers: int
    percent: float


@dataclass(frozen=True)
class FleetPart:
    """A table of counts."""

    key: str
    title: str
    note: str
    names: tuple[str, ...]
    rows: tuple[FleetRow, ...]


@dataclass(frozen=True)
class FleetPage:
    """The whole page."""

    title: str
    made: str
    lead: str
    tiles: tuple[FleetTile, ...]
    parts: tuple[FleetPart, ...]


def part_of_counts(
    key: str, title: str, note: str, names: Sequence[str], counts: Sequence[Mapping[str, Any]]
) -> FleetPart:
    """Return the table of a summary: columns by their names, and a bar for each row."""
    rows = (
        FleetRow(
            tuple("" if row[name] is None else str(row[name]) for name in names),
            int(row["computers"]),
            round(float(row["share"]) * 100, 1),
        )
        for row in counts
    )
    return FleetPart(key, title, note, tuple(name.replace("_", " ").capitalize() for name in names), tuple(rows))
