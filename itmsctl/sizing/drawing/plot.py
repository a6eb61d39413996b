"""A plot: areas and lines over one axis, a limit, ticks with units. Drawn for a wide page and for a narrow one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from itmsctl.sizing.drawing.scale import Scale, short, ticks
from itmsctl.sizing.drawing.svg import Svg, element, path, picture, together

_FAR = 2.5  # a limit so many times above the highest value is written, not drawn: the curve would lie flat


@dataclass(frozen=True)
class AxisTick:
    """A tick of the lower axis."""

    at: float
    text: str


@dataclass(frozen=True)
class PlotCurve:
    """Values in the order of their places. `low`: the lower end of a range, else the area reaches down to 0."""

    name: str
    points: Sequence[tuple[float, float]]
    low: Sequence[tuple[float, float]] = ()
    dots: bool = False


@dataclass(frozen=True)
class Mark:
    """A place of a curve that is worth a word, such as its peak."""

    at: float
    value: float
    text: str


@dataclass(frozen=True)
class Plot:
    """What is plotted. `text` describes it for those who do not see it; `key` is its own in the page."""

    key: str
    title: str
    text: str
    unit: str
    curve: PlotCurve
    below: Sequence[AxisTick]
    limit: float | None = None
    limit_name: str = "limit"
    mark: Mark | None = None


@dataclass(frozen=True)
class Frame:
    """The size of a picture and its margins."""

    name: str
    width: float
    height: float
    left: float = 52
    right: float = 18
    top: float = 30
    bottom: float = 30
    every: int = 1  # of the lower ticks, each so many is written


WIDE = Frame("wide", 960, 270)
NARROW = Frame("narrow", 340, 220, left=46, right=12, every=2)


def drawn(plot: Plot, frame: Frame) -> Svg:
    """Return the picture of a plot in a frame."""
    top = _top(plot)
    rows = ticks(top)
    across = Scale(plot.below[0].at, plot.below[-1].at, frame.left, frame.width - frame.right)
    up = Scale(0, rows[-1], frame.height - frame.bottom, frame.top)
    parts = [
        _unit(plot, frame),
        _grid(rows, up, frame),
        _lower_axis(plot, across, frame),
        _curve(plot.curve, across, up),
        _limit(plot, up, frame),
        _mark(plot, across, up, frame),
    ]
    return picture(
        frame.width,
        frame.height,
        plot.title,
        plot.text,
        *parts,
        key=f"{plot.key}-{frame.name}",
        class_=f"plot {frame.name}",
    )


def _top(plot: Plot) -> float:
    values = [value for _, value in plot.curve.points]
    highest = max([*values, plot.mark.value] if plot.mark else values, default=0.0)
    return max(highest, plot.limit) if plot.limit is not None and plot.limit <= highest * _FAR else highest


def _unit(plot: Plot, frame: Frame) -> Svg:
    unit = element("text", plot.unit, x=2, y=14, class_="unit")
    if plot.limit is None or plot.limit <= ticks(_top(plot))[-1]:
        return unit
    said = f"{plot.limit_name} {short(plot.limit)} {plot.unit}, above this scale"
    return together(unit, element("text", said, x=frame.width - frame.right, y=14, class_="limit-text end"))


def _grid(rows: Sequence[float], up: Scale, frame: Frame) -> Svg:
    parts = []
    for value in rows:
        y = up.at(value)
        line = "axis" if value == 0 else "grid"
        parts.append(element("line", x1=frame.left, x2=frame.width - frame.right, y1=y, y2=y, class_=line))
        parts.append(element("text", short(value), x=frame.left - 8, y=y + 4, class_="tick end"))
    return together(*parts)


def _lower_axis(plot: Plot, across: Scale, frame: Frame) -> Svg:
    bottom = frame.height - frame.bottom
    parts = []
    for number, tick in enumerate(plot.below):
        x = across.at(tick.at)
        parts.append(element("line", x1=x, x2=x, y1=bottom, y2=bottom + 4, class_="axis"))
        if number % frame.every == 0:
            anchor = "start" if number == 0 else "end" if number == len(plot.below) - 1 else "middle"
            parts.append(element("text", tick.text, x=x, y=bottom + 19, class_=f"tick {anchor}"))
    return together(*parts)


def _curve(curve: PlotCurve, across: Scale, up: Scale) -> Svg:
    line = [(across.at(x), up.at(y)) for x, y in curve.points]
    low = [(across.at(x), up.at(y)) for x, y in curve.low]
    area = path([*line, *reversed(low)]) + "Z" if low else path(line, closed_at=up.at(0))
    parts = [element("path", d=area, class_="area"), element("path", d=path(line), class_="curve")]
    if low:
        parts.append(element("path", d=path(low), class_="curve low"))
    if curve.dots:
        parts += [element("circle", cx=x, cy=y, r=3.5, class_="dot") for x, y in (*line, *low)]
    return together(*parts)


def _limit(plot: Plot, up: Scale, frame: Frame) -> Svg:
    if plot.limit is None or plot.limit > up.high:
        return Svg("")
    y = up.at(plot.limit)
    said = f"{plot.limit_name} {short(plot.limit)}"
    return together(
        element("line", x1=frame.left, x2=frame.width - frame.right, y1=y, y2=y, class_="limit"),
        element("text", said, x=frame.width - frame.right, y=y - 6, class_="limit-text end"),
    )


def _mark(plot: Plot, across: Scale, up: Scale, frame: Frame) -> Svg:
    if plot.mark is None:
        return Svg("")
    x, y = across.at(plot.mark.at), up.at(plot.mark.value)
    right = x > (frame.left + frame.width) / 2
    place = {"x": x - 8 if right else x + 8, "y": max(frame.top - 2, y - 6)}
    return together(
        element("circle", cx=x, cy=y, r=4, class_="peak"),
        element("text", plot.mark.text, class_="mark end" if right else "mark", **place),
    )


def spark(values: Sequence[float], title: str, key: str, width: float = 150, height: float = 30) -> Svg:
    """Return a curve as small as a word, for a cell of a table."""
    top = max(values, default=0.0) or 1.0
    step = width / max(1, len(values) - 1)
    line = [(number * step, height - 2 - value / top * (height - 4)) for number, value in enumerate(values)]
    parts = [
        element("path", d=path(line, closed_at=height - 1), class_="area"),
        element("path", d=path(line), class_="curve"),
    ]
    return picture(width, height, title, title, *parts, key=key, class_="spark")
