"""What a simulation comes back with: for each node its day, its peaks, its queue and its series."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from itmsctl.sizing.simulation.curves import Curve
from itmsctl.sizing.simulation.design import Design, Node, NodeKind, Source

TIGHT = 0.8  # from this share of a limit on a peak is called tight


class Verdict(StrEnum):
    """How a node stands to its limits."""

    OK = "ok"
    TIGHT = "tight"
    BREAK = "break"


class OutcomeMeasure(StrEnum):
    """What a limit limits."""

    REQUESTS = "requests_s"
    KBIT = "kbit_s"


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a peak: a source by its name, and how much of the peak's work is its own (0 to 1)."""

    source: str
    policy: str | None
    share: float


@dataclass(frozen=True, slots=True)
class Peak:
    """The busiest window of a day, of the length of the resolution: rates a second.

    `mean` is what comes on average; `value` adds how far the busiest window of a random day lies above it.
    """

    measure: OutcomeMeasure
    at_s: float
    mean: float
    value: float
    limit: float | None
    shares: Sequence[Share]

    @property
    def utilisation(self) -> float | None:
        """Return the peak as a share of the limit."""
        return None if self.limit is None else self.value / self.limit

    @property
    def verdict(self) -> Verdict:
        """Return whether it breaks the limit, is near it, or neither."""
        used = self.utilisation
        if used is None or used < TIGHT:
            return Verdict.OK
        return Verdict.BREAK if used > 1 + 1e-9 else Verdict.TIGHT


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits before a node at its worst: requests, when, how long the longest wait is, when all is served."""

    requests: float
    at_s: float
    longest_wait_s: float
    drained_s: float


@dataclass(frozen=True, slots=True)
class Series:
    """A node over the day, one figure for each step: mean rates within it, and what waits where it begins."""

    step_s: float
    requests_s: array[float]
    kbit_s: array[float]
    queue: array[float]

    def times(self) -> list[float]:
        """Return the seconds since the beginning of the day at which the steps begin."""
        return [number * self.step_s for number in range(len(self.requests_s))]


@dataclass(frozen=True)
class NodeDay:
    """One node over the day: what it was asked in all, its peaks, what waits, and the curves behind them."""

    node: Node
    requests: float
    kbit: float
    requests_peak: Peak
    kbit_peak: Peak
    waiting: Waiting
    day_s: float
    step_s: float
    arriving: Curve
    arriving_kbit: Curve
    leaving: Curve
    busy: Sequence[tuple[float, float]]

    @property
    def name(self) -> str:
        """Return the name of the node."""
        return self.node.name

    @property
    def title(self) -> str:
        """Return what people call it: the name without what it is."""
        return self.node.name.partition("/")[2] or self.node.name

    @property
    def kind(self) -> NodeKind:
        """Return what the node is."""
        return self.node.kind

    @property
    def mb(self) -> float:
        """Return what passes in a day in MB of a million bytes."""
        return self.kbit / 8000

    @property
    def peaks(self) -> tuple[Peak, Peak]:
        """Return the peaks of requests and of kbit."""
        return self.requests_peak, self.kbit_peak

    @property
    def worst(self) -> Peak:
        """Return the peak nearest to its limit; that of requests where there is none."""
        return max(self.peaks, key=lambda peak: peak.utilisation or 0.0)

    @property
    def verdict(self) -> Verdict:
        """Return how the node stands to its limits."""
        return self.worst.verdict

    def queue_at(self, time: float) -> float:
        """Return how many requests wait at a moment, what arrives at once then included."""
        return max(0.0, self.arriving.upto(time) - self.leaving.upto(time))

    @cached_property
    def series(self) -> Series:
        """Return the node over the day; computed when first asked for."""
        count = round(self.day_s / self.step_s)
        waiting = array("d", bytes(8 * count))
        for begin, end in self.busy:
            for number in range(max(0, math.ceil(begin / self.step_s)), min(count, math.ceil(end / self.step_s))):
                waiting[number] = self.queue_at(number * self.step_s)
        return Series(
            self.step_s,
            self.arriving.samples(0.0, self.step_s, count),
            self.arriving_kbit.samples(0.0, self.step_s, count),
            waiting,
        )


@dataclass(frozen=True)
class OutcomeRun:
    """The outcome: every node's day in the order of the design, and what the day adds to the database."""

    design: Design
    nodes: Sequence[NodeDay]
    db_kb: float

    @property
    def broken(self) -> list[NodeDay]:
        """Return the nodes whose limits break, the worst first."""
        found = [node for node in self.nodes if node.verdict is Verdict.BREAK]
        return sorted(found, key=lambda node: -(node.worst.utilisation or 0.0))

    def node(self, name: str) -> NodeDay:
        """Return a node's day by its name."""
        return next(node for node in self.nodes if node.name == name)


def occurrences(source: Source, design: Design) -> float:
    """Return how often each computer of a source begins within the day."""
    pulses = source.timing.pulses(0.0, design.day_s)
    return sum(pulse.amount for pulse in pulses)
