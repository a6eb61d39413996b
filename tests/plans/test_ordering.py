"""The order of documents: behind what they name, else by kind and name; circles are found."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.plans.ordering import CycleError, DocumentNode, Key, ordered


def nodes(*edges: str) -> dict[Key, DocumentNode]:
    made: dict[Key, DocumentNode] = {}
    for edge in edges:
        name, _, needs = edge.partition("<")
        key = ("k", name)
        made[key] = DocumentNode(key, int(name[0]), frozenset(("k", need) for need in needs.split(",") if need))
    return made


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ((), []),
        (("2b", "1a", "2a"), ["1a", "2a", "2b"]),
        (("1a<2b", "2b", "1c"), ["1c", "2b", "1a"]),
        (("1a<9z",), ["1a"]),
    ],
)
def test_cases(edges: tuple[str, ...], expected: list[str]) -> None:
    assert [name for _, name in ordered(nodes(*edges))] == expected


@pytest.mark.parametrize("edges", [("1a<1a",), ("1a<1b", "1b<1a"), ("1a<1b", "1b<1c", "1c<1b", "1d<1a")])
def test_circles_are_named_closed(edges: tuple[str, ...]) -> None:
    with pytest.raises(CycleError) as caught:
        ordered(nodes(*edges))
    keys = caught.value.keys
    assert keys[0] == keys[-1]
    made = nodes(*edges)
    assert all(later in made[earlier].needs for earlier, later in pairwise(keys))


@given(st.dictionaries(st.integers(0, 9), st.frozensets(st.integers(0, 9), max_size=3), max_size=10))
def test_each_stands_behind_what_it_needs(graph: dict[int, frozenset[int]]) -> None:
    made = {
        ("k", str(n)): DocumentNode(("k", str(n)), 0, frozenset(("k", str(m)) for m in needs))
        for n, needs in graph.items()
    }
    try:
        found = ordered(made)
    except CycleError:
        return
    place = {key: n for n, key in enumerate(found)}
    assert len(place) == len(made)
    assert all(place[need] < place[key] for key, node in made.items() for need in node.needs if need in made)
