"""What a person sees of metering."""

from __future__ import annotations

from itmsctl.cli.noun_columns import ID, columns_of, wide
from itmsctl.cli.output import Column
from itmsctl.cli.style import BAD
from itmsctl.metering.kinds import METERING_POLICY


def _minutes(value: object) -> str:
    return "" if not isinstance(value, (int, float)) else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _bad(value: object) -> str:
    return BAD if value else ""


METERING_POLICY_COLUMNS = columns_of(
    METERING_POLICY,
    *("enabled", "action", "programs", "target", "detail", "trigger"),
    Column("last", of=("last_due", "last_state")),
    *wide("description", "predefined", "throttle_s", "profile"),
    *ID,
)

_PROGRAM = (
    Column("program"),
    Column("product"),
    Column("version", wide=True),
    Column("vendor", wide=True),
    Column("path", wide=True),
)
_SUMS = (
    Column("starts", right=True),
    Column("minutes", right=True, draw=_minutes),
    Column("peak", right=True, wide=True),
    Column("denials", right=True, style=_bad),
    Column("violations", right=True, style=_bad),
)

USAGE = (
    Column("computer"),
    *_PROGRAM,
    Column("last_used", keep=True),
    Column("last_user"),
    *_SUMS,
    Column("first_used", wide=True),
    Column("last_denied", wide=True),
    Column("last_violated", wide=True),
)
"""What was used, one row a computer and program."""

BY_PROGRAM = (
    *_PROGRAM[:2],
    Column("computers", right=True, keep=True),
    Column("users", right=True),
    Column("last_used", keep=True),
    *_SUMS,
)
"""What was used, one row a program."""

BY_USER = (Column("user"), Column("programs", right=True), Column("computers", right=True), *_SUMS)
"""Who used programs, one row a user."""

BY_DAY = (
    Column("day"), Column("programs", right=True), Column("computers", right=True), Column("users", right=True), *_SUMS
)  # fmt: skip
"""What was used, one row a day of UTC."""

USAGES = {"computer": USAGE, "program": BY_PROGRAM, "user": BY_USER, "day": BY_DAY}

EVENTS = (
    Column("at"),
    Column("computer"),
    Column("event", keep=True),
    *_PROGRAM,
    Column("user"),
    Column("seconds", right=True),
    Column("violation", style=_bad),
    Column("process", right=True, wide=True),
    Column("source", wide=True),
)
"""Starts, stops and denials, the newest first."""
