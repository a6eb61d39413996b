"""How a link of the hierarchy does: when it last went, what waits, and how many of its times it missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itmsctl.values.times import ago

WARN_MISSED, FAIL_MISSED = 12, 24  # cycles
SKEW_S = 300.0
OK, WARN, FAIL = "ok", "warn", "fail"
_ORDER = (OK, WARN, FAIL)


@dataclass(frozen=True, slots=True)
class LinkStanding:
    """A rule and a neighbour, sending or taking in. `cycle` is how often it should go; None where nothing says so."""

    server: str
    way: str  # sends, takes
    rule: str
    state: str
    last: datetime | None
    cycle: timedelta | None
    since: datetime  # when the link was made
    waiting: int = 0
    waiting_bytes: int = 0
    last_records: int | None = None
    last_bytes: int | None = None
    differing: int = 0
    refused: int = 0
    skew_s: float | None = None

    def missed(self, now: datetime) -> int | None:
        """Return how many of its times passed without it; None where it has none."""
        if self.cycle is None:
            return None
        return max(0, int((now - (self.last or self.since)) / self.cycle) - 1)

    def judged(self, now: datetime) -> tuple[str, str]:
        """Return `ok`, `warn` or `fail`, and why."""
        missed, found = self.missed(now), []
        if missed is not None and missed >= WARN_MISSED:
            found.append((FAIL if missed >= FAIL_MISSED else WARN, f"{missed} cycles were missed"))
        if self.state != "joined":
            found.append((FAIL, f"the link is {self.state}"))
        if self.differing:
            found.append((WARN, f"verification found differences in {self.differing} parts"))
        if self.refused:
            found.append((WARN, f"{self.refused} objects were refused in the last run"))
        if self.skew_s is not None and abs(self.skew_s) > SKEW_S:
            found.append((WARN, f"its clock differs by {self.skew_s:.0f} s"))
        worst = max((level for level, _ in found), key=_ORDER.index, default=OK)
        return worst, "; ".join(why for _, why in found)

    def as_dict(self, now: datetime) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        level, why = self.judged(now)
        return {
            "server": self.server,
            "way": self.way,
            "rule": self.rule,
            "verdict": level,
            "last": self.last,
            "lag": "" if self.last is None else ago(self.last, now),
            "missed": self.missed(now),
            "waiting": self.waiting,
            "waiting_bytes": self.waiting_bytes,
            "last_records": self.last_records,
            "last_bytes": self.last_bytes,
            "differing": self.differing,
            "refused": self.refused,
            "skew_s": self.skew_s,
            "state": self.state,
            "why": why,
        }
