"""How wide columns are: nothing that stands in a table is cut, and what is left out says least."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.cli.layout import GAP, Measure, fitted, measure

NAME = measure(4, [(7, 7)], folds=False)
PROSE = measure(11, [(60, 9)], folds=True)
BARE = measure(7, [(0, 0), (1, 1)], folds=True, is_bare=True)
STATE = measure(5, [(9, 9)], folds=True, keep=True)


def test_a_name_needs_all_of_its_width_and_prose_its_longest_word() -> None:
    assert vars(Measure(7, 7, 7)) == vars(NAME)
    assert vars(Measure(60, 20, 20)) == vars(PROSE)
    assert vars(measure(4, [(64, 36)], folds=True)) == vars(Measure(64, 36, 20))
    assert measure(4, [(900, 900)], folds=True).least == 50
    assert vars(measure(8, [], folds=True)) == vars(Measure(8, 8, 8))


@pytest.mark.parametrize(
    ("columns", "room", "widths"),
    [
        ([NAME, PROSE], 200, [7, 60]),
        ([NAME, PROSE], 40, [7, 31]),
        ([NAME, BARE, PROSE], 40, [7, 7, 22]),
        ([NAME, BARE, PROSE], 30, [7, None, 21]),
        ([NAME, PROSE, STATE], 30, [7, None, 9]),
        ([NAME, STATE, PROSE, PROSE], 50, [7, 9, 30, None]),
        ([NAME, PROSE, PROSE], 81, [7, 35, 35]),
        ([NAME, STATE], 5, [7, 9]),
        ([NAME], 5, [5]),
    ],
)
def test_what_has_no_room_is_left_out_and_the_rest_shares_it(
    columns: list[Measure], room: int, widths: list[int | None]
) -> None:
    assert fitted(columns, room) == widths


def test_columns_that_were_asked_for_are_all_there() -> None:
    assert fitted([NAME, BARE, PROSE], 10, keep_all=True) == [7, 7, 20]


cells = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)).map(lambda pair: (max(pair), min(pair))))


@given(
    st.lists(st.builds(measure, st.integers(1, 30), cells, folds=st.booleans(), is_bare=st.booleans()), min_size=1),
    st.integers(1, 300),
)
def test_a_table_fits_its_room_and_no_column_is_wider_than_its_widest(columns: list[Measure], room: int) -> None:
    widths = fitted(columns, room)
    shown = [(column, width) for column, width in zip(columns, widths, strict=True) if width is not None]
    assert widths[0] is not None
    assert sum(width for _, width in shown) + GAP * (len(shown) - 1) <= room
    assert all(width <= column.widest for column, width in shown)
    assert len(shown) == 1 or all(width >= column.broken for column, width in shown)
