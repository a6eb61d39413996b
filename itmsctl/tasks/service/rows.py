"""The tables of the room, as the use cases name them."""

from __future__ import annotations

import sqlalchemy as sa

from itmsctl.cmdb.tables import Blob, IdBlock
from itmsctl.tasks.tables import Run, RunAttempt, RunComputer, RunOutput, Task


def _table(row_class: type) -> sa.Table:
    table: sa.Table = row_class.__table__  # type: ignore[attr-defined]  # SQLModel adds it
    return table


tasks = _table(Task)
runs = _table(Run)
members = _table(RunComputer)
attempts = _table(RunAttempt)
outputs = _table(RunOutput)
blobs = _table(Blob)
counters = _table(IdBlock)
