"""The tables of the room, as the use cases name them."""

from __future__ import annotations

import sqlalchemy as sa

from itmsctl.tasks.tables import Job, JobStepRow, Run, RunAttempt, RunComputer, RunOutput, RunStep, RunWave, Task


def _table(row_class: type) -> sa.Table:
    table: sa.Table = row_class.__table__  # type: ignore[attr-defined]  # SQLModel adds it
    return table


tasks = _table(Task)
jobs = _table(Job)
job_steps = _table(JobStepRow)
runs = _table(Run)
waves = _table(RunWave)
members = _table(RunComputer)
attempts = _table(RunAttempt)
steps = _table(RunStep)
outputs = _table(RunOutput)
# Two tables of the ground, named by what is read of them: importing all of its rows would cost every run.
blobs = sa.table("blob", sa.column("sha256", sa.LargeBinary), sa.column("size"), sa.column("data", sa.LargeBinary))
counters = sa.table("id_block", sa.column("name"), sa.column("next"))
