"""Simulates a design: what its servers and links are asked over a day, worst cases, growth, and what to change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.simulation.days import Day, busiest_day, day_of
from itmsctl.sizing.simulation.delays import Delay
from itmsctl.sizing.simulation.estate import modelled
from itmsctl.sizing.simulation.growth import Growth
from itmsctl.sizing.simulation.outcome import NodeDay, OutcomeRun
from itmsctl.sizing.simulation.proposing import Proposed, proposed
from itmsctl.sizing.simulation.running import run
from itmsctl.sizing.simulation.tickles import TaskTraffic
from itmsctl.sizing.simulation.wiring import Wiring, wired
from itmsctl.sizing.simulation.workloads import LeftOut, kbit_of
from itmsctl.sizing.simulation.worst import delays, growths, tickles
from itmsctl.sizing.snapshot import DesignManagementServer, Snapshot


@dataclass(frozen=True)
class Options:
    """What is asked: a day (`2026-12-07`; none is the busiest to come), the width of a peak, growth, a package."""

    day: str | None = None
    resolution_s: float = 60.0
    growth_pct: float = 0.0
    package_mb: float | None = None


@dataclass(frozen=True)
class Simulation:
    """A simulated design. `nodes` are the servers and links with what they are asked; each has `.series`."""

    day: Day
    run: OutcomeRun
    wiring: Wiring
    delays: Sequence[Delay]
    growth: Sequence[Growth]
    task_traffic: Sequence[tuple[DesignManagementServer, TaskTraffic]]
    left_out: Sequence[LeftOut]
    snapshot: Snapshot
    numbers: Numbers
    options: Options

    @property
    def nodes(self) -> Sequence[NodeDay]:
        """Return every node's day: management servers, links, site servers."""
        return self.run.nodes

    @property
    def broken(self) -> Sequence[NodeDay]:
        """Return the nodes whose limits break, the worst first."""
        return self.run.broken

    def of_server(self, name: str) -> Iterator[NodeDay]:
        """Yield the nodes whose traffic is for one management server."""
        for node in self.nodes:
            if name in self.wiring.owners.get(node.name, ()):
                yield node


def simulate(snapshot: Snapshot, numbers: Numbers, options: Options | None = None) -> Simulation:
    """Simulate a design on a day. Raises InputError for a day or a resolution that is none."""
    asked = options or Options()
    wiring = wired(snapshot, numbers)
    day = _day(wiring, asked)
    model = modelled(wiring, day, asked.resolution_s)
    return Simulation(
        day,
        run(model.design),
        wiring,
        list(delays(wiring, asked.package_mb)),
        list(growths(wiring, asked.growth_pct)),
        list(tickles(wiring)),
        model.left_out,
        snapshot,
        numbers,
        asked,
    )


def propose(simulation: Simulation) -> Proposed:
    """Return what to change so that no limit breaks; each proposal was simulated before it is made."""

    def again(snapshot: Snapshot) -> OutcomeRun:
        wiring = wired(snapshot, simulation.numbers)
        return run(modelled(wiring, simulation.day, simulation.options.resolution_s).design)

    return proposed(simulation.snapshot, simulation.run, again)


def _day(wiring: Wiring, options: Options) -> Day:
    snapshot = wiring.snapshot
    if options.day is not None:
        return day_of(options.day, snapshot.server_zone)
    return busiest_day(snapshot, lambda policy: policy.computers * kbit_of(policy, wiring))
