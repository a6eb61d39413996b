"""Protected computers are judged again when their turn comes: work that waited may meet those nobody confirmed.

The guard remembers which computers were confirmed although they are protected. Whoever has become protected since (a
tag, a site server, the machine of the CMDB) is not begun by a destructive run: it is `cancelled`, and `run retry` asks
for the confirmation. What stands between two steps goes no further, as with `run cancel`: its `always` steps are run.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.tasks.brakes import CANCELLED
from itmsctl.tasks.rows import members, steps
from itmsctl.tasks.service import guarding, stopping
from itmsctl.tasks.service.runs import RunRow
from itmsctl.tasks.states import State

REASON = "PROTECTED"


def settle(unit: UnitOfWork, run: RunRow, due: Sequence[int]) -> list[int]:
    """Return which of the computers that are due in a destructive run may begin; the others are cancelled."""
    protected = guarding.protected_of(unit, sorted(id_ for id_ in due if id_ > 0))
    held = _not_confirmed(unit, run, sorted(protected)) if protected else []
    if not held:
        return list(due)
    own = sa.and_(members.c.run_id == run.id, member_of(unit.connection, members.c.computer_id, held))
    begun = sa.exists().where(
        steps.c.run_id == run.id, steps.c.computer_id == members.c.computer_id, steps.c.current.is_(True)
    )
    why = f"it is protected, and was not when {run.name} was let pass: itmsctl run retry {run.name} --cancelled"
    ended = {"state": str(State.CANCELLED), "reason": REASON, "message": why, "ended_at": unit.now}
    unit.connection.execute(sa.update(members).where(own, sa.not_(begun)).values(**ended))
    halfway = sa.and_(own, members.c.state == str(State.QUEUED))
    if unit.connection.execute(sa.update(members).where(halfway).values(stopped=CANCELLED, message=why)).rowcount:
        stopping.settle(unit, run)
    unit.note("run_computer", protected=len(held))
    return [id_ for id_ in due if id_ not in set(held)]


def _not_confirmed(unit: UnitOfWork, run: RunRow, ids: Sequence[int]) -> list[int]:
    """Return those that nobody confirmed; who was stopped has only steps left that are always run."""
    statement = sa.select(members.c.computer_id).where(
        members.c.run_id == run.id,
        member_of(unit.connection, members.c.computer_id, list(ids)),
        members.c.state == str(State.QUEUED),
        members.c.let_pass.is_(None),
        members.c.stopped.is_(None),
    )
    return sorted(unit.connection.execute(statement).scalars())
