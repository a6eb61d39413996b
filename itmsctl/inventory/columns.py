"""What a person sees of data classes."""

from __future__ import annotations

from itmsctl.cli.noun_columns import ID, columns_of, wide
from itmsctl.cli.output import Column
from itmsctl.inventory import kinds

INVENTORY_POLICY = columns_of(
    kinds.INVENTORY_POLICY,
    *("enabled", "mode", "collects", "target", "trigger"),
    Column("last", of=("last_due", "last_state")),
    *wide("description", "predefined", "throttle_s", "server_pack", "profile"),
    *ID,
)

DATA_CLASS = (
    Column("name"),
    Column("rows"),
    Column("key"),
    Column("columns", right=True),
    Column("volatile", wide=True),
    Column("systems", wide=True),
    Column("view", wide=True),
    Column("origin"),
    Column("help"),
)

LOADED = (
    Column("file"),
    Column("state", keep=True),
    Column("computer"),
    Column("why"),
    Column("hint", wide=True),
    Column("computers", right=True, wide=True),
    Column("added", right=True, wide=True),
    Column("moved_to", wide=True),
)

ARRIVALS = tuple(Column(name, right=True) for name in ("loaded", "duplicate", "quarantined", "waiting", "repeated"))

FOUND = (Column("class"), Column("name"), Column("version"), Column("computer"), Column("since", wide=True))
"""What a search finds."""

DIFFERENCE = tuple(Column(name, keep=name != "class") for name in ("class", "row", "column", "first", "second"))
"""What differs between two computers."""


def _bar(share: float) -> str:
    """Return a share of one as a bar of up to 20 columns, in eighths."""
    eighths: int = max(1, round(share * _BAR * 8)) if share > 0 else 0
    return "\u2588" * (eighths // 8) + _PARTS[eighths % 8]


_BAR = 20  # a narrow table keeps it, and cuts names
_PARTS: tuple[str, ...] = ("", *"\u258f\u258e\u258d\u258c\u258b\u258a\u2589")
_COUNTS = (Column("computers", right=True, keep=True), Column("share", draw=_bar, keep=True))
SUMMARY_OS = (Column("name"), Column("version"), *_COUNTS)
SUMMARY_GROWTH = (Column("month"), Column("added", right=True), *_COUNTS)
SUMMARIES = {
    "os": SUMMARY_OS,
    "models": (Column("manufacturer"), Column("model"), *_COUNTS),
    "software": SUMMARY_OS,
}
"""Counts over the fleet, with a bar for each on a terminal."""
