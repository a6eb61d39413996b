"""Whether events go on from one another."""

from __future__ import annotations

import pytest

from itmsctl.agents.sequence import KEPT, Following, following, remembered

RECENT = {"3": "c", "4": "d"}


@pytest.mark.parametrize(
    ("number", "before", "digest", "how"),
    [
        (5, "d", "e", Following.NEXT),
        (5, "x", "e", Following.FORK),
        (4, "c", "d", Following.DUPLICATE),
        (4, "c", "x", Following.FORK),
        (1, "?", "?", Following.DUPLICATE),  # so old that nothing is remembered of it
        (6, "e", "f", Following.GAP),
    ],
)
def test_following(number: int, before: str, digest: str, how: Following) -> None:
    assert following(4, RECENT, number, before, digest) is how


def test_only_the_last_are_remembered() -> None:
    recent: dict[str, str] = {}
    for number in range(1, 3 * KEPT):
        recent = remembered(recent, number, f"d{number}")
    assert len(recent) == KEPT
    assert following(3 * KEPT - 1, recent, 3 * KEPT - 1, "", "other") is Following.FORK
