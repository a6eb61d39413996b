"""Maintenance windows and blockouts as the run engine asks about them: windows wait, blockouts forbid all contact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.schedules.standing import Standing
from itmsctl.tasks.options import Options
from itmsctl.tasks.service.runs import RunRow
from itmsctl.tasks.states import State
from itmsctl.tasks.waves import NEVER

REASON = "WINDOW-CLOSED"
_windows = sa.table("window_period", sa.column("enabled"))


def are_there(reader: Reader) -> bool:
    """Tell whether any window or blockout applies to anybody."""
    return reader.scalar(sa.select(sa.literal(1)).select_from(_windows).where(_windows.c.enabled).limit(1)) is not None


def standings(reader: Reader, ids: Sequence[int], options: Options) -> Mapping[int, Standing]:
    """Answer how computers stand to their windows now, by stored membership."""
    from itmsctl.schedules.service import windows  # rooms of runs without windows do not pay for its libraries

    return windows.standings(reader, ids, reader.now, ignore_windows=options.ignore_windows)


def shut(unit: UnitOfWork, run: RunRow, closed: Mapping[int, Standing]) -> None:
    """Let computers whose window is closed be due when it opens."""
    connection = unit.connection
    rows = [
        (bulk.moment(connection, s.next_open or NEVER), REASON, s.why, run.id, id_, str(State.QUEUED))
        for id_, s in closed.items()
    ]
    bulk.update(
        connection, "run_computer", ("not_before", "reason", "message"), ("run_id", "computer_id", "state"), rows
    )
    if rows:
        unit.note("run_computer", window_closed=len(rows))
