"""How a link of the hierarchy does: when it last went, why not since, what waits, how many times it missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from itmsctl.errors import IntegrityError
from itmsctl.values.counts import counted
from itmsctl.values.times import ago

WARN_MISSED, FAIL_MISSED = 12, 24  # cycles
SKEW_S = 300.0
OK, WARN, FAIL = "ok", "warn", "fail"
SENDS, TAKES = "sends", "takes"
DISABLED = "disabled"
_ORDER = (OK, WARN, FAIL)


class TroubleSaid(NamedTuple):
    """What went wrong last on a link and was not well since: in words, with its exit status, how often, from when."""

    said: str
    status: int
    times: int
    since: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class LinkStanding:
    """A rule and a neighbour, sending or taking in. `missed` counts its times without it; None where it has none."""

    server: str
    way: str  # sends, takes
    rule: str
    state: str
    last: datetime | None
    missed: int | None = None
    waiting: int = 0
    waiting_bytes: int = 0
    last_records: int | None = None
    last_bytes: int | None = None
    differing: int = 0
    refused: int = 0
    skew_s: float | None = None
    trouble: TroubleSaid | None = None

    def judged(self) -> tuple[str, str]:
        """Return `ok`, `warn` or `fail`, and why."""
        missed, found = self.missed, []
        if self.state == DISABLED:
            return OK, "the rule is disabled"
        if self.trouble is not None:
            found.append((FAIL if self.trouble.status == IntegrityError.exit_status else WARN, _told(self.trouble)))
        if missed is not None and missed >= WARN_MISSED:
            found.append((FAIL if missed >= FAIL_MISSED else WARN, f"{missed} cycles were missed"))
        if self.state != "joined":
            found.append((FAIL, f"the link is {self.state}"))
        if self.differing:
            found.append((WARN, f"verification found differences in {counted(self.differing, 'part')}"))
        if self.refused:
            found.append((WARN, f"{counted(self.refused, 'object')} refused in the last run"))
        if self.skew_s is not None and abs(self.skew_s) > SKEW_S:
            found.append((WARN, f"its clock differs by {self.skew_s:.0f} s"))
        worst = max((level for level, _ in found), key=_ORDER.index, default=OK)
        return worst, "; ".join(why for _, why in found)

    def as_dict(self, now: datetime) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        level, why = self.judged()
        wrong = self.trouble
        return {
            "server": self.server,
            "way": self.way,
            "rule": self.rule,
            "verdict": level,
            "last": self.last,
            "lag": "" if self.last is None else ago(self.last, now),
            "missed": self.missed,
            "waiting": self.waiting,
            "waiting_bytes": self.waiting_bytes,
            "last_records": self.last_records,
            "last_bytes": self.last_bytes,
            "differing": self.differing,
            "refused": self.refused,
            "skew_s": self.skew_s,
            "failure": "" if wrong is None else wrong.said,
            "failed_at": None if wrong is None else wrong.at,
            "failed_since": None if wrong is None else wrong.since,
            "failures": 0 if wrong is None else wrong.times,
            "state": self.state,
            "why": why,
        }


def _told(trouble: TroubleSaid) -> str:
    times = f" ({trouble.times} times)" if trouble.times > 1 else ""
    return f"the last run failed{times}: {trouble.said}"
