"""A design as the simulator sees it: nodes with limits, and sources of work that pass through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from itmsctl.errors import InputError
from itmsctl.sizing.simulation.pulses import DAY_S, Pulses, Timing, lasting

LEAST_WAIT = 1 / 60  # of the resolution: what takes no longer takes no time


class NodeKind(StrEnum):
    """What a node is."""

    SERVER = "management-server"
    LINK = "link"
    SITE_SERVER = "site-server"


@dataclass(frozen=True, slots=True)
class Node:
    """What work passes through. A limit of none does not limit.

    `sessions` is how many requests may be open at once, each for `session_s`.
    """

    name: str
    kind: NodeKind
    requests_s: float | None = None
    kbit_s: float | None = None
    sessions: int | None = None
    session_s: float = 1.0

    def __post_init__(self) -> None:
        for name in ("requests_s", "kbit_s", "sessions"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise InputError(f"`{self.name}` serves {value:g} {name}", hint="a limit is more than 0, or is none")
        if not self.session_s > 0:
            raise InputError(f"a session of `{self.name}` lasts {self.session_s:g} s", hint="give more than 0 seconds")

    @property
    def limit_requests_s(self) -> float | None:
        """Return how many requests a second are served: the lesser of its own limit and what its sessions allow."""
        by_sessions = None if self.sessions is None else self.sessions / self.session_s
        return min((limit for limit in (self.requests_s, by_sessions) if limit is not None), default=None)


@dataclass(frozen=True, slots=True)
class Source:
    """Work of a group of computers: how many, when, how much for each time, and which nodes it passes in order.

    `kbit`, `requests` and `db_kb` are those of one computer, each time. `pace_kbit_s` is the most that one computer
    transfers; none where its transfer takes no time worth counting. `policy` is the policy that it is due to.
    """

    name: str
    count: float
    timing: Timing
    route: Sequence[str]
    requests: float = 1.0
    kbit: float = 1.0
    db_kb: float = 0.0
    pace_kbit_s: float | None = None
    policy: str | None = None

    def __post_init__(self) -> None:
        if not self.count >= 0:
            raise InputError(f"`{self.name}` has {self.count:g} computers", hint="give 0 or more")
        if not (self.requests > 0 and self.kbit > 0 and self.db_kb >= 0):
            raise InputError(
                f"`{self.name}`: {self.requests:g} requests, {self.kbit:g} kbit, {self.db_kb:g} kB of database",
                hint="each request has some kbit; only the database may be left as it is",
            )

    def transfer_s(self, resolution_s: float) -> float:
        """Return how long a computer's transfer lasts; 0 where it is over in no time, as the resolution counts it."""
        if self.pace_kbit_s is None:
            return 0.0
        seconds = self.kbit / self.pace_kbit_s
        return seconds if seconds > resolution_s * LEAST_WAIT else 0.0

    def pulses(self, begin: float, end: float, resolution_s: float) -> Pulses:
        """Return the work of one of its computers that begins between two moments."""
        return lasting(self.timing.pulses(begin, end), self.transfer_s(resolution_s))


@dataclass(frozen=True)
class Design:
    """All that is simulated, over one day of `day_s` seconds (23 or 25 hours where clocks change).

    `before_s` is how long before the day the simulation begins, so that what lasts past midnight is there.
    """

    nodes: Sequence[Node]
    sources: Sequence[Source]
    day_s: float = DAY_S
    before_s: float = DAY_S
    resolution_s: float = 60.0
    _order: list[str] = field(init=False, repr=False, compare=False, default_factory=list)

    def __post_init__(self) -> None:
        if not 1 <= self.resolution_s <= 3600:
            raise InputError(f"a resolution of {self.resolution_s:g} s", hint="give 1 to 3600 seconds")
        known = {node.name for node in self.nodes}
        if len(known) < len(self.nodes):
            raise InputError("two nodes have one name", hint="name each node differently")
        before: dict[str, set[str]] = {name: set() for name in known}
        for route in {tuple(source.route) for source in self.sources}:
            for name in route:
                if name not in known:
                    raise InputError(f"no node `{name}`", hint="a route names nodes of the design")
            for first, second in pairwise(route):
                before[second].add(first)
        try:
            self._order.extend(TopologicalSorter(before).static_order())
        except CycleError:
            raise InputError("routes lead in a circle", hint="let each pass its nodes in one order") from None

    @property
    def order(self) -> Sequence[str]:
        """Return the names of the nodes, each after those that work passes before it."""
        return self._order
