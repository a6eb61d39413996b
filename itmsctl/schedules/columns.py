"""What a person sees of schedules and windows."""

from __future__ import annotations

from itmsctl.cli.output import Column


def _wall(time: str) -> str:
    return time[:16].replace("T", " ")


_ID = (Column("id", wide=True), Column("revision", wide=True, right=True))

SCHEDULE = (
    Column("name"),
    Column("when"),
    Column("time_zone"),
    Column("missed"),
    Column("overlap"),
    Column("description"),
    Column("start", wide=True),
    Column("not_before", wide=True),
    Column("not_after", wide=True),
    Column("used_by", wide=True),
    *_ID,
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

WINDOW = (
    Column("name"),
    Column("type"),
    Column("when"),
    Column("duration"),
    Column("time_zone"),
    Column("targets"),
    Column("enabled"),
    Column("description"),
    Column("start", wide=True),
    Column("not_before", wide=True),
    Column("not_after", wide=True),
    *_ID,
)

STRETCH = (Column("from"), Column("until"), Column("open"), Column("why"))
