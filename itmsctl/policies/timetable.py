"""What a policy's schedule is due for, and when each computer may begin.

Where each computer's own clock counts, an occurrence is a wall time. It is decided once, when the first clock on earth
shows it (UTC+14), whatever zones are in use then: so its key never changes. Each computer begins when its own does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from itmsctl.schedules.kinds import COMPUTER
from itmsctl.schedules.policy import GRACE, Look, look
from itmsctl.schedules.timing import ASAP, BOUNDS, INTERVAL, WAYS, Timing
from itmsctl.schedules.walltime import moment_of

FIRST_CLOCK = ZoneInfo("Etc/GMT-14")
ROUND_THE_WORLD = timedelta(hours=26)  # from the first clock to the last


def said_by(fields: Mapping[str, Any]) -> str:
    """Answer what a schedule says of when, as one text: another one means that it was changed."""
    return json.dumps({name: fields.get(name) for name in (*WAYS, "start", "time_zone", *BOUNDS)}, sort_keys=True)


def due_since(timing: Timing, zone: ZoneInfo | None, handled: datetime, now: datetime, missed: str) -> Look:
    """Answer what has become due since a moment; no zone means each computer's own.

    Late is then what is late for the last clock too; of several that are not, after a pause, only the last one counts.
    """
    if zone is not None:
        return look(timing, zone, handled, now, missed)
    found = look(timing, FIRST_CLOCK, handled, now, missed, GRACE + ROUND_THE_WORLD)
    return replace(found, run=found.run[-1:], missed=(*found.missed, *found.run[:-1]))


def begins(timing: Timing, local: datetime, due: datetime, zone: ZoneInfo) -> datetime:
    """Answer when an occurrence begins on a computer whose clock is that of `zone`."""
    if timing.way == INTERVAL and timing.start is not None:
        return moment_of(timing.start, zone) + (due - moment_of(timing.start, FIRST_CLOCK))
    if timing.way == ASAP or (timing.at is not None and timing.at.tzinfo is not None):
        return due
    return moment_of(local, zone)


def zone_is_each_computers(time_zone: str) -> bool:
    """Tell whether each computer's own clock counts."""
    return time_zone == COMPUTER
