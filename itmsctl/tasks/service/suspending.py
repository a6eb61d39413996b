"""Computers that were stopped between two steps after their steps that are always run were run: they go on later.

The attempt that was stopped is kept as `cancelled`. The next one repeats nothing that succeeded, but runs again at its
end what is always run: a service that was started again when the run was stopped is started again once it goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from itmsctl.cmdb import bulk
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.tasks.assignment import Ending
from itmsctl.tasks.brakes import STOPPED
from itmsctl.tasks.program import Program
from itmsctl.tasks.rows import members, steps
from itmsctl.tasks.service import results
from itmsctl.tasks.service.runs import RunRow, new_attempts
from itmsctl.tasks.states import State
from itmsctl.values.untrusted import storable


def suspend(unit: UnitOfWork, run: RunRow, endings: Sequence[Ending]) -> None:
    """Queue computers as new attempts, whose steps that are always run do not count as done; steps stored before."""
    if not endings:
        return
    connection, ids = unit.connection, [e.assignment.computer_id for e in endings]
    results.store(unit, run, [replace(e, state=State.CANCELLED) for e in endings], State.CLAIMED)
    connection.execute(
        sa.update(steps)
        .where(
            steps.c.run_id == run.id,
            member_of(connection, steps.c.computer_id, ids),
            steps.c.position.in_(repeated(run.program)),
        )
        .values(current=False)
    )
    own = sa.and_(members.c.run_id == run.id, member_of(connection, members.c.computer_id, ids))
    new_attempts(unit, sa.and_(own, members.c.state == str(State.CANCELLED)), stays_stopped=True)
    rows = [
        (
            bulk.moment(connection, e.not_before or unit.now), e.outcome.reason or None,
            storable(e.outcome.message, results.MESSAGE) or None, run.id, e.assignment.computer_id,
        )
        for e in endings
    ]  # fmt: skip
    bulk.update(connection, "run_computer", ("not_before", "reason", "message"), ("run_id", "computer_id"), rows)
    connection.execute(sa.update(members).where(own, members.c.stopped == STOPPED).values(stopped=None))


def repeated(program: Program) -> list[int]:
    """Return the positions of steps that are run again after each stop: those always run, but for what is `once`."""
    return [n for n, part in enumerate(program.steps) if part.role == "always" and not part.once]
