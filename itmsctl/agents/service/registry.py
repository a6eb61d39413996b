"""Agents in the CMDB: read, stored, and recorded where their trust changes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from itmsctl.agents.agent import Agent
from itmsctl.agents.rows import agents
from itmsctl.cmdb import bulk
from itmsctl.cmdb.said import SEAL, LiveRows
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import AmbiguousNameError, NotFoundError
from itmsctl.packages.trust.keys import VerifyKey
from itmsctl.resources.rows import resources
from itmsctl.values.names import did_you_mean
from itmsctl.values.times import to_text

KIND = "agent"
_RECORDED = (
    "guid",
    "name",
    "state",
    "why",
    "public_key",
    "machine",
    "computer_id",
    "told",
    "registered_at",
    "decided_at",
)
_ALL = (
    sa.select(agents, resources.c.name.label("computer_name"))
    .select_from(agents.outerjoin(resources, resources.c.id == agents.c.computer_id))
    .order_by(agents.c.name, agents.c.id)
)


def listed(reader: Reader, states: Collection[str] = ()) -> list[Agent]:
    """Return agents by name: all, or those in some states."""
    statement = _ALL.where(agents.c.state.in_(list(states))) if states else _ALL
    return [_agent(row) for row in reader.rows(statement)]


def find(reader: Reader, guid: str) -> Agent | None:
    """Return the agent of an id, or None."""
    rows = reader.rows(_ALL.where(agents.c.guid == guid))
    return _agent(rows[0]) if rows else None


def found(reader: Reader, guids: Collection[str]) -> dict[str, Agent]:
    """Return the agents of ids that are known, by id."""
    rows = reader.rows(_ALL.where(member_of(reader.connection, agents.c.guid, sorted(guids))))
    return {one.guid: one for one in map(_agent, rows)}


def count(reader: Reader, state: str) -> int:
    """Return how many agents are in a state."""
    return int(reader.scalar(sa.select(sa.func.count()).where(agents.c.state == state)))


def of_computer(reader: Reader, computer: int, states: Collection[str]) -> list[Agent]:
    """Return the agents of a computer that are in some states."""
    rows = reader.rows(_ALL.where(agents.c.computer_id == computer, agents.c.state.in_(list(states))))
    return [_agent(row) for row in rows]


def of_computers(reader: Reader, computers: Collection[int]) -> list[Agent]:
    """Return all agents of computers, in whatever state."""
    own = member_of(reader.connection, agents.c.computer_id, sorted(computers))
    return [_agent(row) for row in reader.rows(_ALL.where(own))]


def named(reader: Reader, names: Sequence[str]) -> list[Agent]:
    """Return the agents of these names, ids, or beginnings of ids of at least 8 characters.

    Raises NotFoundError that offers a near name, AmbiguousNameError where several bear one.
    """
    there = listed(reader)
    found = []
    for name in names:
        fitting = [
            one for one in there if name in {one.name, one.guid} or (len(name) >= 8 and one.guid.startswith(name))
        ]
        if not fitting:
            hint = did_you_mean(name, [one.name for one in there]) or "itmsctl agent list"
            raise NotFoundError(f"there is no agent `{name}`", hint=hint)
        if len(fitting) > 1:
            ids = ", ".join(f"{one.guid[:12]} ({one.state})" for one in fitting[:6])
            raise AmbiguousNameError(f"{len(fitting)} agents are called `{name}`", why=ids, hint="give the id")
        found += [one for one in fitting if one not in found]
    return found


def add(unit: UnitOfWork, agent: Agent) -> Agent:
    """Store an agent that is new; return it with its id."""
    made = replace(agent, id=unit.next_ids(1)[0])
    values = _values(made) | {"changed_by": unit.change_set_id}
    unit.connection.execute(sa.insert(agents).values(**values))
    unit.record("created", KIND, made.guid, made.name, None, _document(made))
    unit.seal(KIND, made.guid, made.name, _document(made))
    return made


def put(unit: UnitOfWork, before: Agent, agent: Agent) -> Agent:
    """Store an agent as it is now, and record the change where it concerns its trust."""
    values = _values(agent)
    if _document(before) != _document(agent):
        values["changed_by"] = unit.change_set_id
        unit.record("updated", KIND, agent.guid, agent.name, _document(before), _document(agent))
        unit.seal(KIND, agent.guid, agent.name, _document(agent))
    unit.connection.execute(sa.update(agents).where(agents.c.id == agent.id).values(**values))
    return agent


def put_all(unit: UnitOfWork, before: MutableMapping[str, Agent], after: Mapping[str, Agent]) -> None:
    """Store agents that differ from before, by id, which are then those before; only their trust is recorded."""
    came: list[Agent] = []
    for guid, agent in after.items():
        was = before[guid]
        if agent is was:
            continue
        if _document(was) != _document(agent):
            put(unit, was, agent)
        else:
            came.append(agent)
        before[guid] = agent
    seen = [
        (one.number, one.taken, one.version, canonical(dict(one.recent)), _json(one.again),
         bulk.moment(unit.connection, one.seen_at), one.id)
        for one in came
    ]  # fmt: skip
    bulk.update(
        unit.connection, agents.name, ("number", "taken", "version", "recent", "again", "seen_at"), ("id",), seen
    )
    if came:
        unit.note(KIND, told=len(came))


def _json(value: Mapping[str, Any] | None) -> Any:
    return None if value is None else canonical(dict(value))


def computers_removed(unit: UnitOfWork, ids: Sequence[int]) -> None:
    """Take away the agents of computers that go: they are asked for again where their agents go on (hook)."""
    rows = unit.connection.execute(_ALL.where(member_of(unit.connection, agents.c.computer_id, list(ids)))).all()
    for one in map(_agent, rows):
        unit.connection.execute(sa.delete(agents).where(agents.c.id == one.id))
        unit.record("removed", KIND, one.guid, one.name, _document(one), None)
        unit.seal(KIND, one.guid, one.name, None)


def recorded(reader: Reader) -> dict[str, Iterator[LiveRows]]:
    """Return what is compared with the audit: who is trusted, by which key, for which computer (hook)."""
    return {SEAL + KIND: _sealed(reader)}


def _sealed(reader: Reader) -> Iterator[LiveRows]:
    # Read when it is asked for: a row that was never written by us is a difference, not an error of the check.
    for one in listed(reader):
        yield LiveRows(SEAL + KIND, one.guid, one.name, canonical(_document(one)))


def _agent(row: Any) -> Agent:
    return Agent(
        row.id, row.guid, row.name, row.state, VerifyKey(bytes.fromhex(row.public_key)), row.machine, row.registered_at,
        row.why, row.computer_id, row.computer_name, row.told or {}, row.version, row.decided_at, row.seen_at,
        row.number, row.recent or {}, row.policy, row.content, row.expires_at, row.taken, row.again,
    )  # fmt: skip


def _values(agent: Agent) -> dict[str, Any]:
    return {
        "id": agent.id, "guid": agent.guid, "name": agent.name, "state": agent.state, "why": agent.why,
        "public_key": agent.key.raw.hex(), "machine": agent.machine, "computer_id": agent.computer,
        "told": dict(agent.told), "version": agent.version, "registered_at": agent.registered_at,
        "decided_at": agent.decided_at, "seen_at": agent.seen_at, "number": agent.number,
        "recent": dict(agent.recent), "policy": agent.policy, "content": agent.content,
        "expires_at": agent.expires_at, "taken": agent.taken, "again": agent.again,
    }  # fmt: skip


def _document(agent: Agent) -> Mapping[str, Any]:
    found = {name: value for name, value in _values(agent).items() if name in _RECORDED}
    moments = {name: to_text(found[name]) if found[name] else None for name in ("registered_at", "decided_at")}
    return found | moments
