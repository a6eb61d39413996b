"""Whether the user of a computer may put a delivery off: how often, for how long, and never past a moment (SW-16)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itmsctl.packages.kinds import INSTALL, REPAIR, UNINSTALL, UPGRADE

WAIT_S = 3600.0
MOST_TIMES = 100
SHORTEST = timedelta(minutes=1)  # what is put off for less is not put off
LAST = timedelta(minutes=10)  # so long before its deadline a computer is due at the latest
_SAFE = re.compile(r"[^A-Za-z0-9_-]+")
_ASKED = re.compile(r"([0-9]{1,12}) ([0-9]{1,6})")
_WILL = {
    INSTALL: "will be installed",
    UPGRADE: "will be upgraded",
    REPAIR: "will be repaired",
    UNINSTALL: "will be removed",
}


@dataclass(frozen=True, slots=True)
class PutOffOffer:
    """What users may do: put it off so many times, for so long each time, and not past `by`."""

    name: str
    times: int
    wait_s: float
    by: datetime

    @property
    def folder(self) -> str:
        """Return the name of the folder in which users answer."""
        return _SAFE.sub("_", self.name)[:60].strip("_") or "delivery"

    @property
    def run(self) -> str:
        """Return what tells one run of a delivery from the next."""
        return f"{self.by:%Y%m%dT%H%M%SZ}"

    def next_moment(self, now: datetime) -> datetime | None:
        """Return until when it may be put off now; None where no time is left."""
        found = min(now + timedelta(seconds=self.wait_s), self.by)
        return found if found - now >= SHORTEST else None


@dataclass(frozen=True, slots=True)
class PutOff:
    """A computer that waits for its user: until when, and how often that was put off."""

    until: datetime
    times: int
    of: int

    @property
    def sentence(self) -> str:
        """Say it in one line."""
        if not self.times:
            return f"its user was told, and may put it off: it begins at {self.until:%Y-%m-%d %H:%M} UTC"
        return f"its user put it off, {self.times} of {self.of} times, until {self.until:%Y-%m-%d %H:%M} UTC"


def latest(now: datetime, deadline_s: float) -> datetime:
    """Return until when something may be put off at the latest that has to be done by a deadline."""
    left = timedelta(seconds=deadline_s)
    return now + left - min(LAST, left / 4)


def told_of(offer: PutOffOffer, answer: str, now: datetime) -> PutOff | None:
    """Return what a computer answered, `DUE TIMES`; None where it makes no sense, or is later than may be."""
    found = _ASKED.fullmatch(answer)
    if found is None:
        return None
    until, times = datetime.fromtimestamp(int(found[1]), UTC), int(found[2])
    if times > offer.times or not now < until <= offer.by:
        return None
    return PutOff(until, times, offer.times)


def announcement(software: str, action: str) -> str:
    """Return the beginning of what users are told; the moment follows."""
    return f"{software} {_WILL[action]} on this computer at"
