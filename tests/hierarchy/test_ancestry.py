"""Who stands above whom: cycles are found, also where another one lies above."""

from __future__ import annotations

import pytest

from itmsctl.hierarchy.ancestry import cycle_through


@pytest.mark.parametrize(
    ("parents", "found"),
    [
        ({}, ()),
        ({"a": None}, ()),
        ({"a": "b", "b": "c", "c": None}, ()),
        ({"a": "a"}, ("a", "a")),
        ({"a": "b", "b": "a"}, ("a", "b", "a")),
        ({"a": "b", "b": "c", "c": "a"}, ("a", "b", "c", "a")),
        ({"a": "b", "b": "c", "c": "b"}, ()),  # the cycle of b and c is not a's
    ],
)
def test_cycle_through(parents: dict[str, str | None], found: tuple[str, ...]) -> None:
    assert cycle_through("a", parents) == found
