"""Maintenance windows and blockouts as the run engine asks about them (SCHED-5, SCHED-6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from itmsctl.cmdb import bulk
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.tasks.options import Options
from itmsctl.tasks.service.runs import RunRow
from itmsctl.tasks.states import State
from itmsctl.tasks.waves import NEVER

REASON = "WINDOW-CLOSED"


@dataclass(frozen=True, slots=True)
class Standing:
    open: bool
    until: datetime | None = None
    next_open: datetime | None = None
    why: str = ""


def are_there(reader: Reader) -> bool:
    """Tell whether any window or blockout exists."""
    return False


def standings(reader: Reader, ids: Sequence[int], options: Options) -> Mapping[int, Standing]:
    """Answer how computers stand to their windows now."""
    return {}


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
