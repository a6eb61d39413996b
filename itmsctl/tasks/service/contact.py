"""What a contact teaches: that the computer answered, its machine id, and the host key of a first contact."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from itmsctl.cmdb import derived
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import InputError
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.rows import computers
from itmsctl.resources.service.identities import learn_one as learn_identity
from itmsctl.resources.service.learned import seal_learned
from itmsctl.resources.service.scope import scoped
from itmsctl.security import service as security
from itmsctl.tasks.assignment import Ending, StepProgress
from itmsctl.tasks.states import State
from itmsctl.tasks.tally import IDENTITY_REASONS
from itmsctl.transports.endpoint import HostKeyPin


def learn(unit: UnitOfWork, endings: Sequence[Ending]) -> None:
    """Record what the contacts of a batch taught, in the same unit of work.

    A computer that could not be reached, or that is not who it should be, teaches nothing; nor does one that was
    removed while it ran.
    """
    contacts = [
        e
        for e in endings
        if e.connection is not None and e.state is not State.UNREACHABLE and e.outcome.reason not in IDENTITY_REASONS
    ]
    if not contacts:
        return
    ids = [e.assignment.computer_id for e in contacts]
    seen = sa.update(computers).where(member_of(unit.connection, computers.c.id, ids)).values(last_seen=unit.now)
    there = set(unit.connection.execute(seen.returning(computers.c.id)).scalars())
    derived.changed(unit, COMPUTER, ((id_, frozenset({"last_seen"})) for id_ in sorted(there)))
    answered = [e for e in contacts if e.assignment.computer_id in there]
    learned = [e.assignment.computer_id for e in answered if _learn_machine_id(unit, e)]
    if learned:
        seal_learned(unit, learned)
    _pin(unit, answered)


def meet(unit: UnitOfWork, begun: Sequence[StepProgress]) -> None:
    """Record the host keys of first contacts while their steps still run: whoever comes meanwhile knows them."""
    if not begun:
        return
    ids = [p.assignment.computer_id for p in begun]
    there = sa.select(computers.c.id).where(member_of(unit.connection, computers.c.id, ids))
    known = set(unit.connection.execute(scoped(there, unit)).scalars())
    _pin(unit, [p for p in begun if p.assignment.computer_id in known])


def _pin(unit: UnitOfWork, contacts: Sequence[Ending | StepProgress]) -> None:
    security.accept_new(unit, [found for part in contacts if (found := _new_key(part)) is not None])


def _learn_machine_id(unit: UnitOfWork, ending: Ending) -> bool:
    """Pin the machine id at the first contact; later ones were compared with it before anything ran (MM6)."""
    value = ending.outcome.host.machine_id
    if value and ending.assignment.endpoint.machine_id is None:
        try:
            return learn_identity(unit, ending.assignment.computer_id, "machine_id", value)
        except InputError:
            return False  # what the endpoint said is no machine id: nothing to learn from it
    return False


def _new_key(part: Ending | StepProgress) -> tuple[security.Known, HostKeyPin] | None:
    seen = part.connection.seen_key if part.connection is not None else None
    if seen is None or not seen.newly_accepted:
        return None
    who = part.assignment
    return security.Known(who.computer_id, who.guid, who.name), HostKeyPin(seen.key_type, seen.fingerprint, seen.blob)
