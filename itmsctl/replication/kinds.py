"""What the room `replication` offers: batches between servers of a hierarchy."""

from __future__ import annotations

from itmsctl.values.kind import Group

GROUPS: tuple[Group, ...] = ()

VERBS = {"hierarchy": "itmsctl.replication.commands.ownership:register"}

HOOKS = {
    "object_guarded": "itmsctl.replication.service.locks:guard",
    "recorded": "itmsctl.replication.service.opening:recorded",
}
