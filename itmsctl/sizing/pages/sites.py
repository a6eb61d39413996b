"""The table of sites: what each needs, and many of them in classes of size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from itmsctl.sizing.brief import number
from itmsctl.sizing.line import Line
from itmsctl.sizing.request import SERVICES

MANY = 40  # so many sites are listed; of more the page shows classes, and the list behind a fold
CLASSES: tuple[tuple[int | None, str], ...] = (
    (100, "below 100"),
    (1000, "100 to 999"),
    (5000, "1,000 to 4,999"),
    (None, "5,000 or more"),
)


@dataclass(frozen=True)
class Wanted:
    """How many servers of a service are wanted, and how many of them are missing, where that is known."""

    count: int = 0
    missing: int | None = None

    def __add__(self, other: Wanted) -> Wanted:
        known = [one.missing for one in (self, other) if one.missing is not None]
        return Wanted(self.count + other.count, sum(known) if known else None)

    def __str__(self) -> str:
        if not self.missing:
            return number(self.count) if self.count else "-"
        return f"{number(self.count - self.missing)} of {number(self.count)}"


@dataclass(frozen=True)
class SiteRow:
    """A site, or sites of one class together (`sites` is how many)."""

    name: str
    computers: int
    needs: Mapping[str, Wanted]
    system: str
    sites: int = 1


def site_rows(lines: Sequence[Line], endpoints: Mapping[str, int]) -> Iterator[SiteRow]:
    """Yield a row for each site; `lines` are those of sites."""
    found: dict[str, dict[str, Line]] = {}
    for line in lines:
        found.setdefault(line.site, {})[f"{line.role}.{line.metric}"] = line
    for name, mine in found.items():
        systems = {str(mine[f"{service}.os"].value) for service in SERVICES if f"{service}.os" in mine}
        system = "server" if "server" in systems else next(iter(systems), "")
        yield SiteRow(name, endpoints.get(name, 0), {one: _wanted(mine, one) for one in SERVICES}, system)


def in_classes(rows: Sequence[SiteRow]) -> Iterator[SiteRow]:
    """Yield a row for each class of size that some sites are in, the largest first."""
    floor = 0
    found = []
    for end, name in CLASSES:
        inside = [row for row in rows if floor <= row.computers and (end is None or row.computers < end)]
        floor = end or 0
        if inside:
            needs = {one: sum((row.needs[one] for row in inside), Wanted()) for one in SERVICES}
            found.append(SiteRow(name, sum(row.computers for row in inside), needs, "", len(inside)))
    yield from reversed(found)


def _wanted(lines: Mapping[str, Line], service: str) -> Wanted:
    count, missing = (lines.get(f"{service}.{metric}") for metric in ("count", "missing"))
    return Wanted(_whole(count) or 0, _whole(missing))


def _whole(line: Line | None) -> int | None:
    return line.value if line is not None and isinstance(line.value, int) else None
