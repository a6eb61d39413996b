"""A tree of boxes: its shape as data, and where each box stands when it grows from left to right or downwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Box:
    """A box: a name, a line below it, what kind it is (a class of style), a share of 0 to 1 for a bar, and badges."""

    name: str
    text: str = ""
    kind: str = "server"
    share: float | None = None
    badges: Sequence[tuple[str, str]] = ()  # kind and text
    below: Sequence[Box] = field(default_factory=tuple)


@dataclass(frozen=True)
class Placed:
    """A box with its corner, its level, and the place in the list of the one that it hangs from."""

    box: Box
    x: float
    y: float
    depth: int
    above: int | None = None


def depth_of(roots: Sequence[Box]) -> int:
    """Return how many levels there are."""
    return max((1 + depth_of(box.below) for box in roots), default=0)


def across(roots: Sequence[Box], column: float, row: float) -> tuple[list[Placed], float]:
    """Place boxes from left to right: leaves below each other, each parent in the middle of its children.

    Returns them, each after the one that it hangs from, with the height that they take.
    """
    found: dict[int, Placed] = {}
    bottom = 0.0

    def place(box: Box, depth: int, above: int | None) -> float:
        nonlocal bottom
        number = len(found)
        found[number] = Placed(box, depth * column, bottom, depth, above)
        if not box.below:
            bottom += row
            return bottom - row
        heights = [place(child, depth + 1, number) for child in box.below]
        middle = (heights[0] + heights[-1]) / 2
        found[number] = Placed(box, depth * column, middle, depth, above)
        return middle

    for root in roots:
        place(root, 0, None)
    return [found[number] for number in range(len(found))], bottom


def downwards(roots: Sequence[Box], indent: float, row: float) -> tuple[list[Placed], float]:
    """Place boxes below each other, each level further in; return them with the height that they take."""
    found: list[Placed] = []

    def place(box: Box, depth: int, above: int | None) -> None:
        number = len(found)
        found.append(Placed(box, depth * indent, number * row, depth, above))
        for child in box.below:
            place(child, depth + 1, number)

    for root in roots:
        place(root, 0, None)
    return found, len(found) * row
