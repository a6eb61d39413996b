"""Whom this server takes on: agents approved, rejected, revoked or suspended (AGENT-16 to AGENT-18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from itmsctl.agents.agent import Agent
from itmsctl.agents.kinds import APPROVED, REVOKED, SUSPENDED
from itmsctl.agents.service import registry
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import ConflictError, InputError
from itmsctl.inventory.service.recognising import recognised
from itmsctl.inventory.told import Subject
from itmsctl.resources.rows import resources
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.scope import scoped
from itmsctl.values.untrusted import shell_arg

_IDENTITIES = ("machine_id", "serial", "uuid", "mac", "fqdn")
_FAMILIES = {"linux": "linux", "macos": "mac", "windows": "windows"}


def approve(
    unit: UnitOfWork, names: Sequence[str], computer: str | None = None, *, replace_others: bool = False
) -> list[Agent]:
    """Take agents on, each for the computer that it says it is of, or for the one that is named; all or none.

    A computer that is not known is added. Raises NotFoundError, ConflictError where the computer has another agent,
    InputError where nobody can tell which computer it is of.
    """
    found = registry.named(unit, names)
    if computer is not None and len(found) != 1:
        raise InputError("one computer has one agent", hint="--computer goes with one name")
    return [approve_one(unit, one, computer, replace_others=replace_others) for one in found]


def decide(unit: UnitOfWork, names: Sequence[str], state: str, why: str | None) -> list[Agent]:
    """Revoke agents, or reject or suspend them; all or none. Raises NotFoundError, ConflictError."""
    return [put_into(unit, one, state, why or "") for one in registry.named(unit, names)]


def put_into(unit: UnitOfWork, agent: Agent, state: str, why: str) -> Agent:
    """Put an agent into a state in which it gets nothing. Raises ConflictError."""
    if agent.state == state:
        return agent
    agent.check_may_become(state)
    after = replace(agent, state=state, why=why or None, decided_at=unit.now, content=None, expires_at=None)
    return registry.put(unit, agent, after)


def suspend_cloned(unit: UnitOfWork, agent: Agent, why: str) -> Agent:
    """Stop believing an agent in whose name two computers told: nobody knows which is the right one."""
    return put_into(unit, agent, SUSPENDED, why) if agent.state == APPROVED else agent


def approve_one(
    unit: UnitOfWork, agent: Agent, computer: str | None = None, *, replace_others: bool = False, why: str | None = None
) -> Agent:
    """Take one agent on, as `approve` does; `why` is kept beside it."""
    if agent.state == APPROVED:
        return agent
    agent.check_may_become(APPROVED)
    if computer is not None:
        computer_id = COMPUTERS.get(unit, computer).id
    else:
        [one] = recognised(unit, [subject_of(agent)])
        if one.computer is None:
            raise InputError(
                f"nobody can tell which computer agent `{agent.name}` is of",
                why=one.why,
                hint=f"itmsctl agent approve {shell_arg(agent.guid[:12])} --computer NAME",
            )
        computer_id = one.computer
    return approve_for(unit, agent, computer_id, replace_others=replace_others, why=why)


def approve_for(
    unit: UnitOfWork, agent: Agent, computer: int, *, replace_others: bool, why: str | None = None
) -> Agent:
    """Take an agent on for a computer. Raises ConflictError where that has another one, which stays."""
    name = str(unit.scalar(scoped(sa.select(resources.c.name).where(resources.c.id == computer), unit)))
    for other in registry.of_computer(unit, computer, (APPROVED, SUSPENDED)):
        if other.guid == agent.guid:
            continue
        if not replace_others:
            raise ConflictError(
                f"computer `{name}` has an agent already: {other.guid[:12]}, {other.state}",
                why="a computer that was installed again has a new one; a computer that passes for it has one too",
                hint=f"itmsctl agent approve {shell_arg(agent.guid[:12])} --replace",
            )
        put_into(unit, other, REVOKED, f"agent {agent.guid[:12]} took its place")
    after = replace(
        agent, state=APPROVED, why=why, decided_at=unit.now, computer=computer, computer_name=name, name=name
    )
    return registry.put(unit, agent, after)


def subject_of(agent: Agent) -> Subject:
    """Return which computer an agent says that it is of."""
    told = agent.told
    found = {kind: told.get(kind) for kind in _IDENTITIES}
    identities = {
        kind: tuple(map(str, value)) if isinstance(value, list) else (str(value),)
        for kind, value in found.items()
        if value
    }
    system = str(told.get("system") or "")
    family = _FAMILIES.get(system, "unix" if system else "")
    return Subject(name=str(told.get("name") or agent.name), identities=identities, os_family=family)
