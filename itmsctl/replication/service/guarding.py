"""Whether a change has to pass the locks of replication at all: every change of an object asks, most servers have none.

What judges one is imported only where something came from another server.
"""

from __future__ import annotations

from collections.abc import Sequence

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.replication.service.came import any_came
from itmsctl.values.kind import Kind


def guard(unit: UnitOfWork, kind: Kind, changes: Sequence[tuple[Doc, Doc | None]]) -> None:
    """Raise ReplicatedLockedError where objects of another server are to be changed (hook)."""
    if any_came(unit):
        from itmsctl.replication.service import locks

        locks.guard(unit, kind, changes)
