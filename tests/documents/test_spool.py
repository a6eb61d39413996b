"""Rows that wait: the same rows come back, in their order, more than once, from memory and from a file."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itmsctl.documents.spool import Spool

VALUES = st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.lists(VALUES, max_size=4), max_size=20), st.sampled_from([1, 1 << 20]))
def test_rows_come_back(rows: list[list[Any]], in_memory: int) -> None:
    with Spool(in_memory) as spool:
        for row in rows:
            spool.add(row)
        assert len(spool) == len(rows)
        assert list(spool) == rows
        assert list(spool) == rows


def test_they_are_gone_afterwards() -> None:
    with Spool() as spool:
        spool.add([1])
    with pytest.raises(ValueError, match="closed"):
        list(spool)
