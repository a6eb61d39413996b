"""One event of an agent, taken in: registered, believed or not, and what it tells stored; in one unit of work."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from itmsctl.agents.agent import Agent
from itmsctl.agents.event import AgentEvent, told_by
from itmsctl.agents.form import INVENTORY, REFUSED, REGISTRATION, STATUS, FormError
from itmsctl.agents.kinds import APPROVED, PENDING
from itmsctl.agents.sequence import Following, following, remembered
from itmsctl.agents.service import registry
from itmsctl.agents.service.trust import suspend_cloned
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import InputError
from itmsctl.inventory.service.file_storing import KnownPart, store_known
from itmsctl.inventory.service.loading import read_inventory
from itmsctl.inventory.service.recognising import recognised

TAKEN, DUPLICATE, REFUSED_EVENT, WAITING = "taken", "duplicate", "refused", "waiting"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an event."""

    state: str
    agent: str = ""
    why: str = ""


def take(unit: UnitOfWork, event: AgentEvent, *, patient: bool) -> Taken:
    """Take an event in. `patient`: one with others missing before it waits for them.

    Raises FormError for a registration that cannot be read.
    """
    agent = registry.find(unit, event.agent)
    if event.kind == REGISTRATION:
        return _registered(unit, agent, event)
    if agent is None:
        return Taken(REFUSED_EVENT, event.agent[:12], "no agent of this key has registered here")
    if agent.state != APPROVED:
        return Taken(REFUSED_EVENT, agent.name, f"the agent is {agent.state}")
    how = following(agent.number, agent.recent, event.number, event.before, event.digest)
    if how is Following.DUPLICATE:
        return Taken(DUPLICATE, agent.name, f"event {event.number} came before")
    if how is Following.FORK or event.machine != agent.machine:
        what = f"event {event.number} does not follow from what it told before"
        why = f"two computers tell in its name: {what if how is Following.FORK else 'another machine signs'}"
        suspend_cloned(unit, agent, why)
        return Taken(REFUSED_EVENT, agent.name, f"{why}; it is suspended")
    if how is Following.GAP and patient:
        return Taken(WAITING, agent.name, f"events {agent.number + 1} to {event.number - 1} did not come yet")
    lost = f"events {agent.number + 1} to {event.number - 1} are lost" if how is Following.GAP else ""
    state = TAKEN
    try:
        after, why = _told(unit, agent, event)
    except (InputError, FormError) as error:  # before anything was stored: the next event is not held up
        state, after, why = REFUSED_EVENT, agent, str(error)
    after = replace(
        after, number=event.number, recent=remembered(agent.recent, event.number, event.digest), seen_at=unit.now
    )
    registry.put(unit, agent, after)
    return Taken(state, agent.name, "; ".join(filter(None, (lost, why))))


def _registered(unit: UnitOfWork, agent: Agent | None, event: AgentEvent) -> Taken:
    told = told_by(event)
    if agent is not None:
        if event.number > agent.number and agent.machine == event.machine:
            recent = remembered(agent.recent, event.number, event.digest)
            registry.put(unit, agent, replace(agent, number=event.number, recent=recent, seen_at=unit.now))
        return Taken(DUPLICATE, agent.name, f"it has asked before, and is {agent.state}")
    copied = event.text("copied_from")
    known = registry.find(unit, copied) if copied else None
    why = f"its folder was copied from agent {copied[:12]}" + (f" of {known.name}" if known else "") if copied else None
    name = str(told.get("name") or event.agent[:12])
    made = Agent(
        0, event.agent, name, PENDING, event.signer, event.machine, unit.now, why, told=told,
        version=told.get("version"), seen_at=unit.now, number=event.number, recent={str(event.number): event.digest},
    )  # fmt: skip
    registry.add(unit, made)
    return Taken(TAKEN, name, "; ".join(filter(None, ("it waits for approval", why))))


def _told(unit: UnitOfWork, agent: Agent, event: AgentEvent) -> tuple[Agent, str]:
    """Store what an event tells; return its agent as it is then, and what should be said."""
    if event.kind == STATUS:
        taken = event.head.get("policy")
        version = event.text("version") or agent.version
        refused = event.text("refused")
        return replace(
            agent, taken=taken if isinstance(taken, int) else agent.taken, version=version, why=refused or None
        ), ""
    if event.kind == REFUSED:
        why = f"it refuses its policy: {event.text('why')}"
        return replace(agent, why=why), why
    if event.kind == INVENTORY:
        return _inventory(unit, agent, event)
    return agent, ""


def _inventory(unit: UnitOfWork, agent: Agent, event: AgentEvent) -> tuple[Agent, str]:
    """Store the inventory of the agent's own computer, and of no other."""
    assert agent.computer is not None
    at = datetime.fromtimestamp(event.at, UTC)
    pairs = list(read_inventory(io.BytesIO(event.body), f"event {event.number}", at=at, format_name="nse"))
    if len(pairs) != 1:
        raise InputError(f"it tells of {len(pairs)} computers")
    subject, told = pairs[0]
    [who] = recognised(unit, [subject], known_only=True)
    if who.computer not in {None, agent.computer}:
        raise InputError(f"it tells of `{who.name}`, which is not the computer of this agent")
    [news] = store_known(unit, [KnownPart(agent.computer, subject, told)])
    if news.again.package:
        again = {"of": event.digest[:32], "classes": sorted(news.again.classes)}
        return replace(agent, again=again), f"{news.why}: it is asked for {', '.join(again['classes'])} again"
    return agent, "; ".join(filter(None, (news.why, *news.notes)))
