"""How wide the columns of a table are: prose folds at its blanks, and what has no room is left out, never cut."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from itmsctl.values.lean import dataclass

GAP = 2
_PROSE = 20  # a column of prose keeps so much before another column is left out
_LONGEST_WORD = 50  # as long as the fingerprint of a host key; what is longer may be broken


@dataclass(frozen=True, eq=False, repr=False)
class Measure:
    """What a column needs: the width of its widest cell, below which it says nothing, and to which words break."""

    widest: int
    least: int
    broken: int
    keep: bool = False  # never left out
    is_bare: bool = False  # every cell is empty or zero


def measure(
    header: int, cells: Sequence[tuple[int, int]], *, folds: bool, keep: bool = False, is_bare: bool = False
) -> Measure:
    """Return what a column needs, from the width of its header, and of each cell and its longest word."""
    widest = max([header, *(width for width, _ in cells)])
    if not folds:
        return Measure(widest, widest, widest, keep, is_bare)
    word = max([header, *(min(word, _LONGEST_WORD) for _, word in cells)])
    least = min(widest, max(word, _PROSE))
    return Measure(widest, least, min(least, max(header, _PROSE)), keep, is_bare)


def fitted(columns: Sequence[Measure], room: int, *, keep_all: bool = False) -> list[int | None]:
    """Return the width of each column, None for one that is left out; the first is always there.

    Left out are first columns in which nothing stands, then others, both from the right; where that is not enough,
    words are broken. With `keep_all` none is left out, and the table may be wider than the room.
    """
    kept = list(range(len(columns)))
    may_go = [] if keep_all else [i for i in reversed(kept[1:]) if not columns[i].keep]
    for index in sorted(may_go, key=lambda i: not columns[i].is_bare):
        if _total(columns[i].least for i in kept) <= room:
            break
        kept.remove(index)
    fits = _total(columns[i].least for i in kept) <= room
    widths = {i: columns[i].least if fits else columns[i].broken for i in kept}
    if len(kept) == 1:
        widths[kept[0]] = max(1, min(room, widths[kept[0]]))
    spare = max(room - _total(widths.values()), 0)
    # The smallest wish first, each at most an even share: most columns are then whole, and prose shares what is left.
    hungry = sorted(kept, key=lambda i: columns[i].widest - widths[i])
    for place, index in enumerate(hungry):
        more = min(columns[index].widest - widths[index], spare // (len(hungry) - place))
        widths[index] += more
        spare -= more
    return [widths.get(i) for i in range(len(columns))]


def _total(widths: Iterable[int]) -> int:
    found = list(widths)
    return sum(found) + GAP * (len(found) - 1)
