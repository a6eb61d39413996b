"""The closed forms against the replay: 35,000 agents, event by event, with dice (tests/sizing/replay.py)."""

from __future__ import annotations

from typing import Any

import pytest

from itmsctl.sizing.simulation.design import Design, Node, NodeKind, Source
from itmsctl.sizing.simulation.outcome import NodeDay
from itmsctl.sizing.simulation.pulses import At, Every
from itmsctl.sizing.simulation.running import run
from tests.sizing.replay import SCENES, replay

TENTH = 0.1


def designed(stations: dict[str, Any], loads: list[dict[str, Any]]) -> Design:
    """Return the scene of a replay, said in the product's words."""
    nodes = [Node(name, NodeKind.SERVER, **limits) for name, limits in stations.items()]
    return Design(nodes, [source for number, load in enumerate(loads) for source in sources(str(number), load)])


def sources(name: str, load: dict[str, Any]) -> list[Source]:
    count, path, kbit = load["agents"], load["path"], load["kbit"]
    if load["how"] == "repeated":
        return [Source(name, count, Every(load["interval"]), path, load["requests"], kbit)]
    if load["how"] == "started":
        return [Source(name, count, At((load["when"],), load["splay"]), path, load["requests"], kbit)]
    first, last = load["runs"]
    report = At((load["when"] + first,), load["splay"] + last - first)
    return [
        Source(name, count, At((load["when"],), load["splay"]), path, 1, kbit),
        Source(f"{name}, report", count, report, path, 1, kbit),
    ]


def check(day: NodeDay, seen: dict[str, float]) -> None:
    assert day.requests == pytest.approx(seen["requests"], rel=TENTH)
    assert day.kbit == pytest.approx(seen["kbit"], rel=TENTH)
    assert day.requests_peak.value == pytest.approx(seen["requests_s"], rel=TENTH)
    assert day.kbit_peak.value == pytest.approx(seen["kbit_s"], rel=TENTH)
    if seen["deepest"] > 10:
        assert day.waiting.requests == pytest.approx(seen["deepest"], rel=TENTH)
        assert day.waiting.longest_wait_s == pytest.approx(seen["longest"], rel=TENTH)


def compared(stations: dict[str, Any], loads: list[dict[str, Any]], seed: int) -> None:
    found = run(designed(stations, loads))
    for name, seen in replay(stations, loads, seed).items():
        check(found.node(name), seen)


@pytest.mark.parametrize(("stations", "loads"), [scene[1:] for scene in SCENES], ids=[scene[0] for scene in SCENES])
def test_a_day_of_35000_agents(stations: dict[str, Any], loads: list[dict[str, Any]]) -> None:
    compared(stations, loads, seed=20261207)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("stations", "loads"), [scene[1:] for scene in SCENES], ids=[scene[0] for scene in SCENES])
def test_more_days(stations: dict[str, Any], loads: list[dict[str, Any]], seed: int) -> None:
    compared(stations, loads, seed)
