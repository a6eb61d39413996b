"""What waits for a window is judged again where windows, members or clocks have changed since it was judged.

The tick asks. It costs one look at the queue and one at the change-sets written since the last time; only where one of
them may matter are the computers that wait judged, all together, and only those that stand differently are written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb import bulk, facts
from itmsctl.cmdb.rows import change_sets, heads
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.schedules.standing import Standing
from itmsctl.tasks.rows import members, runs
from itmsctl.tasks.service import windows
from itmsctl.tasks.service.runs import ENDED, run_of
from itmsctl.tasks.states import State
from itmsctl.tasks.waves import NEVER

JUDGED = "windows_judged"  # the last change-set that was known when waiting computers were judged
MOST = 1_000  # change-sets that are read one by one; so many more are taken to matter
# What runs, ticks and upkeep write of themselves. Whatever else is changed may move a computer into or out of a window.
_NO_MATTER = frozenset({
    "run", "run_computer", "run_wave", "run_output", "occurrence", "policy", "policy_event", "stop_switch", "schedule",
    "task", "job", "credential", "credential_secret", "vault", "host-key", "report", "blob", "change_set", "checkpoint",
    "membership_run", "member_log",
})  # fmt: skip
_Key = tuple[int, int]  # run, computer


def rearm(store: Store) -> int:
    """Let computers that wait for a window be due by the windows as they are now; return how many that moved."""
    with store.read() as reader:
        if reader.scalar(_waiting(reader, sa.literal(1)).limit(1)) is None:
            return 0
        since, last = int(facts.fact(reader, JUDGED) or 0), int(reader.scalar(sa.select(heads.c.seq)))
        if not _matters(reader, since):
            return 0
        moved = _moved(reader)
    return store.write(lambda unit: _move(unit, moved, last))


def _waiting(reader: Reader, *what: Any) -> sa.Select[Any]:
    """Select of computers that wait for a window and are not due; what waits for its wave is not among them."""
    return sa.select(*what).where(
        members.c.state == str(State.QUEUED),
        members.c.reason == windows.REASON,
        members.c.not_before > reader.now,
        members.c.not_before < NEVER,
    )


def _matters(reader: Reader, since: int) -> bool:
    """Return whether anything was changed since a change-set that may change how computers stand to windows."""
    sets = change_sets
    statement = sa.select(sets.c.summary).where(sets.c.seq > since).order_by(sets.c.seq).limit(MOST)
    summaries = list(reader.connection.execute(statement).scalars())
    return len(summaries) == MOST or any(set(summary) - _NO_MATTER for summary in summaries)


def _moved(reader: Reader) -> Mapping[_Key, tuple[datetime, str]]:
    """Return who stands to windows otherwise than when it was judged: when each is due, and why."""
    columns = (members.c.run_id, members.c.computer_id, members.c.not_before, members.c.message)
    rows = defaultdict(list)
    for row in reader.connection.execute(_waiting(reader, *columns)):
        rows[row.run_id].append(row)
    found = {}
    for row in reader.connection.execute(sa.select(runs).where(runs.c.id.in_(sorted(rows)), runs.c.state != ENDED)):
        run = run_of(row)
        asked = rows[run.id]
        judged = windows.standings(reader, [one.computer_id for one in asked if one.computer_id > 0], run.options)
        for one in asked:
            due = _due(judged.get(one.computer_id), one, reader.now)
            if due is not None:
                found[(run.id, one.computer_id)] = due
    return found


def _due(standing: Standing | None, row: Any, now: datetime) -> tuple[datetime, str] | None:
    """Return when a computer is due and why, where that is not what is stored; it is never put off."""
    if standing is None or standing.open:
        return now, row.message
    due, why = windows.look_at(standing, now), windows.said(standing)
    earlier = min(due, row.not_before)
    return (earlier, why) if (earlier, why) != (row.not_before, row.message) else None


def _move(unit: UnitOfWork, moved: Mapping[_Key, tuple[datetime, str]], last: int) -> int:
    connection = unit.connection
    rows = [
        (bulk.moment(connection, due), why, run, computer, str(State.QUEUED), windows.REASON)
        for (run, computer), (due, why) in moved.items()
    ]
    keys = ("run_id", "computer_id", "state", "reason")
    bulk.update(connection, "run_computer", ("not_before", "message"), keys, rows)
    if rows:
        unit.note("run_computer", rearmed=len(rows))
    facts.note_fact(unit, JUDGED, str(last))
    return len(rows)
