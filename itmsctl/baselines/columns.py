"""What a person sees of baselines."""

from __future__ import annotations

from typing import Any

from itmsctl.baselines.kinds import BASELINE, COMPLIANT, DEVIATING
from itmsctl.cli.noun_columns import ID, columns_of, wide
from itmsctl.cli.output import Column
from itmsctl.cli.style import BAD, GOOD, ODD


def _percent(share: Any) -> str:
    # 0.9996 is not all of it.
    return "" if share is None else f"{int(share * 1000) / 10:g} %"


def _how(state: Any) -> str:
    return {COMPLIANT: GOOD, DEVIATING: BAD}.get(state, ODD)


_COMPLIANCE = Column("compliance", right=True, draw=_percent)
_COUNTS = tuple(Column(name, right=True) for name in ("changed", "missing", "extra"))

BASELINE_COLUMNS = columns_of(
    BASELINE,
    "data_class",
    Column("rows", right=True),
    *(Column(name, right=True) for name in ("compliant", "deviating", "unknown")),
    _COMPLIANCE,
    *wide("compared_at", "reference", "description"),
    *ID,
)

RESULT = (
    Column("computer"),
    Column("state", style=_how),
    _COMPLIANCE,
    *_COUNTS,
    Column("expected", right=True, wide=True),
    Column("collected_at"),
    Column("compared_at", wide=True),
)
"""What a comparison found, one row a computer."""

DEVIATION = (
    Column("computer"),
    Column("item"),
    Column("deviation", keep=True),
    Column("column"),
    Column("expected"),
    Column("found"),
)

BY_ITEM = (
    Column("item"),
    Column("deviation", keep=True),
    Column("computers", right=True),
    Column("first", "FIRST OF THEM"),
)
"""How many computers deviate in each item, and the first of them by name."""

ITEM = (Column("item"), Column("values"))
"""A row of a baseline as it should be."""
