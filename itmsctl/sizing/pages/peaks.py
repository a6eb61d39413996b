"""A simulated day in rows: how near servers, links and site servers come to their limits; worst cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from itmsctl.sizing.brief import number
from itmsctl.sizing.drawing.scale import short
from itmsctl.sizing.drawing.svg import Svg
from itmsctl.sizing.pages import plots
from itmsctl.sizing.simulation.delays import Delay
from itmsctl.sizing.simulation.outcome import NodeDay, Verdict

_MOST = 12  # links and site servers that are listed
_VERDICTS = {Verdict.OK: "carries", Verdict.TIGHT: "near its limit", Verdict.BREAK: "breaks its limit"}


@dataclass(frozen=True)
class PeakOnPage:
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


def peak_of(day: NodeDay, clock: plots.Clock, key: str = "") -> PeakOnPage:
    """Return the row of a node; with a `key` the day stands in it as a small curve."""
    peak = day.worst
    unit = "requests/s" if peak is day.requests_peak else "kbit/s"
    kind, _, name = day.name.partition("/")
    return PeakOnPage(
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


def worst_of(days: Sequence[NodeDay], clock: plots.Clock) -> list[PeakOnPage]:
    """Return the links and site servers that come nearest to their limits."""
    others = [
        day
        for day in days
        if not day.name.startswith("management-server/") and day.worst.utilisation is not None and day.requests
    ]
    ranked = sorted(others, key=lambda day: (-(day.worst.utilisation or 0), day.name))
    return [peak_of(day, clock) for day in ranked[:_MOST]]


def delay_of(delay: Delay) -> tuple[str, str, str, str]:
    """Return a worst case: what, for whom, how long, by which source."""
    hours = f"{short(delay.minutes / 60)} h" if delay.minutes >= 120 else f"{short(delay.minutes)} min"
    return delay.id.replace("-", " "), delay.subject, hours, delay.source
