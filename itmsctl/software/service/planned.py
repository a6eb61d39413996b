"""Plans of what the CMDB holds: resources as nodes, and what is known of computers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.nouns import pairs_of
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.errors import UsageError
from itmsctl.software.kinds import ACTIONS, SOFTWARE
from itmsctl.software.planning import SoftwareNode, SoftwareStep, plan
from itmsctl.software.rows import software, states
from itmsctl.values.names import near_or_all


def nodes(reader: Reader) -> dict[str, SoftwareNode]:
    """Return all software resources as a plan knows them, by name."""
    columns = software.c
    rows = reader.rows(sa.select(columns.id, columns.name, columns.upgrade, columns.deliverable))
    names = {row.id: row.name for row in rows}
    lists = {field.name: _pairs(reader, field, link, names) for field, link in SOFTWARE.links}
    return {
        row.name: SoftwareNode(
            **{name: tuple(sorted(pairs.get(row.id, ()))) for name, pairs in lists.items()},
            upgrades=bool(row.upgrade),
            deliverable=bool(row.deliverable),
        )
        for row in rows
    }


def _pairs(reader: Reader, field: Any, link: Any, names: Mapping[int, str]) -> dict[int, list[str]]:
    pairs = pairs_of(SOFTWARE, field, link)
    found: dict[int, list[str]] = {}
    for owner, other in reader.connection.execute(sa.select(pairs.c[link.own], pairs.c[link.other])):
        found.setdefault(owner, []).append(names[other])
    return found


def states_of(reader: Reader, computers: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return what is known of computers: the state of each software by name; what is not there is unknown."""
    found: dict[int, dict[str, str]] = {computer: {} for computer in computers}
    statement = sa.select(states.c.computer_id, software.c.name, states.c.state).join(
        software, software.c.id == states.c.software_id
    )
    mine = member_of(reader.connection, states.c.computer_id, computers)
    for computer, name, state in reader.connection.execute(statement.where(mine)):
        found[computer][name] = state
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
    from itmsctl.software.service.software import SOFTWARE_SHELF

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
