"""Events of agents, taken in: registered, believed or not, and what they tell stored; many in one unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from itmsctl.agents.agent import Agent
from itmsctl.agents.event import AgentEvent, told_by
from itmsctl.agents.form import INVENTORY, REFUSED, REGISTRATION, RESULTS, STATUS, FormError
from itmsctl.agents.kinds import APPROVED, PENDING
from itmsctl.agents.sequence import Following, following, remembered
from itmsctl.agents.service import registry, told
from itmsctl.agents.service.trust import suspend_cloned
from itmsctl.agents.service.work_told import store_work
from itmsctl.agents.work import read_work
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import InputError

TAKEN, DUPLICATE, REFUSED_EVENT, WAITING = "taken", "duplicate", "refused", "waiting"
MOST_WAITING = 10_000
"""How many agents may wait for approval: whoever may write into an inbox may ask, in as many names as he likes."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an event."""

    state: str
    agent: str = ""
    why: str = ""


def take(unit: UnitOfWork, event: AgentEvent, *, patient: bool) -> Taken:
    """Take one event in, as `take_all` does. Raises FormError for a registration that cannot be read."""
    [found] = take_all(unit, [(event, patient)])
    return found


def take_all(unit: UnitOfWork, events: Sequence[tuple[AgentEvent, bool]], *, by_rule: bool = False) -> list[Taken]:
    """Take events in, those of an agent in their order; return what became of each.

    Each comes with whether it waits for others that are missing before it. `by_rule`: those that ask to be taken on
    are judged by the rules of registration.
    """
    taking = _Taking(unit, [event for event, _ in events])
    taking.run([patient for _, patient in events])
    if by_rule and taking.asking:
        taking.judge()
    return [taking.taken[place] for place in range(len(events))]


class _Taking:
    """Events of one unit of work: agents are read once and written once, inventories are stored together."""

    def __init__(self, unit: UnitOfWork, events: Sequence[AgentEvent]) -> None:
        self.unit, self.events = unit, events
        self.before = registry.found(unit, {event.agent for event in events})
        self.agents = dict(self.before)
        self.waiting = registry.count(unit, PENDING) if any(one.kind == REGISTRATION for one in events) else 0
        self.taken: dict[int, Taken] = {}
        self.asking: dict[str, int] = {}  # agents that are new, each with the place of its request
        self.steps: dict[int, str] = {}  # what the steps of each run are known by
        self.inventories: dict[str, tuple[int, told.AgentInventory, str]] = {}  # by agent

    def run(self, patient: Sequence[bool]) -> None:
        """Take them in."""
        for place, event in enumerate(self.events):
            if event.agent in self.inventories and event.kind == INVENTORY:
                self._store()
            try:
                self._one(place, event, patient=patient[place])
            except FormError as error:
                self.taken[place] = Taken(REFUSED_EVENT, event.agent[:12], str(error))
        self._store()
        registry.put_all(self.unit, self.before, self.agents)

    def judge(self) -> None:
        """Judge those that are new by the rules of registration."""
        from itmsctl.agents.service.judging import judge

        for agent in judge(self.unit, [self.agents[guid] for guid in self.asking]):
            if agent.state != PENDING:
                self.taken[self.asking[agent.guid]] = Taken(TAKEN, agent.name, f"{agent.state} {agent.why}")

    def _one(self, place: int, event: AgentEvent, *, patient: bool) -> None:
        agent = self.agents.get(event.agent)
        if event.kind == REGISTRATION:
            self.taken[place] = self._registered(place, agent, event)
        elif agent is None:
            self.taken[place] = Taken(REFUSED_EVENT, event.agent[:12], "no agent of this key has registered here")
        elif agent.state != APPROVED:
            self.taken[place] = Taken(REFUSED_EVENT, agent.name, f"the agent is {agent.state}")
        else:
            self._of_trusted(place, agent, event, patient=patient)

    def _of_trusted(self, place: int, agent: Agent, event: AgentEvent, *, patient: bool) -> None:
        how = following(agent.number, agent.recent, event.number, event.before, event.digest)
        missing = f"events {agent.number + 1} to {event.number - 1}"
        if how is Following.DUPLICATE:
            self.taken[place] = Taken(DUPLICATE, agent.name, f"event {event.number} came before")
        elif how is Following.FORK or event.machine != agent.machine:
            self.taken[place] = self._cloned(agent, event, how)
        elif how is Following.GAP and patient:
            self.taken[place] = Taken(WAITING, agent.name, f"{missing} did not come yet")
        else:
            self._followed(place, agent, event, f"{missing} are lost" if how is Following.GAP else "")

    def _cloned(self, agent: Agent, event: AgentEvent, how: Following) -> Taken:
        what = f"event {event.number} does not follow from what it told before"
        why = f"two computers tell in its name: {what if how is Following.FORK else 'another machine signs'}"
        self._store()
        registry.put_all(self.unit, self.before, self.agents)
        now = self.agents[agent.guid]
        self.before[agent.guid] = self.agents[agent.guid] = suspend_cloned(self.unit, now, why)
        return Taken(REFUSED_EVENT, agent.name, f"{why}; it is suspended")

    def _followed(self, place: int, agent: Agent, event: AgentEvent, lost: str) -> None:
        """Take what an event tells, and count it: also one that cannot be read does not hold up the next."""
        state, why = TAKEN, ""
        try:
            if event.kind == STATUS:
                agent = told.status(agent, event)
            elif event.kind == REFUSED:
                agent, why = told.refusal(agent, event)
            elif event.kind == RESULTS:
                why = store_work(self.unit, agent, read_work(event.body), self.steps)
            elif event.kind == INVENTORY:
                self.inventories[agent.guid] = (place, told.read(event), lost)
        except (InputError, FormError) as error:
            state, why = REFUSED_EVENT, str(error)
        recent = remembered(agent.recent, event.number, event.digest)
        self.agents[agent.guid] = replace(agent, number=event.number, recent=recent, seen_at=self.unit.now)
        self.taken[place] = Taken(state, agent.name, "; ".join(filter(None, (lost, why))))

    def _store(self) -> None:
        """Store the inventories that were read."""
        waiting, self.inventories = self.inventories, {}
        given = [(self.agents[guid], self.events[place], one) for guid, (place, one, _) in waiting.items()]
        for (place, _, lost), (agent, said, refused) in zip(
            waiting.values(), told.store(self.unit, given) if given else (), strict=True
        ):
            self.agents[agent.guid] = agent
            why = "; ".join(filter(None, (lost, refused or said)))
            self.taken[place] = Taken(REFUSED_EVENT if refused else TAKEN, agent.name, why)

    # --- registrations ------------------------------------------------------------------------------------------------

    def _registered(self, place: int, agent: Agent | None, event: AgentEvent) -> Taken:
        said = told_by(event)
        if agent is not None:
            if event.number > agent.number and agent.machine == event.machine:
                recent = remembered(agent.recent, event.number, event.digest)
                self.agents[agent.guid] = replace(agent, number=event.number, recent=recent, seen_at=self.unit.now)
            return Taken(DUPLICATE, agent.name, f"it has asked before, and is {agent.state}")
        if self.waiting >= MOST_WAITING:
            return Taken(REFUSED_EVENT, event.agent[:12], f"{MOST_WAITING} agents wait for approval already")
        copied = event.text("copied_from")
        known = registry.find(self.unit, copied) if copied else None
        of = f" of {known.name}" if known else ""
        why = f"its folder was copied from agent {copied[:12]}{of}" if copied else None
        made = Agent(
            0, event.agent, str(said.get("name") or event.agent[:12]), PENDING, event.signer, event.machine,
            self.unit.now, why, told=said, version=said.get("version"), seen_at=self.unit.now, number=event.number,
            recent={str(event.number): event.digest},
        )  # fmt: skip
        self.before[made.guid] = self.agents[made.guid] = registry.add(self.unit, made)
        self.asking[made.guid] = place
        self.waiting += 1
        return Taken(TAKEN, made.name, "; ".join(filter(None, ("it waits for approval", why))))
