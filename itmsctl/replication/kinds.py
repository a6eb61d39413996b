"""What the room `replication` offers: batches between servers of a hierarchy."""

from __future__ import annotations

from itmsctl.values.kind import Group

GROUPS: tuple[Group, ...] = ()
