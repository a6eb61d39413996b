"""A number with what it counts."""

from __future__ import annotations

import pytest

from itmsctl.values.counts import counted


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (0, ("computer",), "0 computers"),
        (1, ("computer",), "1 computer"),
        (2, ("computer",), "2 computers"),
        (1, ("computer is", "computers are"), "1 computer is"),
        (3, ("computer is", "computers are"), "3 computers are"),
    ],
)
def test_one_is_one(number: int, words: tuple[str, ...], said: str) -> None:
    assert counted(number, *words) == said
