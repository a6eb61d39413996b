"""What a person sees of discoveries."""

from __future__ import annotations

from itmsctl.cli.noun_columns import columns_of
from itmsctl.cli.output import Column
from itmsctl.discovery import kinds

DISCOVERY_PROFILE = columns_of(kinds.DISCOVERY_PROFILE, "methods", "credentials", "rate", "parallel", "description")

FOUND = (
    Column("address", keep=True),
    Column("state", keep=True),
    Column("name"),
    Column("type"),
    Column("seen_by"),
    Column("kind", wide=True),
    Column("is_new", wide=True),
    Column("dns_name", wide=True),
    Column("mac", wide=True),
    Column("credential", wide=True),
    Column("rows", right=True, wide=True),
    Column("reply_ms", right=True, wide=True),
    Column("why"),
)

KNOWN_CLASSES = (
    Column("class"),
    Column("rows", right=True),
    Column("age"),
    Column("collected_at", wide=True),
    Column("changed_at", wide=True),
    Column("source", wide=True),
    Column("unread"),
)
"""Classes of data that are known of a device."""
