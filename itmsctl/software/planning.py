"""What is to be done on a computer so that software is there, or not, and in which order: no database, no computer.

What is needed comes before what needs it, and what is superseded goes before what takes its place comes. Software whose
state is not known is installed: what installs looks first whether it is there. Nothing is removed of which it is not
known that it is there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from operator import attrgetter

from itmsctl.errors import SoftwareConflictError, SoftwareCycleError
from itmsctl.packages.kinds import INSTALL, REPAIR, UNINSTALL, UPGRADE
from itmsctl.software.kinds import COMPLIANT, NOT_APPLICABLE, NOT_COMPLIANT

NOTHING = "none"
ASKED = "it is asked for"
_CIRCLES = {"depends": "depends on itself", "supersedes": "supersedes itself"}
Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SoftwareNode:
    """What a plan must know of a software resource: names of others, and whether an upgrade replaces what it had."""

    depends: Names = ()
    conflicts: Names = ()
    supersedes: Names = ()
    upgrades: bool = False
    deliverable: bool = True


@dataclass(frozen=True, slots=True)
class SoftwareStep:
    """What is to be done with software, and why: `because` names what asks for it."""

    software: str
    action: str
    because: str


Resources = Mapping[str, SoftwareNode]


def plan(
    wanted: Mapping[str, str], resources: Resources, states: Mapping[str, str] | None = None
) -> tuple[SoftwareStep, ...]:
    """Return the steps, in their order, that bring about what is asked for: an action (`install` ...) by software.

    `states` says what is known of a computer; what is not in it is unknown. Without it the plan is of no computer.
    Steps of nothing (`none`) say why there is nothing to do. Raises SoftwareCycleError, which names the cycle, and
    SoftwareConflictError.
    """
    making = _Planning(resources, states)
    coming = sorted(name for name, action in wanted.items() if action != UNINSTALL)
    for name in sorted(wanted.keys() - set(coming)):
        making.remove(name)
    making.check_circles(coming)
    for name in coming:
        making.check_superseded(name, coming)
        making.bring(name, wanted[name])
    making.check_conflicts()
    making.check_needed()
    return tuple(making.in_order())


def check_circles(resources: Resources) -> None:
    """Raise SoftwareCycleError where software depends on itself, or supersedes itself, by way of others."""
    for relation, what in _CIRCLES.items():
        _sorted({name: getattr(node, relation) for name, node in resources.items()}, what)


def _sorted(graph: Mapping[str, Iterable[str]], what: str) -> list[str]:
    """Return names in an order in which whatever one names comes before it; by name where that is open."""
    sorter = TopologicalSorter({name: sorted(others) for name, others in sorted(graph.items())})
    try:
        sorter.prepare()
    except CycleError as error:
        cycle = " -> ".join(reversed(error.args[1]))
        raise SoftwareCycleError(f"software {what}: {cycle}", hint="take one of these out of the list") from None
    found: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        found += ready
        sorter.done(*ready)
    return found


class _Planning:
    """The steps of a plan as they are found; `after` says what must be done before each."""

    def __init__(self, resources: Resources, states: Mapping[str, str] | None) -> None:
        self.resources = resources
        self.states = dict(states or {})
        self.is_of_no_computer = states is None
        self.steps: dict[str, SoftwareStep] = {}
        self.after: dict[str, set[str]] = {}
        self.successors: dict[str, list[str]] = {}
        self.at_odds: dict[str, set[str]] = {}
        for name, node in sorted(resources.items()):
            for former in node.supersedes:
                self.successors.setdefault(former, []).append(name)
            for other in set(node.conflicts) - {name}:
                self.at_odds.setdefault(name, set()).add(other)
                self.at_odds.setdefault(other, set()).add(name)

    # --- what is asked for --------------------------------------------------------------------------------------------

    def remove(self, name: str) -> None:
        """Have software removed, unless it is known not to be there."""
        is_gone = self.states.get(name) in {NOT_COMPLIANT, NOT_APPLICABLE}
        self._step(name, NOTHING if is_gone else UNINSTALL, "it is to go" + (", and is not there" if is_gone else ""))

    def bring(self, name: str, action: str) -> None:
        """Have software brought, and before it all that it needs."""
        pending = [(name, action, ASKED)]
        while pending:
            one, doing, because = pending.pop()
            known = self.steps.get(one)
            if known is not None and known.action == UNINSTALL:
                raise SoftwareConflictError(f"`{one}` is to be there and to go", why=f"{because}; {known.because}")
            if known is None:
                self._bring(one, doing, because)
                pending += [self._needed(one, needed) for needed in sorted(self.resources[one].depends, reverse=True)]

    def _needed(self, name: str, needed: str) -> tuple[str, str, str]:
        taker = self._taker(needed)
        if taker == name:
            raise SoftwareConflictError(f"`{name}` depends on `{needed}`, and supersedes it")
        self.after.setdefault(name, set()).add(taker)
        said = f"{name} depends on it" if taker == needed else f"{name} depends on {needed}, which it supersedes"
        return taker, INSTALL, said

    def _bring(self, name: str, action: str, because: str) -> None:
        state = self.states.get(name)
        if state == NOT_APPLICABLE:
            if because != ASKED:
                raise SoftwareConflictError(f"`{name}` does not apply to the computer", why=because)
            self._step(name, NOTHING, "it does not apply to the computer")
            return
        formers = [one for one in self._formers(name) if self.is_of_no_computer or self.states.get(one) == COMPLIANT]
        if state == COMPLIANT and action != REPAIR:
            self._step(name, NOTHING, f"{because}, and is there")
        elif action == INSTALL and formers and self.resources[name].upgrades and not self.is_of_no_computer:
            self._step(name, UPGRADE, f"{because}; it takes the place of {', '.join(formers)}")
            return
        else:
            self._step(name, action, because)
        for former in formers:
            self._step(former, UNINSTALL, f"{name} supersedes it" + (", where it is" * self.is_of_no_computer))
            self.after.setdefault(name, set()).add(former)

    def _step(self, name: str, action: str, because: str) -> None:
        self.steps[name] = SoftwareStep(name, action, because)

    # --- what supersedes what -----------------------------------------------------------------------------------------

    def check_superseded(self, name: str, coming: Sequence[str]) -> None:
        """Raise SoftwareConflictError where something else is asked for whose place this takes."""
        both = sorted(set(self._formers(name)) & set(coming))
        if both:
            raise SoftwareConflictError(f"`{name}` supersedes `{both[0]}`, and both are wanted", hint="leave one out")

    def _formers(self, name: str) -> Sequence[str]:
        """Return all that software supersedes, by way of others too, the nearest first."""
        return [one for one in self._reached([name], lambda one: self.resources[one].supersedes) if one != name]

    def _taker(self, name: str) -> str:
        """Return what serves who needs software: what is there or planned and supersedes it, else the last of its line.

        A line that parts leads to the first by name; what may not be delivered, or does not apply, takes no place.
        """
        for one in self._reached([name], self._successors):
            if self.states.get(one) == COMPLIANT or one in self.steps:
                return one
        taker = name
        while following := [one for one in self._successors(taker) if self._may_come(one)]:
            taker = following[0]
        return taker

    def _may_come(self, name: str) -> bool:
        return self.resources[name].deliverable and self.states.get(name) != NOT_APPLICABLE

    def check_circles(self, coming: Sequence[str]) -> None:
        """Raise SoftwareCycleError where what is asked for stands, or leads to, a circle."""
        for relation, what in _CIRCLES.items():
            others = self._named_by(relation)
            _sorted({one: others(one) for one in self._reached(coming, others)}, what)

    def _named_by(self, relation: str) -> Callable[[str], Names]:
        named = attrgetter(relation)
        return lambda one: named(self.resources[one])

    def _reached(self, names: Sequence[str], of: Callable[[str], Iterable[str]]) -> Iterator[str]:
        seen, pending = set(names), deque(names)
        while pending:
            one = pending.popleft()
            yield one
            new = [other for other in of(one) if other not in seen]
            seen.update(new)
            pending += new

    # --- whether it may be --------------------------------------------------------------------------------------------

    def check_conflicts(self) -> None:
        """Raise SoftwareConflictError where two would be beside each other that must not."""
        present = {name for name, step in self.steps.items() if step.action != UNINSTALL and self._will_be(name)}
        present |= {name for name, state in self.states.items() if state == COMPLIANT and name not in self.steps}
        for name in sorted(set(self.steps) & present):
            for other in sorted(self.at_odds.get(name, set()) & present):
                because = self.steps[other].because if other in self.steps else "it is there"
                raise SoftwareConflictError(
                    f"`{name}` and `{other}` must not be beside each other",
                    why=f"{name}: {self.steps[name].because}; {other}: {because}",
                    hint="take one of them out, or remove it first",
                )

    def check_needed(self) -> None:
        """Raise SoftwareConflictError where something would go that is needed by what stays."""
        going = {name for name, step in self.steps.items() if step.action == UNINSTALL}
        for name, node in sorted(self.resources.items()):
            stays = self.states.get(name) == COMPLIANT or self._will_be(name)
            for needed in sorted(going & set(node.depends)) if stays and name not in going else ():
                if not any(self._will_be(one) for one in self._reached([needed], self._successors) if one != needed):
                    raise SoftwareConflictError(
                        f"`{needed}` cannot go: `{name}` depends on it", why=self.steps[needed].because
                    )
            if name in going:
                for needed in set(node.depends) & going:
                    self.after.setdefault(needed, set()).add(name)  # who needs it goes first

    def _successors(self, name: str) -> Sequence[str]:
        return self.successors.get(name, ())

    def _will_be(self, name: str) -> bool:
        step = self.steps.get(name)
        if step is None:
            return self.states.get(name) == COMPLIANT
        return step.action != UNINSTALL and (step.action != NOTHING or self.states.get(name) == COMPLIANT)

    def in_order(self) -> Iterator[SoftwareStep]:
        """Yield the steps in their order."""
        graph = {name: self.after.get(name, set()) & self.steps.keys() for name in self.steps}
        for name in _sorted(graph, "stands before itself"):
            yield self.steps[name]
