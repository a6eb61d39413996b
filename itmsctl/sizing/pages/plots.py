"""The plots of the page: load over the day at a management server, growth of its database over years."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from itmsctl.sizing.drawing.plot import NARROW, WIDE, AxisTick, Mark, Plot, PlotCurve, drawn, spark
from itmsctl.sizing.drawing.scale import short
from itmsctl.sizing.drawing.svg import Svg
from itmsctl.sizing.line import Line
from itmsctl.sizing.request import Request
from itmsctl.sizing.simulation.outcome import NodeDay, OutcomeMeasure, Peak

_HOUR_S = 3600
_EVERY_H = 3
_POINTS = 288  # five minutes each
_WORDS = {OutcomeMeasure.REQUESTS: ("Requests", "requests/s"), OutcomeMeasure.KBIT: ("Traffic", "kbit/s")}

Clock = Callable[[float], str]


@dataclass(frozen=True)
class DrawnPlot:
    """A plot drawn for a wide and for a narrow page."""

    title: str
    text: str
    wide: Svg
    narrow: Svg


def loads(day: NodeDay, clock: Clock, key: str) -> list[DrawnPlot]:
    """Return the plots of requests and of traffic at a management server."""
    return [_both(_load(day, peak, clock, f"{key}-{number}")) for number, peak in enumerate(day.peaks)]


def _load(day: NodeDay, peak: Peak, clock: Clock, key: str) -> Plot:
    name, unit = _WORDS[peak.measure]
    series = day.series
    values = series.requests_s if peak.measure is OutcomeMeasure.REQUESTS else series.kbit_s
    place = day.name.partition("/")[2]
    busiest = f"{short(peak.value)} {unit} at {clock(peak.at_s)}"
    limit = "" if peak.limit is None else f"; the limit is {short(peak.limit)}"
    return Plot(
        key,
        f"{name} over the day",
        f"{name} in {unit} at {place} over 24 hours. The busiest minute has {busiest}{limit}.",
        unit,
        PlotCurve(name, [(at, value) for at, value in _thinned(values, series.step_s)]),
        _hours(day.day_s, clock),
        peak.limit,
        mark=Mark(peak.at_s, peak.value, busiest),
    )


def _hours(day_s: float, clock: Clock) -> list[AxisTick]:
    hours = round(day_s / _HOUR_S)
    found = [AxisTick(hour * _HOUR_S, clock(hour * _HOUR_S)) for hour in range(0, hours - 1, _EVERY_H)]
    return [*found, AxisTick(day_s, "24:00")]


def _thinned(values: Sequence[float], step_s: float) -> list[tuple[float, float]]:
    """Return at most so many points as show; each is the highest of its part."""
    size = max(1, -(-len(values) // _POINTS))
    return [(start * step_s, max(values[start : start + size])) for start in range(0, len(values), size)]


def sparkline(day: NodeDay, key: str) -> Svg:
    """Return the requests of a day as small as a word."""
    values = [value for _, value in _thinned(day.series.requests_s, day.series.step_s)]
    return spark(values[::3], f"requests over the day, up to {short(day.requests_peak.value)} a second", key)


def growth(lines: Mapping[str, Line], request: Request, key: str) -> DrawnPlot:
    """Return the plot of the database's size now and in years to come; `lines` are those of the database."""
    years = request.years
    places = [(year, f".year_{year}" if year else "") for year in range(years + 1)]
    ends = {end: [(float(year), _gb(lines[f"size_mb{at}.{end}"])) for year, at in places] for end in ("min", "max")}
    last = ends["max"][-1][1]
    volume = lines.get("capacity_gb.data")
    text = f"Size of the database in GB: up to {short(ends['max'][0][1])} now, up to {short(last)} in {years} years."
    return _both(
        Plot(
            key,
            f"Growth of the database, with {request.growth_pct:g} % more computers a year",
            text,
            "GB",
            PlotCurve("size", ends["max"], ends["min"], dots=True),
            [AxisTick(year, "now" if not year else f"year {year}") for year in range(years + 1)],
            _number(volume),
            "data volume",
            Mark(float(years), last, f"up to {short(last)} GB"),
        )
    )


def _gb(line: Line) -> float:
    return (_number(line) or 0.0) / 1000


def _number(line: Line | None) -> float | None:
    value = line.value if line is not None else None
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _both(plot: Plot) -> DrawnPlot:
    return DrawnPlot(plot.title, plot.text, drawn(plot, WIDE), drawn(plot, NARROW))
