"""The whole page as values: what the template sets down, in the order in which it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from itmsctl.sites.findings import SiteFinding, SiteSeverity
from itmsctl.sizing.brief import number
from itmsctl.sizing.drawing import topology as drawing
from itmsctl.sizing.drawing.scale import short
from itmsctl.sizing.drawing.svg import Svg
from itmsctl.sizing.line import Line
from itmsctl.sizing.numbers import Choice, Numbers
from itmsctl.sizing.pages import plots
from itmsctl.sizing.pages.design import SPREAD_H, UNNAMED
from itmsctl.sizing.pages.part import Part, part_of
from itmsctl.sizing.pages.peaks import PeakOnPage, delay_of, peak_of, worst_of
from itmsctl.sizing.pages.sites import MANY, SiteRow, in_classes, site_rows
from itmsctl.sizing.pages.topology import topology
from itmsctl.sizing.request import SERVICES, Request
from itmsctl.sizing.simulation.delays import Delay
from itmsctl.sizing.simulation.outcome import NodeDay, Verdict
from itmsctl.sizing.snapshot import Snapshot

_ADVICE = 3  # so much advice is repeated on top
_FINE = {
    True: "The check finds no error and no warning, and no limit breaks on the day shown.",
    False: "Every figure lies inside the tables, and no limit breaks on the day shown.",
}


@dataclass(frozen=True)
class Tile:
    """A key figure."""

    value: str
    unit: str
    name: str


@dataclass(frozen=True)
class Gathered:
    """All that a page is made of."""

    title: str
    now: datetime
    source: str
    numbers: Numbers
    snapshot: Snapshot
    requests: Sequence[Request]
    lines: Sequence[Line]
    findings: Sequence[SiteFinding] | None
    ignored: int
    days: Sequence[NodeDay]
    delays: Sequence[Delay]
    day: str
    clock: plots.Clock


@dataclass(frozen=True)
class Page:
    """The page."""

    title: str
    made: str
    source: str
    verdict: str
    good: bool
    tiles: Sequence[Tile]
    topology_text: str
    topology_note: str
    topology_wide: Svg
    topology_narrow: Svg
    parts: Sequence[Part]
    day: str
    busiest: str
    spread: str
    loads: Sequence[plots.DrawnPlot]
    peaks: Sequence[PeakOnPage]
    worst: Sequence[PeakOnPage]
    delays: Sequence[tuple[str, str, str, str]]
    sites: Sequence[SiteRow]
    site_classes: Sequence[SiteRow]
    findings: Sequence[SiteFinding] | None
    counts: Mapping[str, int]
    ignored: int
    choices: Sequence[Choice]


def page_of(found: Gathered) -> Page:
    """Return the page of what was gathered."""
    shape = topology(found.snapshot, found.requests)
    title = "Topology"
    servers = [day for day in found.days if day.name.startswith("management-server/")]
    busiest = max(servers, key=lambda day: day.requests_peak.value)
    counts = _counts(found.findings or ())
    problems = _problems(found, counts)
    endpoints = {site.name: site.endpoints for request in found.requests for site in request.sites}
    rows = list(site_rows([line for line in found.lines if line.site], endpoints))
    return Page(
        title=found.title,
        made=f"{found.now:%d %B %Y}".lstrip("0"),
        source=found.source,
        verdict=f"{'; '.join(problems)}." if problems else _FINE[found.findings is not None],
        good=not problems,
        tiles=_tiles(found),
        topology_text=shape.text,
        topology_note=shape.note,
        topology_wide=drawing.wide(shape.roots, title, shape.text),
        topology_narrow=drawing.narrow(shape.roots, title, shape.text),
        parts=[part_of(found.numbers, request, found.lines, place) for place, request in enumerate(_sized(found))],
        day=found.day,
        busiest=_the(busiest),
        spread=f"Inventories start within {SPREAD_H} hours." if found.findings is None else "",
        loads=plots.loads(busiest, found.clock, "load"),
        peaks=[peak_of(day, found.clock, f"spark-{place}") for place, day in enumerate(servers)],
        worst=worst_of(found.days, found.clock),
        delays=[delay_of(delay) for delay in found.delays],
        sites=rows,
        site_classes=list(in_classes(rows)) if len(rows) > MANY else [],
        findings=found.findings,
        counts=counts,
        ignored=found.ignored,
        choices=_choices(found),
    )


def _sized(found: Gathered) -> list[Request]:
    """Return the requests that tables have rows for."""
    servers = {line.server for line in found.lines if line.role == "database"}
    return [request for request in found.requests if request.server in servers]


def _the(day: NodeDay) -> str:
    name = day.name.partition("/")[2]
    return f"the {name}" if name == UNNAMED else name


def _counts(findings: Iterable[SiteFinding]) -> dict[str, int]:
    counts = {severity.value: 0 for severity in SiteSeverity}
    for finding in findings:
        counts[finding.severity.value] += 1
    return counts


def _problems(found: Gathered, counts: Mapping[str, int]) -> list[str]:
    broken = sum(day.verdict is Verdict.BREAK for day in found.days)
    said = (
        (counts["error"], "error", "errors"),
        (counts["warning"], "warning", "warnings"),
        (broken, "limit breaks on the day shown", "limits break on the day shown"),
    )
    advice = list(dict.fromkeys(str(line.value) for line in found.lines if line.role == "advice"))
    more = [f"{len(advice) - _ADVICE} more figures lie outside the tables"] if len(advice) > _ADVICE else []
    return [
        *(f"{number(count)} {one if count == 1 else many}" for count, one, many in said if count),
        *advice[:_ADVICE],
        *more,
    ]


def _tiles(found: Gathered) -> list[Tile]:
    totals = {role: _total(found.lines, role) for role in SERVICES}
    servers = max(len(found.snapshot.servers), sum(request.management_servers for request in found.requests))
    traffic = sum(
        _value(found.lines, "traffic", "requests_per_day", request) * request.management_servers
        for request in found.requests
    )
    size = (
        sum(
            _value(found.lines, "database", "size_mb.max", request) * request.management_servers
            for request in found.requests
        )
        / 1000
    )
    tiles = [
        Tile(number(found.snapshot.computers), "", "computers"),
        Tile(number(servers), "", "management server" if servers == 1 else "management servers"),
        Tile(number(len(found.snapshot.sites)), "", "site" if len(found.snapshot.sites) == 1 else "sites"),
        Tile(number(sum(totals[role] for role in SERVICES)), "", "site servers wanted"),
        Tile(number(len(found.snapshot.gateways)), "", "internet gateways"),
        Tile(short(traffic), "", "requests a day"),
        Tile(short(size), "GB", "database at most, now" if servers == 1 else "databases at most, now"),
    ]
    return [tile for tile in tiles if tile.value != "0"]


def _total(lines: Sequence[Line], role: str) -> int:
    return sum(
        int(line.value)
        for line in lines
        if (line.role, line.metric, line.site) == (role, "count", "") and isinstance(line.value, int)
    )


def _value(lines: Sequence[Line], role: str, metric: str, request: Request) -> float:
    found = (
        line.value
        for line in lines
        if (line.server, line.role, line.metric, line.site) == (request.server, role, metric, "")
    )
    value = next(found, None)
    return float(value) if isinstance(value, (int, float)) else 0.0


def _choices(found: Gathered) -> list[Choice]:
    touched = {one for line in found.lines for one in line.conflicts}
    return [choice for key, choice in found.numbers.choices.items() if key in touched]
