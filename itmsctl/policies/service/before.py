"""How the runs before stand: what still goes on, and on which computers an earlier occurrence is still to come.

A run that only waits for absent computers or for maintenance windows does not hold the next occurrence up; but those
computers get the work once: they are left to the run that waits for them. One whose outcome is unknown is left alone
for as long as its command may run there, no longer: whether it can be asked or not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.tasks.numbers import run_name
from itmsctl.tasks.rows import members, runs
from itmsctl.tasks.service.runs import INTERRUPTED, RUNNING, WAITING
from itmsctl.tasks.service.waving import LONG, is_left
from itmsctl.tasks.states import State


@dataclass(frozen=True, slots=True)
class OpenRuns:
    """The open runs of a policy. `active` go on now; `waiting` maps a computer to the run that is to reach it."""

    runs: tuple[str, ...]
    active: tuple[str, ...]
    waiting: Mapping[int, str]


def standing(reader: Reader, policy: int) -> OpenRuns:
    """Return how the runs of a policy stand."""
    statement = (
        sa.select(runs.c.id, runs.c.number)
        .where(runs.c.policy_id == policy, runs.c.state.in_([RUNNING, WAITING, INTERRUPTED]))
        .order_by(runs.c.number)
    )
    names = {row.id: run_name(row.number) for row in reader.connection.execute(statement)}
    if not names:
        return OpenRuns((), (), {})
    own = member_of(reader.connection, members.c.run_id, list(names))
    queued = members.c.state == str(State.QUEUED)
    long = sa.and_(queued, members.c.reason.in_(sorted(LONG)))
    asked = sa.and_(members.c.state == str(State.CLAIMED), members.c.contacts > 0)  # whether it is there by now
    may_run = sa.and_(members.c.state == str(State.UNKNOWN), members.c.not_before > reader.now)
    lingering = sa.or_(long, asked, may_run)
    to_come = sa.and_(queued, members.c.reason.is_(None), members.c.earliest > reader.now)
    at_work = sa.and_(
        members.c.state.in_([str(State.QUEUED), str(State.CLAIMED)]),
        sa.not_(sa.func.coalesce(lingering, sa.false())),
        sa.not_(sa.func.coalesce(to_come, sa.false())),
    )
    active = set(reader.connection.execute(sa.select(members.c.run_id).distinct().where(own, at_work)).scalars())
    # An agent holds the times that are left to it apart by itself.
    held = sa.and_(sa.or_(lingering, members.c.state == str(State.CLAIMED)), sa.not_(is_left()))
    left = reader.connection.execute(sa.select(members.c.computer_id, members.c.run_id).where(own, held))
    waiting = {row.computer_id: names[row.run_id] for row in left}
    return OpenRuns(tuple(names.values()), tuple(names[i] for i in names if i in active), waiting)
