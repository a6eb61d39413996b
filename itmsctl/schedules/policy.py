"""What is done about occurrences that were missed, and about one that is due while the one before still runs.

Late is what is due longer ago than the grace. Of the late ones at most the latest is made up, and only where nothing
is due on time: running twice in a row makes up for nothing (F23).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from itmsctl.schedules.due import Due, due_between, previous_due
from itmsctl.schedules.timing import Timing

SKIP, QUEUE_ONE, REPLACE = "skip", "queue-one", "replace"
OVERLAP = (SKIP, QUEUE_ONE, REPLACE)
GRACE = timedelta(minutes=10)
LISTED = 1_000  # missed occurrences that are named one by one

START, DROP, QUEUE, REPLACED = "start", "skip", "queue", "replace"


@dataclass(frozen=True, slots=True)
class DueLook:
    """What a look at a timing found: what is to run, in order, and what was missed.

    `more` tells that more were missed than are listed; those listed are the first ones.
    """

    run: tuple[Due, ...] = ()
    missed: tuple[Due, ...] = ()
    more: bool = False


def look(
    timing: Timing,
    zone: ZoneInfo,
    handled: datetime,
    now: datetime,
    missed: str = QUEUE_ONE,
    grace: timedelta = GRACE,
) -> DueLook:
    """Judge what has become due since `handled`, the last moment that was looked at (which counts as handled)."""
    edge = max(handled, now - grace - timedelta(microseconds=1))
    on_time = tuple(due_between(timing, zone, edge, now))
    late = tuple(islice(due_between(timing, zone, handled, edge), LISTED + 1))
    more = len(late) > LISTED
    made_up: Due | None = None
    if late and not on_time and missed == QUEUE_ONE:
        made_up = previous_due(timing, zone, edge, handled) if more else late[-1]
    return DueLook(
        on_time if made_up is None else (made_up,), tuple(due for due in late[:LISTED] if due != made_up), more
    )


def overlapping(policy: str, running: int, queued: int) -> str:
    """Return what becomes of an occurrence that is due: `start`, `skip`, `queue` (once), or `replace` what runs."""
    if not running and not queued:
        return START
    if policy == REPLACE:
        return REPLACED
    return QUEUE if policy == QUEUE_ONE and not queued else DROP
