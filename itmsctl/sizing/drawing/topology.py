"""The drawing of a topology: boxes joined by lines, from left to right on a wide page, downwards on a narrow one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from unicodedata import east_asian_width

from itmsctl.sizing.drawing.svg import Svg, element, picture, together
from itmsctl.sizing.drawing.tree import Box, Placed, across, depth_of, downwards

_BAR = 4
_GAP = 52.0  # at least so much between columns
_LETTER = 8.3  # how wide a letter of a name is at most, about
_BELOW = 6.9  # and one of the line below it


@dataclass(frozen=True)
class _Size:
    width: float
    height: float


def wide(roots: Sequence[Box], title: str, text: str, key: str = "topology-wide") -> Svg:
    """Return the drawing for a page about 960 points wide."""
    levels = max(1, depth_of(roots))
    whole = 958.0
    size = _Size(min(400.0, (whole - _GAP * (levels - 1)) / levels), 46)
    gap = min(160.0, (whole - size.width * levels) / max(1, levels - 1))
    placed, bottom = across(roots, size.width + gap, size.height + 8)
    width = max((one.x for one in placed), default=0) + size.width
    return _drawing(placed, size, (max(width, 480), bottom), title, text, key, "topology wide", _curved)


def narrow(roots: Sequence[Box], title: str, text: str, key: str = "topology-narrow") -> Svg:
    """Return the drawing for a page about 340 points wide."""
    levels = max(1, depth_of(roots))
    indent = min(26.0, 120.0 / levels)
    whole = 340.0
    size = _Size(whole, 46)
    placed, bottom = downwards(roots, indent, size.height + 8)
    return _drawing(placed, size, (whole, bottom), title, text, key, "topology narrow", _elbow)


def _drawing(
    placed: Sequence[Placed],
    size: _Size,
    whole: tuple[float, float],
    title: str,
    text: str,
    key: str,
    class_: str,
    line: Callable[[Placed, Placed, _Size], str],
) -> Svg:
    lines = [
        element("path", d=line(placed[one.above], one, size), class_=f"link {one.box.kind}")
        for one in placed
        if one.above is not None
    ]
    room = whole[0]
    boxes = [_box(one, _Size(min(size.width, room - one.x), size.height)) for one in placed]
    return picture(whole[0] + 2, whole[1] + 2, title, text, *lines, *boxes, key=key, class_=class_)


def _curved(above: Placed, one: Placed, size: _Size) -> str:
    x1, y1 = above.x + size.width, above.y + size.height / 2
    x2, y2 = one.x, one.y + size.height / 2
    middle = (x1 + x2) / 2
    return f"M{x1:.1f},{y1:.1f}C{middle:.1f},{y1:.1f} {middle:.1f},{y2:.1f} {x2:.1f},{y2:.1f}"


def _elbow(above: Placed, one: Placed, size: _Size) -> str:
    x, y = above.x + 10, above.y + size.height
    return f"M{x:.1f},{y:.1f}V{one.y + size.height / 2:.1f}H{one.x:.1f}"


def _box(one: Placed, size: _Size) -> Svg:
    box = one.box
    badges = _badges(box, size.width)
    room = size.width - 24 - sum(_badge_width(text) + 4 for _, text in box.badges)
    parts = [
        element("rect", x=1, y=1, width=size.width - 2, height=size.height - 2, rx=7, class_="box"),
        element("text", _cut(box.name, room), x=12, y=18, class_="name"),
        element("text", _cut(box.text, size.width - 24, _BELOW), x=12, y=33.5, class_="below"),
        badges,
    ]
    if box.share:
        parts.append(_bar(box.share, size))
    title = element("title", f"{box.name}: {box.text}" if box.text else box.name)
    return element("g", title, *parts, transform=f"translate({one.x:.1f},{one.y:.1f})", class_=f"node {box.kind}")


def _bar(share: float, size: _Size) -> Svg:
    length = max(2.0, (size.width - 16) * min(1.0, share))
    return element("rect", x=8, y=size.height - _BAR - 2, width=length, height=_BAR - 1, rx=1.5, class_="bar")


def _badges(box: Box, width: float) -> Svg:
    parts, right = [], width - 10
    for kind, text in reversed(box.badges):
        wide_ = _badge_width(text)
        right -= wide_
        parts.append(element("rect", x=right, y=7, width=wide_, height=15, rx=7.5, class_=f"badge {kind}"))
        parts.append(element("text", text, x=right + wide_ / 2, y=18, class_="badge-text"))
        right -= 4
    return together(*parts)


def _badge_width(text: str) -> float:
    return 10 + 6.2 * len(text)


def _cut(text: str, room: float, letter: float = _LETTER) -> str:
    """Return as much of a text as fits into a room; letters of the East take twice as much of it."""
    widths = [letter * (2 if east_asian_width(one) in "WF" else 1) for one in text]
    if sum(widths) <= room:
        return text
    most = sum(1 for whole in accumulate(widths) if whole <= room - letter)
    return text[: max(1, most)] + "…"
