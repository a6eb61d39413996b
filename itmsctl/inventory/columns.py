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
