"""Pictures: round ticks, trees that stand, text that is escaped and cut, topologies of any size."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.sizing.drawing import topology as drawing
from itmsctl.sizing.drawing.plot import NARROW, WIDE, AxisTick, Mark, Plot, PlotCurve, drawn, spark
from itmsctl.sizing.drawing.scale import Scale, short, ticks
from itmsctl.sizing.drawing.svg import Svg, element, path, together
from itmsctl.sizing.drawing.tree import Box, across, depth_of, downwards
from itmsctl.sizing.pages.topology import ROWS, topology
from itmsctl.sizing.snapshot import DesignGateway, DesignManagementServer, DesignSite, Snapshot

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOSTILE = '<script>alert("1")</script>&\u65e5\u672c'


@given(st.floats(1e-6, 1e12), st.integers(2, 8))
def test_ticks_cover_values_in_a_few_equal_steps(most: float, wanted: int) -> None:
    found = ticks(most, wanted)
    assert found[0] == 0
    assert found[-1] >= most * (1 - 1e-6)
    assert 2 <= len(found) <= wanted + 2
    assert {round((b - a) / found[1], 6) for a, b in pairwise(found)} == {1}


@pytest.mark.parametrize("most", [0, -1, float("nan"), float("inf")])
def test_nothing_has_ticks_too(most: float) -> None:
    assert ticks(most) == [0, 1]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.25, "0.25"),
        (1.5, "1.5"),
        (12.34, "12.3"),
        (999, "999"),
        (1200, "1,200"),
        (36_000, "36k"),
        (1_500_000, "1.5M"),
    ],
)
def test_numbers_beside_an_axis_are_short(value: float, text: str) -> None:
    assert short(value) == text


def test_a_scale_leads_from_values_to_places() -> None:
    assert [Scale(0, 10, 100, 0).at(value) for value in (0, 5, 10)] == [100, 50, 0]
    assert Scale(3, 3, 7, 9).at(3) == 7


@given(st.text())
def test_text_is_escaped_and_comes_back(text: str) -> None:
    said = "".join(one for one in text if one.isprintable())
    root = ET.fromstring(element("g", element("text", said, title=said)))
    assert root[0].text in (said, said or None)
    assert root[0].get("title") == said
    assert together(Svg("<a/>"), "<b>") == "<a/>&lt;b&gt;"


def test_paths() -> None:
    assert path([]) == ""
    assert path([(0, 1), (2, 3.456)]) == "M0,1L2,3.46"
    assert path([(0, 1), (2, 3)], closed_at=9) == "M0,1L2,3L2,9L0,9Z"


def box_trees() -> st.SearchStrategy[list[Box]]:
    boxes = st.recursive(
        st.builds(Box, st.text(max_size=60)),
        lambda inner: st.builds(Box, st.text(max_size=60), below=st.lists(inner, max_size=4)),
        max_leaves=20,
    )
    return st.lists(boxes, min_size=1, max_size=3)


@given(box_trees())
def test_no_two_boxes_stand_on_each_other(roots: list[Box]) -> None:
    placed, height = across(roots, 100, 10)
    down, down_height = downwards(roots, 20, 10)
    assert len(placed) == len(down)
    assert len({(one.x, one.y) for one in placed}) == len(placed)
    assert len({one.y for one in down}) == len(down)
    for found, bottom in ((placed, height), (down, down_height)):
        assert all(0 <= one.y <= bottom - 10 for one in found)
        assert max(one.depth for one in found) + 1 == depth_of(roots)
        for one in found:
            if one.above is not None:
                assert found[one.above].depth == one.depth - 1
                assert one.box in found[one.above].box.below


@given(box_trees())
def test_a_topology_is_whole_xml_at_both_widths(roots: list[Box]) -> None:
    for draw in (drawing.wide, drawing.narrow):
        text = "".join(one for one in draw(roots, "Topology", HOSTILE) if one.isprintable())
        assert len(ET.fromstring(text).findall("g")) == len(across(roots, 1, 1)[0])


def estate(sites: int, servers: int) -> Snapshot:
    names = [f"server {number}" for number in range(servers)]
    made = tuple(DesignSite(f"{HOSTILE} {number}", (number * 37) % 6000) for number in range(sites))
    shared = {name: tuple(site.name for site in made[place::servers]) for place, name in enumerate(names)}
    return Snapshot(
        NOW,
        computers=sum(site.computers for site in made),
        servers=tuple(
            DesignManagementServer(name, 1000, sites=shared[name], parent=names[0] if place else None)
            for place, name in enumerate(names)
        ),
        sites=made,
        gateways=(DesignGateway("edge", tuple(names)),),
    )


@pytest.mark.parametrize(
    ("sites", "servers"), [(0, 1), (1, 1), (18, 1), (20, 1), (600, 1), (600, 7), (10_000, 7), (3, 3)]
)
def test_a_topology_of_any_size_fits_a_page_and_loses_no_computers(sites: int, servers: int) -> None:
    snapshot = estate(sites, servers)
    found = topology(snapshot, [])
    placed, _ = across(found.roots, 1, 1)
    assert sum(1 for one in placed if not one.box.below) <= ROWS
    assert len([one for one in placed if one.box.kind in ("server", "parent")]) == servers
    counted = [one.box for one in placed if one.box.kind in ("site", "group")]
    assert sum(int(box.text.split()[0].replace(",", "")) for box in counted) == snapshot.computers


def test_a_topology_that_is_a_circle_or_very_broad_ends() -> None:
    many = tuple(DesignManagementServer(f"s{number}", 1) for number in range(300))
    found = topology(Snapshot(NOW, servers=many), [])
    assert (len(found.roots), found.roots[-1].name) == (ROWS, "281 more management servers")
    circle = (
        DesignManagementServer("a", 1, parent="b"),
        DesignManagementServer("b", 1, parent="a"),
        DesignManagementServer("c", 1),
    )
    assert [root.name for root in topology(Snapshot(NOW, servers=circle), []).roots] == ["c"]


def plot(limit: float | None, values: list[float]) -> Plot:
    curve = PlotCurve("x", list(enumerate(values)))
    below = [AxisTick(0, "00:00"), AxisTick(max(1, len(values) - 1), "24:00")]
    return Plot("key", "Title", "Text", "requests/s", curve, below, limit, mark=Mark(0, values[0], "peak"))


def test_a_limit_far_above_is_written_and_a_near_one_drawn() -> None:
    far, near = drawn(plot(1000, [1, 2]), WIDE), drawn(plot(4, [1, 2]), WIDE)
    assert "limit 1,000 requests/s, above this scale" in far
    assert 'class="limit"' not in far
    assert 'class="limit"' in near


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=50), st.none() | st.floats(0.1, 1e9))
def test_a_curve_stays_inside_its_picture(values: list[float], limit: float | None) -> None:
    for frame in (WIDE, NARROW):
        root = ET.fromstring(drawn(plot(limit, values), frame))
        for line in root.findall("path"):
            pairs = re.findall(r"(-?[\d.]+),(-?[\d.]+)", line.get("d") or "")
            assert all(0 <= float(x) <= frame.width and 0 <= float(y) <= frame.height for x, y in pairs)
    assert ET.fromstring(spark(values, "t", "k")).tag == "svg"
