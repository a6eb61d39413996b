"""What a person sees of policies and ticks."""

from __future__ import annotations

from itmsctl.cli.output import Column

POLICY = (
    Column("name"),
    Column("enabled"),
    Column("runs"),
    Column("target"),
    Column("trigger"),
    Column("last", of=("last_due", "last_state")),
    Column("description"),
    Column("owner", wide=True),
    Column("workload", wide=True),
    Column("payload_kbit", wide=True, right=True),
    Column("deadline_s", wide=True, right=True),
    Column("id", wide=True),
    Column("revision", wide=True, right=True),
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
