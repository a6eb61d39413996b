"""What a person sees of replication."""

from __future__ import annotations

from itmsctl.cli.noun_columns import ID, columns_of, wide
from itmsctl.cli.output import Column
from itmsctl.replication import kinds
from itmsctl.tasks.columns import state_style

REPLICATION_RULE_COLUMNS = columns_of(
    kinds.REPLICATION_RULE,
    *("enabled", "direction", "kinds", "classes", "servers", "mode", "schedule"),
    Column("last", of=("last_due", "last_state")),
    *wide("target", "verify_pct", "until", "purge", "description"),
    *ID,
)

PLANNED = (Column("rule"), Column("server"), Column("kind"), Column("name", keep=True), Column("action"), Column("why"))
"""What a run would give, and what stays: one row an object."""

RAN = (
    Column("rule"),
    Column("server"),
    Column("state"),
    Column("mode"),
    Column("records", right=True),
    Column("bytes", right=True),
    Column("batches", right=True),
    Column("why"),
)
"""What runs gave: one row a rule and neighbour."""

OPENED = (Column("kind"), Column("name"), Column("editable"), *wide("id"))
"""Fields of an object that children may edit."""

CONFLICT = (
    Column("id"),
    Column("kind"),
    Column("name"),
    Column("what"),
    Column("from"),
    Column("fields"),
    Column("why"),
    Column("state"),
    Column("at"),
    *wide("ours", "theirs", "guid", "batch", "decided_at"),
)
"""What could not be put as it came."""

ORIGIN = (
    Column("field"),
    Column("value"),
    Column("from", "FROM"),
    Column("editable"),
    *wide("owner", "their_value", "batch"),
)
"""Where a field of an object came from."""

CARRIED = (
    Column("server"),
    Column("batches", right=True),
    Column("records", right=True),
    Column("bytes", right=True),
    Column("already", right=True),
    Column("refused", right=True),
)
"""What a file of batches held."""

EVENT = (
    Column("server"),
    Column("run"),
    Column("title"),
    Column("computer", keep=True),
    Column("state", style=state_style),
    Column("exit_status", "EXIT", right=True),
    Column("ended_at", "ENDED"),
    Column("reason"),
    *wide("message", "policy", "attempt", "started_at", "arrived_at", "id", "server_id"),
)
"""What a run of another server came to on a computer."""

REQUIREMENT = (Column("server"), Column("what"), Column("verdict"), Column("found"), Column("fix"))
"""What a link needs."""

LINK = (
    Column("server"),
    Column("way"),
    Column("rule"),
    Column("verdict"),
    Column("lag", "LAST"),
    Column("waiting", right=True),
    Column("missed", right=True),
    Column("last_records", "RECORDS", right=True),
    Column("last_bytes", "BYTES", right=True),
    Column("why"),
    *wide("last", "waiting_bytes", "differing", "refused", "skew_s", "failed_at", "failed_since", "failures", "state"),
)
"""How a link does."""
