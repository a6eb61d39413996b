"""What a person sees of schedules and windows."""

from __future__ import annotations

from itmsctl.cli.noun_columns import ID, columns_of, wide
from itmsctl.cli.output import Column
from itmsctl.schedules import kinds


def _wall(time: str) -> str:
    return time[:16].replace("T", " ")


SCHEDULE = columns_of(
    kinds.SCHEDULE,
    *("when", "time_zone", "missed", "overlap", "description"),
    *wide("start", "not_before", "not_after", "used_by"),
    *ID,
)

NEXT = (
    Column("due"),
    Column("name"),
    Column("local", draw=_wall),
    Column("zone"),
    Column("why"),
    Column("used_by"),
    Column("time_zone", wide=True),
)

DUE = (
    Column("due"),
    Column("local", draw=_wall),
    Column("zone"),
    Column("why"),
)

WINDOW = columns_of(
    kinds.WINDOW,
    *("type", "when", "duration", "time_zone", "targets", "enabled", "description"),
    *wide("start", "not_before", "not_after"),
    *ID,
)

STRETCH = (Column("from"), Column("until"), Column("open"), Column("why"))
