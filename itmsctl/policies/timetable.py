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
from itmsctl.schedules.policy import GRACE, DueLook, look
from itmsctl.schedules.timing import ASAP, BOUNDS, INTERVAL, ONCE, WAYS, Timing
from itmsctl.schedules.walltime import GAP, instant_of, moment_of, wall_of

FIRST_CLOCK = ZoneInfo("Etc/GMT-14")
ROUND_THE_WORLD = timedelta(hours=26)  # from the first clock to the last
LONGEST_GAP = timedelta(hours=25)  # a zone that changes sides of the date line leaves a day out
MOST_AT_ONCE = 48  # occurrences that are started after a pause: every hour round the world, and some


def said_by(fields: Mapping[str, Any]) -> str:
    """Return what a schedule says of when, as one text: another one means that it was changed."""
    return json.dumps({name: fields.get(name) for name in (*WAYS, "start", "time_zone", *BOUNDS)}, sort_keys=True)


def due_since(timing: Timing, zone: ZoneInfo | None, handled: datetime, now: datetime, missed: str) -> DueLook:
    """Return what has become due since a moment; no zone means each computer's own.

    Late is then what is late for the last clock too. Of several that are not, after a pause, each counts: for some
    computers it is yet to come. Those for whom it is late are judged one by one, when it is started and at their turn.
    """
    if zone is not None:
        return look(timing, zone, handled, now, missed)
    found = look(timing, FIRST_CLOCK, handled, now, missed, GRACE + ROUND_THE_WORLD)
    return replace(found, run=found.run[-MOST_AT_ONCE:], missed=(*found.missed, *found.run[:-MOST_AT_ONCE]))


def begins(timing: Timing, local: datetime, due: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when an occurrence begins on a computer whose clock is that of `zone`.

    None where that clock leaves its time out and another occurrence falls on the same instant: they are one there.
    """
    if timing.way == INTERVAL and timing.start is not None:
        return moment_of(timing.start, zone) + (due - moment_of(timing.start, FIRST_CLOCK))
    if timing.way == ASAP or (timing.at is not None and timing.at.tzinfo is not None):
        return due
    moment, how = instant_of(local, zone)
    return None if how == GAP and timing.way != ONCE and _is_another(timing, local, moment, zone) else moment


def _is_another(timing: Timing, local: datetime, moment: datetime, zone: ZoneInfo) -> bool:
    """Return whether another wall time stands for the instant that ends a gap: that time itself, or an earlier one."""
    there = wall_of(moment, zone)
    walls = timing.walls(zone, local - LONGEST_GAP, there)
    same = [wall for wall in walls if wall == there or instant_of(wall, zone) == (moment, GAP)]
    return local != (there if there in same else same[0])


def zone_is_each_computers(time_zone: str) -> bool:
    """Return whether each computer's own clock counts."""
    return time_zone == COMPUTER
