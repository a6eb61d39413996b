"""Agents that wait, judged by the rules of registration (AGENT-16)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from itmsctl.agents.agent import Agent
from itmsctl.agents.kinds import APPROVE, APPROVED, PENDING, REJECT, REJECTED, SUSPENDED
from itmsctl.agents.request import AgentRequest, AskedRule, decide
from itmsctl.agents.rows import agents
from itmsctl.agents.service import registry, trust
from itmsctl.agents.service.rules import rules_in_use
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ConflictError, InputError
from itmsctl.inventory.matching import recognise, who_of
from itmsctl.inventory.service.recognising import roster_of
from itmsctl.resources.identity import identity
from itmsctl.resources.rows import computers, identities
from itmsctl.sites.service.estate import estate_of
from itmsctl.values.addresses import to_bytes

_KINDS = ("serial", "uuid", "mac")
_WORDS = {True: "yes", False: "no", None: "unknown"}


def judge(unit: UnitOfWork, waiting: Sequence[Agent]) -> list[Agent]:
    """Approve and reject agents that wait, as the first rule says that fits each; return all as they are then.

    One that a rule would approve, but that cannot be taken on as its computer has an agent, waits for a person.
    """
    rules = rules_in_use(unit)
    if not rules or not waiting:
        return list(waiting)
    return [
        _follow(unit, agent, decide(rules, request))
        for agent, request in zip(waiting, requests(unit, waiting), strict=True)
    ]


def judge_named(unit: UnitOfWork, names: Sequence[str]) -> list[Agent]:
    """Judge the agents of these names, or all that wait. Raises NotFoundError, ConflictError for one that does not."""
    found = registry.named(unit, names) if names else registry.listed(unit, (PENDING,))
    for one in found:
        if one.state != PENDING:
            raise ConflictError(f"agent `{one.name}` is {one.state}: only those that wait are judged")
    return judge(unit, found)


def explain(reader: Reader, name: str) -> list[dict[str, Any]]:
    """Return each rule in its order: whether it fits an agent, why, and whether it decides. Raises NotFoundError."""
    [agent] = registry.named(reader, [name])
    [request] = requests(reader, [agent])
    rules, record = rules_in_use(reader), request.record
    decides = decide(rules, request)
    return [
        {
            "rank": rule.rank,
            "rule": rule.name,
            "action": rule.action,
            "fits": _WORDS[rule.fits(request, record)],
            "decides": rule is decides,
            "why": rule.why(request, record),
        }
        for rule in rules
    ]


def requests(reader: Reader, asking: Sequence[Agent]) -> Iterator[AgentRequest]:
    """Yield what each agent says of its computer, and what is known of that; nothing is added for it."""
    whos = [who_of(trust.subject_of(one)) for one in asking]
    roster = roster_of(reader, whos)
    ids = [recognise(who, roster).computer for who in whos]
    known = _KnownOfAsking(reader, sorted({one for one in ids if one is not None}))
    estate = estate_of(reader)
    for agent, computer in zip(asking, ids, strict=True):
        place = estate.place([to_bytes(one) for one in agent.told.get("address", ())])
        places: list[Mapping[str, str | None]] = [
            {"site": one.site or None, "subnet": one.range.text} for one in place.subnets
        ]
        if agent.told.get("site"):
            places.append({"site": agent.told["site"], "subnet": None})
        name = roster.names.get(computer) if computer is not None else None
        yield AgentRequest(agent.told, known.of(agent, computer) | {"computer": name}, places, computer)


class _KnownOfAsking:
    """What the CMDB knows of some computers."""

    def __init__(self, reader: Reader, ids: Sequence[int]) -> None:
        own = identities.c
        mine = member_of(reader.connection, own.computer_id, ids)
        statement = sa.select(own.computer_id, own.kind, own.value_key).where(mine, own.kind.in_(_KINDS))
        self.values = {tuple(row) for row in reader.connection.execute(statement)}
        with_agent = sa.select(agents.c.computer_id).where(agents.c.state.in_([APPROVED, SUSPENDED]))
        self.with_agent = set(reader.connection.execute(with_agent).scalars())
        seen = sa.select(computers.c.id, computers.c.last_seen).where(member_of(reader.connection, computers.c.id, ids))
        self.seen = {row.id: row.last_seen for row in reader.connection.execute(seen)}

    def of(self, agent: Agent, computer: int | None) -> dict[str, Any]:
        """Return what is known of the computer of an agent."""
        if computer is None:
            nothing = ("known", "planned", "has_agent", *(f"known_by_{kind}" for kind in _KINDS))
            return dict.fromkeys(nothing, False)
        by = {f"known_by_{kind}": self._has(computer, kind, agent.told.get(kind)) for kind in _KINDS}
        return by | {
            "known": True,
            "planned": self.seen.get(computer) is None,
            "has_agent": computer in self.with_agent,
        }

    def _has(self, computer: int, kind: str, said: Any) -> bool:
        for text in said if isinstance(said, list) else [said] if said else []:
            try:
                one = identity(kind, str(text))
            except InputError:
                continue
            if not one.junk and (computer, kind, one.key) in self.values:
                return True
        return False


def _follow(unit: UnitOfWork, agent: Agent, rule: AskedRule | None) -> Agent:
    if rule is None or rule.action not in {APPROVE, REJECT}:
        return agent
    if rule.action == REJECT:
        return trust.put_into(unit, agent, REJECTED, f"by rule `{rule.name}`")
    try:
        return trust.approve_one(unit, agent, why=f"by rule `{rule.name}`")
    except (ConflictError, InputError) as error:
        why = f"rule `{rule.name}` would approve it, but {error.message}"
        return agent if agent.why == why else registry.put(unit, agent, replace(agent, why=why))
