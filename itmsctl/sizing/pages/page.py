"""The whole page as values: what the template sets down, in the order in which it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from itmsctl.sites.findings import Finding, Severity
from itmsctl.sizing.brief import number, spoken
from itmsctl.sizing.drawing import topology as drawing
from itmsctl.sizing.drawing.scale import short
from itmsctl.sizing.drawing.svg import Svg
from itmsctl.sizing.line import Line
from itmsctl.sizing.numbers import Choice, Numbers, band_of
from itmsctl.sizing.pages import hardware, plots
from itmsctl.sizing.pages.design import SPREAD_H, UNNAMED
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
_VERDICTS = {Verdict.OK: "carries", Verdict.TIGHT: "near its limit", Verdict.BREAK: "breaks its limit"}


@dataclass(frozen=True)
class Tile:
    """A key figure."""

    value: str
    unit: str
    name: str


@dataclass(frozen=True)
class Year:
    """The database in one year."""

    name: str
    computers: str
    size: str
    band: str


@dataclass(frozen=True)
class Part:
    """What one management server wants."""

    name: str
    computers: str
    band: str
    machines: Sequence[hardware.Machine]
    volumes: Sequence[hardware.Volume]
    settings: Sequence[hardware.Setting]
    facts: Sequence[tuple[str, str, str]]
    growth: plots.Drawn
    years: Sequence[Year]
    advice: Sequence[Line]


@dataclass(frozen=True)
class Peak:
    """A node's day in one row."""

    name: str
    kind: str
    requests: str
    peak: str
    at: str
    limit: str
    verdict: str
    state: str
    curve: Svg | None = None


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
    findings: Sequence[Finding] | None
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
    loads: Sequence[plots.Drawn]
    peaks: Sequence[Peak]
    worst: Sequence[Peak]
    delays: Sequence[tuple[str, str, str, str]]
    sites: Sequence[SiteRow]
    site_classes: Sequence[SiteRow]
    findings: Sequence[Finding] | None
    counts: Mapping[str, int]
    ignored: int
    choices: Sequence[Choice]


def page_of(found: Gathered) -> Page:
    """Answer the page of what was gathered."""
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
        parts=[_part(found, request, place) for place, request in enumerate(found.requests)],
        day=found.day,
        busiest=_the(busiest),
        spread=f"Inventories start within {SPREAD_H} hours." if found.findings is None else "",
        loads=plots.loads(busiest, found.clock, "load"),
        peaks=[_peak(day, found.clock, f"spark-{place}") for place, day in enumerate(servers)],
        worst=_worst(found),
        delays=[_delay(delay) for delay in found.delays],
        sites=rows,
        site_classes=list(in_classes(rows)) if len(rows) > MANY else [],
        findings=found.findings,
        counts=counts,
        ignored=found.ignored,
        choices=_choices(found),
    )


def _the(day: NodeDay) -> str:
    name = day.name.partition("/")[2]
    return f"the {name}" if name == UNNAMED else name


def _counts(findings: Iterable[Finding]) -> dict[str, int]:
    counts = {severity.value: 0 for severity in Severity}
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


def _part(found: Gathered, request: Request, place: int) -> Part:
    by_role: dict[str, dict[str, Line]] = {}
    for line in found.lines:
        if line.server == request.server and not line.site:
            by_role.setdefault(line.role, {})[line.metric] = line
    database = by_role["database"]
    several = f" (each of {request.management_servers})" if request.management_servers > 1 else ""
    return Part(
        name=(request.server or "Management server") + several,
        computers=number(request.each),
        band=band_of(found.numbers.table("settings"), request.each).band.endpoints.text,
        machines=hardware.machines(by_role),
        volumes=list(hardware.volumes(by_role)),
        settings=hardware.settings(by_role["settings"]),
        facts=_facts(by_role),
        growth=plots.growth(database, request.years, f"growth-{place}"),
        years=[_year(database, year, request) for year in range(request.years + 1)],
        advice=list(by_role.get("advice", {}).values()),
    )


_FACTS = (
    ("database", "max_server_memory_gb", "Most memory for the database"),
    ("database", "preallocate_mb", "Data file made with"),
    ("database", "autogrow_mb", "Growth at once, as a safety net"),
    ("database", "version_min", "Database server, at least version"),
    ("traffic", "requests_per_day", "Configuration requests"),
    ("traffic", "kbit_per_day", "Their traffic"),
    ("traffic", "basic_inventory", "Basic inventory"),
)


def _facts(by_role: Mapping[str, Mapping[str, Line]]) -> list[tuple[str, str, str]]:
    """Answer figures that stand in no table of hardware: name, value, source."""
    found = []
    for role, metric, name in _FACTS:
        ends = [
            line
            for key, line in by_role[role].items()
            if key == metric or (key.startswith(f"{metric}.") and "year" not in key)
        ]
        if ends:
            low, high = ends[0], ends[-1]
            value = spoken(high) if low.value == high.value else f"{number(low.value)} to {spoken(high)}"
            found.append((name, value, low.source))
    return found


def _year(database: Mapping[str, Line], year: int, request: Request) -> Year:
    at = f".year_{year}" if year else ""
    low, high = (database[f"size_mb{at}.{end}"] for end in ("min", "max"))
    band = database.get(f"band{at}") if year else None
    first = database["version_min"].band.replace("sql-version", "sql")
    return Year(
        "now" if not year else f"in {year} year{'s' if year > 1 else ''}",
        number(request.endpoints_in(year)),
        f"{_gb(low)} to {_gb(high)} GB",
        str(band.value) if band is not None else "-" if year else first,
    )


def _gb(line: Line) -> str:
    return short(float(line.value) / 1000) if isinstance(line.value, (int, float)) else "-"


def _peak(day: NodeDay, clock: plots.Clock, key: str = "") -> Peak:
    peak = day.worst
    unit = "requests/s" if peak is day.requests_peak else "kbit/s"
    kind, _, name = day.name.partition("/")
    return Peak(
        name,
        kind.replace("-", " "),
        number(round(day.requests)),
        f"{short(peak.value)} {unit}",
        clock(peak.at_s),
        "-" if peak.limit is None else f"{short(peak.limit)} {unit}",
        _VERDICTS[day.verdict],
        day.verdict.value,
        plots.sparkline(day, key) if key else None,
    )


_MOST = 12  # links and site servers that are listed


def _worst(found: Gathered) -> list[Peak]:
    others = [
        day
        for day in found.days
        if not day.name.startswith("management-server/") and day.worst.utilisation is not None and day.requests
    ]
    ranked = sorted(others, key=lambda day: (-(day.worst.utilisation or 0), day.name))
    return [_peak(day, found.clock) for day in ranked[:_MOST]]


def _delay(delay: Delay) -> tuple[str, str, str, str]:
    hours = f"{short(delay.minutes / 60)} h" if delay.minutes >= 120 else f"{short(delay.minutes)} min"
    return delay.id.replace("-", " "), delay.subject, hours, delay.source


def _choices(found: Gathered) -> list[Choice]:
    touched = {one for line in found.lines for one in line.conflicts}
    return [choice for key, choice in found.numbers.choices.items() if key in touched]
