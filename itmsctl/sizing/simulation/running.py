"""Runs a design: every source's work through its nodes, in closed form."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import sub

from itmsctl.sizing.simulation.chance import Level, expected_maximum
from itmsctl.sizing.simulation.curves import Curve, curve_of
from itmsctl.sizing.simulation.design import LEAST_WAIT, Design, Node, Source
from itmsctl.sizing.simulation.outcome import NodeDay, OutcomeMeasure, OutcomeRun, Peak, Share, Waiting, occurrences
from itmsctl.sizing.simulation.pulses import Every, Pulse, Pulses
from itmsctl.sizing.simulation.queues import Queue, queue_of

AFTER_S = 3600.0  # for so long after the day agents go on, so that windows across midnight are whole
_LEAST_SHARE = 0.01  # of a peak, for a source to be named


@dataclass(slots=True)
class _Flow:
    """Work on its way: pulses that many computers share, and what one occurrence of all of them together weighs.

    `scatter` are the sums of the squares, for the variance.
    """

    pulses: Pulses
    requests: float
    kbit: float
    requests_scatter: float
    kbit_scatter: float

    def add(self, other: _Flow) -> None:
        self.requests += other.requests
        self.kbit += other.kbit
        self.requests_scatter += other.requests_scatter
        self.kbit_scatter += other.kbit_scatter


def run(design: Design) -> OutcomeRun:
    """Simulate a design over its day."""
    return _Runner(design).run()


class _Runner:
    def __init__(self, design: Design) -> None:
        self.design = design
        self.resolution = design.resolution_s
        self.least = design.resolution_s * LEAST_WAIT
        self.nodes = {node.name: node for node in design.nodes}
        self.left: dict[Pulses, Pulses] = {}  # what left a queue: sites alike then count as one at their server
        self.timed: dict[tuple[object, ...], Pulses] = {}
        # by node: what arrives, as (source, flow)
        self.arriving: dict[str, list[tuple[Source, _Flow]]] = defaultdict(list)

    def run(self) -> OutcomeRun:
        sources = [source for source in self.design.sources if source.count]
        for source in sources:
            if source.route:
                self.arriving[source.route[0]].append((source, self._flow(source)))
        days = {name: self._through(self.nodes[name]) for name in self.design.order}
        added = sum(source.count * source.db_kb * occurrences(source, self.design) for source in sources)
        return OutcomeRun(self.design, [days[node.name] for node in self.design.nodes], added)

    def _flow(self, source: Source) -> _Flow:
        transfer = source.transfer_s(self.resolution)
        key = (source.timing if isinstance(source.timing, Every) else id(source.timing), transfer)
        if key not in self.timed:
            begin, end = -self.design.before_s, self.design.day_s + AFTER_S
            self.timed[key] = source.pulses(begin, end, self.resolution)
        # Of a long transfer only a part falls into one window.
        part = min(1.0, self.resolution / transfer) if transfer else 1.0
        requests, kbit = source.count * source.requests, source.count * source.kbit
        return _Flow(self.timed[key], requests, kbit, requests * source.requests * part, kbit * source.kbit * part)

    def _through(self, node: Node) -> NodeDay:
        arriving = self.arriving.pop(node.name, [])
        flows = _merged([flow for _, flow in arriving])
        kbit = curve_of((flow.pulses, flow.kbit) for flow in flows)
        requests = curve_of((flow.pulses, flow.requests) for flow in flows)
        queues = self._queues(node, flows, requests, kbit)
        self._pass_on(node, arriving, queues)
        leaving = requests if not queues else curve_of((_passed(queues, flow.pulses), flow.requests) for flow in flows)
        day = self.design.day_s
        return NodeDay(
            node,
            requests.before(day) - requests.before(0.0),
            kbit.before(day) - kbit.before(0.0),
            self._peak(OutcomeMeasure.REQUESTS, requests, node.limit_requests_s, flows, arriving),
            self._peak(OutcomeMeasure.KBIT, kbit, node.kbit_s, flows, arriving),
            _waiting(queues, requests, leaving, day),
            day,
            self.resolution,
            requests,
            kbit,
            leaving,
            [span for queue in queues for span in queue.busy()],
        )

    def _queues(self, node: Node, flows: Sequence[_Flow], requests: Curve, kbit: Curve) -> list[Queue]:
        """Return the queues of a node, one after the other: its network, then its requests."""
        queues: list[Queue] = []
        if node.kbit_s is not None and kbit.times:
            queue = queue_of(kbit, node.kbit_s, self.least)
            queues += [queue] if queue else []
        if node.limit_requests_s is not None and flows:
            narrowed = curve_of((_passed(queues, flow.pulses), flow.requests) for flow in flows) if queues else requests
            queue = queue_of(narrowed, node.limit_requests_s, self.least)
            queues += [queue] if queue else []
        return queues

    def _pass_on(self, node: Node, arriving: Sequence[tuple[Source, _Flow]], queues: Sequence[Queue]) -> None:
        passed: dict[int, Pulses] = {}
        for source, flow in arriving:
            place = list(source.route).index(node.name) + 1
            if place == len(source.route):
                continue
            if queues:
                key = id(flow.pulses)
                if key not in passed:
                    leaving = _passed(queues, flow.pulses)
                    passed[key] = self.left.setdefault(leaving, leaving)
                flow = replace(flow, pulses=passed[key])
            self.arriving[source.route[place]].append((source, flow))

    # --- peaks --------------------------------------------------------------------------------------------------------

    def _peak(
        self,
        measure: OutcomeMeasure,
        curve: Curve,
        limit: float | None,
        flows: Sequence[_Flow],
        arriving: Sequence[tuple[Source, _Flow]],
    ) -> Peak:
        width = self.resolution
        work, where = curve.busiest(width, 0.0, self.design.day_s)
        most = expected_maximum(self._levels(measure, curve, flows, where))
        shares = _shares(measure, arriving, where, width, work)
        return Peak(measure, where, work / width, most / width, limit, shares)

    def _levels(self, measure: OutcomeMeasure, curve: Curve, flows: Sequence[_Flow], where: float) -> list[Level]:
        """Return the windows of the day by kinds: one for each span with one rate, and the busiest window itself."""
        width, day = self.resolution, self.design.day_s
        scatter = curve_of((_scattering(f.pulses, width), _scatter(measure, f)) for f in flows)
        repeats = curve_of((_repeating(f.pulses, width), _scatter(measure, f)) for f in flows)
        levels = [Level(curve.before(where + width) - curve.before(where),
                        scatter.before(where + width) - scatter.before(where), 1.0)]  # fmt: skip
        if not scatter.times:
            return levels
        times = sorted({0.0, day, *(time for time in (*curve.times, *scatter.times) if 0 < time < day)})
        spans = zip(
            pairwise(times), *(list(_between(each, times)) for each in (curve, scatter, repeats)), strict=True
        )  # fmt: skip
        for (start, end), work, variance, repeat in spans:
            if end - start >= width and variance > 0:
                part = width / (end - start)
                again = math.exp(repeat / variance)
                levels.append(Level(work * part, variance * part, min(1 / part, again), again))
        return levels


def _between(curve: Curve, times: Sequence[float]) -> Iterator[float]:
    """Yield what arrives between neighbours of rising times, without what arrives at once at them."""
    return map(sub, curve.befores_at(times[1:]), curve.upto_at(times[:-1]))


def _merged(flows: Sequence[_Flow]) -> list[_Flow]:
    """Return flows of the same pulses as one: a server of 600 sites then sees a dozen of them."""
    found: dict[int, _Flow] = {}
    for flow in flows:
        key = id(flow.pulses)
        if key in found:
            found[key].add(flow)
        else:
            found[key] = replace(flow)
    return list(found.values())


def _passed(queues: Sequence[Queue], pulses: Pulses) -> Pulses:
    for queue in queues:
        pulses = queue.passed(pulses)
    return pulses


def _scatter(measure: OutcomeMeasure, flow: _Flow) -> float:
    return flow.requests_scatter if measure is OutcomeMeasure.REQUESTS else flow.kbit_scatter


def _scattering(pulses: Pulses, width: float) -> Pulses:
    """Return the variance that pulses bring: none where all of a computer's moments lie in one window."""
    return tuple(Pulse(p.start, p.end, p.amount * (1 - width / p.period), p.period) for p in pulses if p.period > width)


def _repeating(pulses: Pulses, width: float) -> Pulses:
    """Return the same, times the logarithm of how many windows pass until the moments come again."""
    return tuple(p._replace(amount=p.amount * math.log(p.period / width)) for p in _scattering(pulses, width))


def _shares(
    measure: OutcomeMeasure, arriving: Sequence[tuple[Source, _Flow]], where: float, width: float, work: float
) -> list[Share]:
    if work <= 0:
        return []
    amounts: dict[int, float] = {}
    by_name: dict[tuple[str, str | None], float] = defaultdict(float)
    for source, flow in arriving:
        key = id(flow.pulses)
        if key not in amounts:
            amounts[key] = _within(flow.pulses, where, where + width)
        weight = flow.requests if measure is OutcomeMeasure.REQUESTS else flow.kbit
        by_name[source.name, source.policy] += amounts[key] * weight / work
    found = [Share(name, policy, share) for (name, policy), share in by_name.items() if share >= _LEAST_SHARE]
    return sorted(found, key=lambda share: (-share.share, share.source))


def _within(pulses: Pulses, begin: float, end: float) -> float:
    found = 0.0
    for start, stop, amount, _ in pulses:
        if start == stop:
            found += amount if begin <= start < end else 0.0
        elif start < end and stop > begin:
            found += amount * (min(stop, end) - max(start, begin)) / (stop - start)
    return found


def _waiting(queues: Sequence[Queue], arriving: Curve, leaving: Curve, day_s: float) -> Waiting:
    """Return the worst of the queue within the day, and when all that waits then is served."""
    if not queues:
        return Waiting(0.0, 0.0, 0.0, 0.0)
    times = [time for time in arriving.times if 0 <= time < day_s]
    depths = map(sub, arriving.upto_at(times), leaving.upto_at(times))
    depth, at = max(zip(depths, (-time for time in times), strict=True), default=(0.0, 0.0))
    longest = sum(queue.longest_wait_s for queue in queues)
    drained = -at
    for queue in queues:
        drained = max((end for begin, end in queue.busy() if begin <= drained), default=drained)
    return Waiting(max(0.0, depth), -at, longest, drained)
