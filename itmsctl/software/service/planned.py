"""Plans of what the CMDB holds: for computers by what is known of them, or for none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.errors import UsageError
from itmsctl.software.kinds import ACTIONS, COMPLIANT, REBOOT_PENDING
from itmsctl.software.planning import SoftwareStep, plan
from itmsctl.software.rows import software, states
from itmsctl.software.service.software import SOFTWARE_SHELF
from itmsctl.software.service.software_nodes import nodes
from itmsctl.values.names import near_or_all


def states_of(reader: Reader, computers: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return what is known of computers: the state of each software by name; what is not there is unknown."""
    found: dict[int, dict[str, str]] = {computer: {} for computer in computers}
    statement = sa.select(states.c.computer_id, software.c.name, states.c.state).join(
        software, software.c.id == states.c.software_id
    )
    mine = member_of(reader.connection, states.c.computer_id, computers)
    for computer, name, state in reader.connection.execute(statement.where(mine)):
        found[computer][name] = COMPLIANT if state == REBOOT_PENDING else state
    return found


def planned(reader: Reader, wanted: Mapping[str, str], computers: Sequence[int]) -> dict[int, tuple[SoftwareStep, ...]]:
    """Return the plan of each computer; computers of which the same is known share one.

    Raises SoftwareCycleError, and SoftwareConflictError for the first computer on which something cannot be.
    """
    resources = nodes(reader)
    made: dict[tuple[tuple[str, str], ...], tuple[SoftwareStep, ...]] = {}
    found = {}
    for computer, known in states_of(reader, computers).items():
        key = tuple(sorted(known.items()))
        if key not in made:
            made[key] = plan(wanted, resources, known)
        found[computer] = made[key]
    return found


def shown(reader: Reader, names: Sequence[str], action: str, computers: Sequence[str]) -> list[dict[str, Any]]:
    """Return the steps of a plan to be shown: of computers, or of none.

    Raises NotFoundError, UsageError for an action that there is not, SoftwareCycleError, SoftwareConflictError.
    """
    from itmsctl.cmdb.several import named
    from itmsctl.resources.service.computers import COMPUTERS

    if action not in ACTIONS:
        raise UsageError(f"--action does not know `{action}`", hint=near_or_all(action, ACTIONS))
    wanted = dict.fromkeys((doc.name for doc in named(reader, SOFTWARE_SHELF, names)), action)
    if not computers:
        return [_step_row(None, place, step) for place, step in enumerate(plan(wanted, nodes(reader)), start=1)]
    docs = {doc.id: doc.name for doc in named(reader, COMPUTERS, computers)}
    found = planned(reader, wanted, list(docs))
    return [
        _step_row(docs[computer], place, step)
        for computer, steps in found.items()
        for place, step in enumerate(steps, start=1)
    ]


def _step_row(computer: str | None, place: int, step: SoftwareStep) -> dict[str, Any]:
    return {
        "computer": computer,
        "order": place,
        "software": step.software,
        "action": step.action,
        "because": step.because,
    }
