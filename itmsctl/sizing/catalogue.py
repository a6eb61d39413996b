"""Every metric that a recommendation may hold, found by recommending: for the reference page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from itmsctl.sizing.line import Line
from itmsctl.sizing.meanings import meaning_of
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.recommendation import ROLES, recommend
from itmsctl.sizing.request import Request, SiteSize

_PRESENT = {"task": 1, "package": 1, "boot": 1}


@dataclass(frozen=True)
class Metric:
    """A metric: its role, name, unit, what it means, the tables it stands on, the conflicts that may touch it."""

    role: str
    name: str
    unit: str
    meaning: str
    sources: tuple[str, ...]
    conflicts: tuple[str, ...]


def metrics(numbers: Numbers) -> list[Metric]:
    """Return every metric, by role; those of years once, as `year_N`."""
    found: dict[tuple[str, str], list[Line]] = {}
    for request in _requests():
        for line in recommend(numbers, request):
            found.setdefault((line.role, re.sub(r"year_\d+", "year_N", line.metric)), []).append(line)
    made = [
        Metric(
            role,
            name,
            next((line.unit for line in lines if line.unit), ""),
            meaning_of(role, lines[0].metric),
            tuple(dict.fromkeys(line.source for line in lines)),
            tuple(sorted({one for line in lines for one in line.conflicts})),
        )
        for (role, name), lines in found.items()
    ]
    return sorted(made, key=lambda metric: ROLES.index(metric.role))


def _requests() -> Iterator[Request]:
    for endpoints, years, servers in product((50, 3000, 30_000), (0, 2), (1, 8)):
        yield Request(
            endpoints * servers,
            management_servers=servers,
            consoles=90,
            asset_consoles=30,
            virtual=bool(years),
            gateway_agents=1000 * years,
            growth_pct=30,
            years=years,
            parent=bool(years),
            interval_h=years or None,
            sites=(SiteSize("one", endpoints // 2, _PRESENT), SiteSize("other", endpoints // 2)),
        )
    for on_box in (False, True):
        yield Request(500, on_box=on_box, consoles=1)
