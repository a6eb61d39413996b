"""What holds for every design: nothing is lost, more spread never hurts, how groups are cut does not matter."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.sizing.simulation.chance import Level, expected_maximum
from itmsctl.sizing.simulation.curves import curve_of
from itmsctl.sizing.simulation.design import Design, Node, NodeKind, Source
from itmsctl.sizing.simulation.pulses import At, Every, Pulse
from itmsctl.sizing.simulation.queues import queue_of
from itmsctl.sizing.simulation.running import run

HOUR = 3600.0
COUNTS = st.integers(0, 50_000)
MOMENTS = st.integers(0, 86_399).map(float)
SPREADS = st.one_of(st.just(0.0), st.integers(1, 40_000).map(float))
LIMITS = st.one_of(st.none(), st.floats(0.5, 5000))


@st.composite
def sources(draw: Any, route: tuple[str, ...] = ("link", "ns")) -> Source:
    timing = draw(
        st.one_of(
            st.floats(60, 90_000).map(Every),
            st.builds(At, st.lists(MOMENTS, min_size=1, max_size=5, unique=True), SPREADS),
        )
    )
    return Source(
        draw(st.sampled_from("abc")), draw(COUNTS), timing, route, draw(st.integers(1, 9)), draw(st.floats(0.5, 500))
    )


@st.composite
def designs(draw: Any) -> Design:
    nodes = [
        Node("link", NodeKind.LINK, kbit_s=draw(LIMITS)),
        Node("ns", NodeKind.SERVER, requests_s=draw(LIMITS), kbit_s=draw(LIMITS)),
    ]
    return Design(nodes, draw(st.lists(sources(), max_size=4)))


@given(designs())
def test_the_area_under_the_rate_is_the_total(design: Design) -> None:
    for node in run(design).nodes:
        series = node.series
        assert sum(series.requests_s) * 60 == pytest.approx(node.requests, rel=1e-6, abs=1e-6)
        assert sum(series.kbit_s) * 60 == pytest.approx(node.kbit, rel=1e-6, abs=1e-6)
        if len(node.arriving.times):
            last = node.arriving.times[-1]
            assert node.arriving.upto(last) == pytest.approx(sum_of(design, node.name), rel=1e-6)


def sum_of(design: Design, name: str) -> float:
    return sum(
        source.count * source.requests * pulse.amount
        for source in design.sources
        for pulse in source.pulses(-design.before_s, design.day_s + HOUR, 60)
        if name in source.route
    )


@given(designs())
def test_a_queue_loses_nothing_and_never_serves_more_than_it_can(design: Design) -> None:
    for node in run(design).nodes:
        end = max([*node.leaving.times, *node.arriving.times], default=0.0)
        assert node.leaving.upto(end) == pytest.approx(node.arriving.upto(end), rel=1e-6, abs=1e-6)
        limit = node.node.limit_requests_s
        if limit is not None and node.busy:
            served, _ = node.leaving.busiest(3600, -HOUR, 86_400)
            assert served <= limit * 3600 * (1 + 1e-6) + limit  # what waits no second passes as it comes


@given(designs(), st.integers(1, 49_999))
def test_a_group_in_two_parts_is_the_same_group(design: Design, part: int) -> None:
    halves = []
    for source in design.sources:
        first = min(part, source.count)
        halves += [replace(source, count=first), replace(source, count=source.count - first)]
    for whole, cut in zip(run(design).nodes, run(replace(design, sources=halves)).nodes, strict=True):
        for one, other in zip(whole.peaks, cut.peaks, strict=True):
            assert other.mean == pytest.approx(one.mean, rel=1e-6)
            assert other.value == pytest.approx(one.value, rel=2e-3)
        assert cut.requests == pytest.approx(whole.requests, rel=1e-6)
        assert cut.waiting.requests == pytest.approx(whole.waiting.requests, rel=1e-5, abs=1e-3)


@given(sources(), LIMITS, st.integers(0, 20_000), st.integers(1, 12))
@settings(max_examples=60)
def test_what_begins_later_peaks_so_much_later(source: Source, limit: float | None, start: int, hours: int) -> None:
    def at(time: float) -> Any:
        moved = replace(source, count=max(1, source.count), timing=At([time], 3000.0))
        return run(Design([Node("link", NodeKind.LINK, kbit_s=limit), Node("ns", NodeKind.SERVER)], [moved])).nodes

    for sooner, later in zip(at(float(start)), at(start + hours * HOUR), strict=True):
        for one, other in zip(sooner.peaks, later.peaks, strict=True):
            assert other.mean == pytest.approx(one.mean, rel=1e-6)
            assert other.at_s - one.at_s == pytest.approx(hours * HOUR, abs=1)
        assert later.waiting.longest_wait_s == pytest.approx(sooner.waiting.longest_wait_s, rel=1e-6, abs=1e-6)


@given(st.integers(1, 50_000), MOMENTS, SPREADS, SPREADS, LIMITS, st.integers(0, 50_000))
def test_more_spread_never_raises_the_peak(
    count: int, time: float, one: float, other: float, limit: float | None, others: int
) -> None:
    def peaks(spread: float) -> list[tuple[float, float, float]]:
        nodes = [Node("link", NodeKind.LINK, kbit_s=limit), Node("ns", NodeKind.SERVER)]
        route = ["link", "ns"]
        work = [Source("a", count, At([time], spread), route, 3, 9), Source("b", others, Every(2 * HOUR), route)]
        found = run(Design(nodes, work))
        return [
            (node.requests_peak.mean, node.requests_peak.value, node.waiting.longest_wait_s) for node in found.nodes
        ]

    for less, more in zip(peaks(min(one, other)), peaks(max(one, other)), strict=True):
        assert more[0] <= less[0] * (1 + 1e-6)
        assert more[1] <= less[1] * 1.01  # the share of chance is an estimate
        assert more[2] <= less[2] * (1 + 1e-6) + 1e-6


@given(st.lists(st.tuples(MOMENTS, SPREADS, st.floats(0.1, 1000)), min_size=1, max_size=8), st.floats(0.01, 1000))
def test_the_queue_is_that_of_small_steps(pulses: list[tuple[float, float, float]], served: float) -> None:
    """Step by step what is left waits and at most `served` leaves: right but for what is served in one step."""
    made = tuple(Pulse(time, time + spread, amount, 0.0) for time, spread, amount in pulses)
    arriving = curve_of([(made, 1.0)])
    queue = queue_of(arriving, served)
    leaving = arriving if queue is None else curve_of([(queue.passed(made), 1.0)])
    begin, step, waiting = min(p.start for p in made), 20.0, 0.0
    for number in range(200):
        time = begin + number * step
        come = arriving.before(time + step) - arriving.before(time)
        waiting = max(0.0, waiting + come - served * step)
        exact = arriving.before(time + step) - leaving.before(time + step)
        assert waiting - 1e-6 * served <= exact + 1e-6
        assert exact <= waiting + served * step + 1e-6


@given(st.lists(st.tuples(st.floats(1e-3, 1e6), st.floats(0, 1e6), st.floats(1, 2000)), max_size=6))
def test_the_busiest_of_random_windows_is_not_below_the_mean(levels: list[tuple[float, float, float]]) -> None:
    made = [Level(*level) for level in levels]
    found = expected_maximum(made)
    assert found >= max((level.mean for level in made), default=0.0) * (1 - 1e-9)
    assert math.isfinite(found)
