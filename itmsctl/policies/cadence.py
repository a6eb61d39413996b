"""How often ticks bring membership up to date: after so long, at a time of the day, or not at all (MEMB-1, MEMB-5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from itmsctl.errors import ItmsError, UsageError
from itmsctl.values.times import seconds

# In the order in which a tick does them. Complete updates are heavy: at night.
DEFAULTS = {"delta": "5m", "policy": "5m", "complete": "daily 02:17"}
OFF, DEFAULT, DAILY = "off", "default", "daily"
LEAST, MOST = timedelta(minutes=1), timedelta(days=31)
AHEAD = timedelta(minutes=10)  # an update later than that after now was made by a clock that was ahead
_HINT = "itmsctl membership set delta 5m; or 'daily 02:17', off, default"


@dataclass(frozen=True, slots=True)
class Cadence:
    """When an update is due again after the last one; never where it has neither a length nor a time of the day."""

    said: str
    every: timedelta | None = None
    at: time | None = None

    def due(self, last: datetime | None, now: datetime, zone: ZoneInfo) -> datetime | None:
        """Return when the next update is due, now for one that never was; None where it is switched off.

        The time of the day is that of `zone`. One that nobody was there for is due until it is made up for.
        """
        if self.every is None and self.at is None:
            return None
        if last is None or last > now + AHEAD:
            return now
        if self.every is not None:
            return last + self.every
        day = last.astimezone(zone).date()
        at = self.at or time()
        days = (day + timedelta(days=number) for number in range(3))
        moments = (datetime.combine(one, at, zone).astimezone(UTC) for one in days)
        return next(moment for moment in moments if moment > last)


def read(text: str) -> Cadence:
    """Read `5m`, `daily 02:17` or `off`. Raises UsageError."""
    said = " ".join(text.split()).lower()
    if said == OFF:
        return Cadence(OFF)
    word, _, at = said.partition(" ")
    try:
        if word == DAILY:
            moment = time.fromisoformat(at)
            return Cadence(f"{DAILY} {moment:%H:%M}", at=moment.replace(second=0, microsecond=0, tzinfo=None))
        every = timedelta(seconds=seconds(said))
    except (ValueError, ItmsError):
        raise UsageError(f"`{text}` does not say when", hint=_HINT) from None
    if not LEAST <= every <= MOST:
        raise UsageError(f"`{text}` is not from 1m to 31d", hint=_HINT)
    return Cadence(said, every=every)
