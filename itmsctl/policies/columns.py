"""What a person sees of policies and ticks."""

from __future__ import annotations

from itmsctl.cli.noun_columns import ID, columns_of, wide
from itmsctl.cli.output import Column
from itmsctl.policies import kinds

POLICY = columns_of(
    kinds.POLICY,
    *("enabled", "runs", "target", "trigger"),
    Column("last", of=("last_due", "last_state")),
    "description",
    *wide("owner", "workload", "payload_kbit", "deadline_s"),
    *ID,
)

STEP = (Column("step"), Column("state"), Column("why"))

TICK = (
    Column("type"),
    Column("policy"),
    Column("run"),
    Column("due"),
    Column("state"),
    Column("computers", right=True),
    Column("computer"),
    Column("why"),
)

UPKEEP = (
    Column("name", header="UPDATE"),
    Column("when"),
    Column("last"),
    Column("due"),
    Column("waits"),
    Column("default", wide=True),
)
