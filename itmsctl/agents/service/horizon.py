"""How far ahead policy says times: from the week before this one to beyond the time that it is good for.

It moves on once a week, so that what is published stays the same in between.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itmsctl.agents.content import USUAL_LASTS_S
from itmsctl.cmdb.doc import Doc

_WEEK = timedelta(days=7)
_MONDAY = datetime(1970, 1, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TimesAhead:
    """From when until when times are published."""

    begin: datetime
    end: datetime


def horizon(now: datetime, settings: Iterable[Doc]) -> TimesAhead:
    """Return the horizon at a moment: whatever is published lasts as long as the longest of these settings say."""
    lasts = max([USUAL_LASTS_S, *(int(doc.fields["lasts_s"] or 0) for doc in settings)])
    week = _MONDAY + (now - _MONDAY) // _WEEK * _WEEK
    return TimesAhead(week - _WEEK, week + _WEEK + timedelta(seconds=lasts))


def seconds(moment: datetime) -> int:
    """Return a moment as agents count: whole seconds since 1970."""
    return int(moment.timestamp())
