"""What a contact teaches: that the computer answered, its machine id, and the host key of a first contact."""

from __future__ import annotations

from collections.abc import Sequence

from itmsctl.resources.service.identities import learn as learn_identities
from itmsctl.resources.service.identities import mark_seen

from itmsctl.cmdb.work import UnitOfWork
from itmsctl.security import service as security
from itmsctl.tasks.assignment import Ending
from itmsctl.tasks.states import State
from itmsctl.tasks.tally import IDENTITY_REASONS
from itmsctl.transports.endpoint import HostKeyPin


def learn(unit: UnitOfWork, endings: Sequence[Ending]) -> None:
    """Record what the contacts of a batch taught, in the same unit of work.

    A computer that could not be reached, or that is not who it should be, teaches nothing.
    """
    met = [e for e in endings if e.state is not State.UNREACHABLE and e.outcome.reason not in IDENTITY_REASONS]
    answered = [e for e in met if e.connection is not None]
    mark_seen(unit, [e.assignment.computer_id for e in answered])
    learn_identities(
        unit,
        [
            (e.assignment.computer_id, "machine_id", e.outcome.host.machine_id)
            for e in answered
            if e.outcome.host.machine_id and e.assignment.endpoint.machine_id is None
        ],
    )
    security.accept_new(unit, [found for e in answered if (found := _new_key(e)) is not None])


def _new_key(ending: Ending) -> tuple[security.Known, HostKeyPin] | None:
    seen = ending.connection.seen_key if ending.connection is not None else None
    if seen is None or not seen.newly_accepted:
        return None
    who = ending.assignment
    return security.Known(who.computer_id, who.guid, who.name), HostKeyPin(seen.key_type, seen.fingerprint, seen.blob)
