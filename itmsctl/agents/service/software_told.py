"""What agents saw of software in a delivery, stored where deliveries store it: of that software and no other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from itmsctl.agents.service.deliverable import named_by
from itmsctl.agents.work import ToldSoftware, ToldStep
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.software.delivering import SOURCE, RestartAsked
from itmsctl.software.kinds import COMPLIANT, NOT_COMPLIANT, REBOOT_PENDING, UNKNOWN
from itmsctl.software.rows import software
from itmsctl.software.service import states
from itmsctl.tasks.program import Program

_STATES = frozenset({COMPLIANT, NOT_COMPLIANT, UNKNOWN, REBOOT_PENDING})


def store_seen(unit: UnitOfWork, computer: int, program: Program, steps: Sequence[ToldStep]) -> None:
    """Store what a computer saw in the steps of a program that it carried out by itself."""
    seen = [one for step in steps if step.position < len(program.steps) for one in _of_step(program, step)]
    if not seen:
        return
    named = sa.select(software.c.name, software.c.id).where(software.c.name.in_({one.software for one in seen}))
    ids = {row.name: row.id for row in unit.rows(named)}
    states.tell(unit, [_told(unit, ids[one.software], computer, one) for one in seen if one.software in ids])


def _of_step(program: Program, step: ToldStep) -> Iterator[ToldSoftware]:
    own = frozenset(named_by(program.steps[step.position]))
    yield from (one for one in step.seen if one.software in own and one.state in _STATES)


def _told(unit: UnitOfWork, software_id: int, computer: int, one: ToldSoftware) -> states.ToldState:
    restart = RestartAsked(one.boot, one.action) if one.state == REBOOT_PENDING and one.boot else None
    at = min(one.at, unit.now)  # what was seen by a clock that is ahead would count for longer than what is seen next
    return states.ToldState(software_id, computer, one.state, one.reason, SOURCE, at, restart)
