"""Maintenance windows and blockouts as the run engine asks about them: windows wait, blockouts forbid all contact.

A computer that is closed is looked at again when it opens, but at least once a day: a membership or a zone may change
in ways that nobody records. Where no opening is known it is looked at every hour.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import takewhile

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.schedules.rows import windows as periods
from itmsctl.schedules.standing import Standing
from itmsctl.tasks.brakes import WINDOW
from itmsctl.tasks.options import RunOptions
from itmsctl.tasks.rows import steps
from itmsctl.tasks.service.runs import RunRow
from itmsctl.tasks.states import State

REASON = WINDOW
LOOK_AGAIN = timedelta(hours=1)  # at a computer of which no opening is known
AT_LEAST = timedelta(days=1)  # how often a computer is looked at whose opening is known


def are_there(reader: Reader) -> bool:
    """Return whether any window or blockout applies to anybody."""
    return reader.scalar(sa.select(sa.literal(1)).select_from(periods).where(periods.c.enabled).limit(1)) is not None


def standings(reader: Reader, ids: Sequence[int], options: RunOptions) -> Mapping[int, Standing]:
    """Return how computers stand to their windows now, by stored membership."""
    from itmsctl.schedules.service import windows  # rooms of runs without windows do not pay for its libraries

    return windows.standings(reader, ids, reader.now, ignore_windows=options.ignore_windows)


def look_at(standing: Standing, now: datetime) -> datetime:
    """Return when a closed computer is looked at again. It is always later than `now`, and never far away."""
    if standing.next_open is None:
        return now + LOOK_AGAIN
    return min(standing.next_open, now + AT_LEAST)


def said(standing: Standing) -> str:
    """Return why a computer is closed, and when it opens as far as that is known."""
    if standing.next_open is not None:
        return f"{standing.why}; opens at {standing.next_open:%Y-%m-%d %H:%M} UTC"
    before = f" before {standing.searched:%Y-%m-%d}" if standing.searched is not None else ""
    return f"{standing.why}; no window opens{before}: itmsctl window explain says why"


def early(unit: UnitOfWork, run: RunRow, closed: Mapping[int, Standing]) -> frozenset[int]:
    """Return the computers among the closed ones that go on nevertheless: their next step is one for outside.

    Such steps stand at the beginning. A blockout forbids all contact, and who has done them all waits for the window
    as others do.
    """
    first = len(list(takewhile(lambda part: part.outside, run.program.steps)))
    if not first:
        return frozenset()
    ids = [id_ for id_, standing in closed.items() if not standing.blocked]
    done = (
        sa.select(steps.c.computer_id)
        .where(
            steps.c.run_id == run.id,
            member_of(unit.connection, steps.c.computer_id, ids),
            steps.c.position < first,
            steps.c.current,
            steps.c.state == str(State.SUCCEEDED),
        )
        .group_by(steps.c.computer_id)
        .having(sa.func.count(steps.c.position.distinct()) == first)
    )
    return frozenset(ids) - frozenset(unit.connection.execute(done).scalars())


def shut(unit: UnitOfWork, run: RunRow, closed: Mapping[int, Standing]) -> None:
    """Let computers whose window is closed be due when it opens."""
    connection = unit.connection
    rows = [
        (bulk.moment(connection, look_at(s, unit.now)), REASON, said(s), run.id, id_, str(State.QUEUED))
        for id_, s in closed.items()
    ]
    bulk.update(
        connection, "run_computer", ("not_before", "reason", "message"), ("run_id", "computer_id", "state"), rows
    )
    if rows:
        unit.note("run_computer", window_closed=len(rows))
