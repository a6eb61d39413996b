"""What a person sees of replication."""

from __future__ import annotations

from itmsctl.cli.noun_columns import wide
from itmsctl.cli.output import Column

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
