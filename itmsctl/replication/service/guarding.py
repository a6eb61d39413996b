"""Whether a change has to pass the locks of replication at all: every change of an object asks, most servers have none.

What judges one is imported only where something came from another server.
"""

from __future__ import annotations

from collections.abc import Sequence

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.values.kind import Kind

CAME = "replicated"  # in the memo of a view: whether anything here came from another server


def any_came(reader: Reader) -> bool:
    """Return whether anything here came from another server; it is asked once in a view."""
    if CAME not in reader.memo:
        found = reader.connection.exec_driver_sql("SELECT 1 FROM replicated_object LIMIT 1").first()
        reader.memo[CAME] = found is not None
    return bool(reader.memo[CAME])


def guard(unit: UnitOfWork, kind: Kind, changes: Sequence[tuple[Doc, Doc | None]]) -> None:
    """Raise ReplicatedLockedError where objects of another server are to be changed (hook)."""
    if any_came(unit):
        from itmsctl.replication.service import locks

        locks.guard(unit, kind, changes)
