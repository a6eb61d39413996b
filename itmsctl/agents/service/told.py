"""What events of agents tell, stored: one function a kind, and inventories of many computers at once."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from itmsctl.agents.agent import Agent
from itmsctl.agents.event import AgentEvent
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import InputError
from itmsctl.inventory.service.file_storing import KnownPart, store_known
from itmsctl.inventory.service.loading import read_inventory
from itmsctl.inventory.service.recognising import recognised
from itmsctl.inventory.told import Subject, Told

_FAR = 1 << 40


class AgentInventory(NamedTuple):
    """The inventory that an event tells, read."""

    subject: Subject
    told: Told


def status(agent: Agent, event: AgentEvent) -> Agent:
    """Return an agent after it said how far it has come."""
    taken = event.head.get("policy")
    return replace(
        agent,
        taken=taken if isinstance(taken, int) and 0 <= taken < _FAR else agent.taken,
        version=event.text("version") or agent.version,
        why=event.text("refused") or None,
    )


def refusal(agent: Agent, event: AgentEvent) -> tuple[Agent, str]:
    """Return an agent that refuses its policy, and why."""
    why = f"it refuses: {event.text('why')}"
    return replace(agent, why=why), why


def read(event: AgentEvent) -> AgentInventory:
    """Return the inventory of one computer that an event tells. Raises InputError."""
    at = datetime.fromtimestamp(event.at, UTC)
    pairs = list(read_inventory(io.BytesIO(event.body), f"event {event.number}", at=at, format_name="nse"))
    if len(pairs) != 1:
        raise InputError(f"it tells of {len(pairs)} computers")
    return AgentInventory(*pairs[0])


def store(
    unit: UnitOfWork, given: Sequence[tuple[Agent, AgentEvent, AgentInventory]]
) -> list[tuple[Agent, str | None, str]]:
    """Store inventories, each of its agent's own computer and of no other, and one of each computer.

    Return each agent, what should be said, and why its inventory was not taken: empty where it was.
    """
    whos = recognised(unit, [inventory.subject for _, _, inventory in given], known_only=True)
    foreign = [
        f"it tells of `{who.name}`, which is not the computer of this agent"
        if who.computer not in {None, agent.computer}
        else ""
        for (agent, _, _), who in zip(given, whos, strict=True)
    ]
    own = [one for one, why in zip(given, foreign, strict=True) if not why]
    parts = [KnownPart(agent.computer, *inventory) for agent, _, inventory in own if agent.computer is not None]
    news = iter(store_known(unit, parts) if parts else ())
    found: list[tuple[Agent, str | None, str]] = []
    for (agent, event, _), refused in zip(given, foreign, strict=True):
        if refused:
            found.append((agent, None, refused))
            continue
        one = next(news)
        said = "; ".join(filter(None, (one.why, *one.notes)))
        if one.again.package:
            again = {"of": event.digest[:32], "classes": sorted(one.again.classes)}
            agent, said = replace(agent, again=again), f"{one.why}: it is asked for {', '.join(again['classes'])} again"
        found.append((agent, said, ""))
    return found
