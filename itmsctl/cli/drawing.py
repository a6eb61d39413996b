"""Tables and cards drawn with rich: each line as long as what stands in it, and no longer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from itmsctl.cli import layout
from itmsctl.values.lean import dataclass

ENDLESS = 1_000_000


@dataclass(frozen=True, eq=False, repr=False)
class Drawn:
    """A column as it is drawn: its cells, how each looks, and whether they may be folded or left out."""

    title: str
    cells: Sequence[str]
    styles: Sequence[str]
    right: bool
    folds: bool
    keep: bool
    is_bare: bool


def print_table(console: Any, columns: Sequence[Drawn], *, room: int, headers: bool, keep_all: bool) -> list[str]:
    """Print a table, and return the titles of columns that say something and for which there was no room."""
    from rich.table import Table
    from rich.text import Text

    widths = layout.fitted([_measure(column) for column in columns], room, keep_all=keep_all)
    shown = [(column, width) for column, width in zip(columns, widths, strict=True) if width is not None]
    table = Table(box=None, pad_edge=False, show_header=headers, header_style="bold")
    for column, width in shown:
        table.add_column(column.title, justify="right" if column.right else "left", overflow="fold", width=width)
    for number in range(len(columns[0].cells)):
        table.add_row(*(Text(column.cells[number], style=column.styles[number]) for column, _ in shown))
    _print(console, table)
    return [c.title for c, width in zip(columns, widths, strict=True) if width is None and not c.is_bare]


def print_card(console: Any, texts: Mapping[str, str], *, room: int) -> None:
    """Print an object: a line for each field."""
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    first = max(cell_len(name) for name in texts)
    longest = max((cell_len(line) for text in texts.values() for line in text.split("\n")), default=0)
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold", width=first)
    table.add_column(overflow="fold", width=max(1, min(room - first - layout.GAP, longest)))
    for name, text in texts.items():
        table.add_row(name, Text(text))
    _print(console, table)


def _measure(column: Drawn) -> layout.Measure:
    from rich.cells import cell_len

    def longest(parts: Sequence[str]) -> int:
        return max((cell_len(part) for part in parts), default=0)

    sizes = [(longest(cell.split("\n")), longest(cell.split())) for cell in column.cells]
    return layout.measure(cell_len(column.title), sizes, folds=column.folds, keep=column.keep, is_bare=column.is_bare)


def _print(console: Any, table: Any) -> None:
    from rich.segment import Segment, SegmentLines

    lines = console.render_lines(table, console.options.update(width=ENDLESS), pad=False)
    console.print(SegmentLines([_trimmed(line, Segment) for line in lines], new_lines=True), crop=False)


def _trimmed(line: Sequence[Any], segment: Any) -> list[Any]:
    """Return a line without the blanks at its end."""
    kept = list(line)
    while kept and not kept[-1].text.strip(" "):
        kept.pop()
    if kept:
        kept[-1] = segment(kept[-1].text.rstrip(" "), kept[-1].style)
    return kept
