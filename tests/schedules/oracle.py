"""A second way to know what a wall time means, which shares nothing with the first: stretches of one offset."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

STEP = timedelta(hours=6)


@dataclass(frozen=True)
class Stretch:
    """A stretch of UTC (naive) in which a zone has one offset."""

    begin: datetime
    end: datetime
    offset: timedelta


class Oracle:
    """What walls show and mean in a zone between two moments (naive, UTC)."""

    def __init__(self, zone: ZoneInfo, begin: datetime, end: datetime) -> None:
        self.zone = zone
        self.stretches: list[Stretch] = []
        start = at = begin
        while at < end:
            then = min(at + STEP, end)
            if self.offset(then) != self.offset(at):
                edge = self._edge(at, then)
                self.stretches.append(Stretch(start, edge, self.offset(start)))
                start = edge
            at = then
        self.stretches.append(Stretch(start, end, self.offset(start)))

    def offset(self, utc: datetime) -> timedelta:
        found = utc.replace(tzinfo=UTC).astimezone(self.zone).utcoffset()
        assert found is not None
        return found

    def _edge(self, before: datetime, after: datetime) -> datetime:
        old = self.offset(before)
        while after - before > timedelta(seconds=1):
            middle = (before + (after - before) / 2).replace(microsecond=0)
            middle = middle if middle > before else after - timedelta(seconds=1)
            before, after = (middle, after) if self.offset(middle) == old else (before, middle)
        return after

    def instant(self, wall: datetime) -> datetime:
        """Return the first instant at which the clock shows this wall time, else a later one."""
        late = bisect_right(self.stretches, wall - timedelta(days=2), key=lambda s: s.begin) - 1
        for one in self.stretches[max(0, late) :]:
            if one.begin <= wall - one.offset < one.end:
                return wall - one.offset
            if one.begin + one.offset > wall:
                return one.begin
        raise AssertionError(wall)

    def odd_walls(self) -> list[datetime]:
        """Return a wall time inside of each gap and overlap."""
        found = []
        for one, other in zip(self.stretches, self.stretches[1:], strict=False):
            sides = sorted((one.end + one.offset, one.end + other.offset))
            found.append((sides[0] + (sides[1] - sides[0]) / 2).replace(second=0, microsecond=0))
        return found
