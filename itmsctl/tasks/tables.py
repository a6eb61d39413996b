"""Rows of the room `tasks`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from itmsctl.cmdb.item import Item, Row
from itmsctl.cmdb.types import Big, Json, Moment, Text


class Task(Item, table=True):
    """One action (JOB-1): a text, or a kind with arguments, and what it needs to run."""

    __tablename__ = "task"
    type: str = Field(sa_type=Text)  # command, script, or another file of `actions/`
    interpreter: str | None = Field(default=None, sa_type=Text)  # sh, bash, python, powershell
    body: str | None = Field(default=None, sa_type=Text)
    arguments: Any = Field(default=None, sa_type=Json, nullable=True)
    parameters: Any = Field(default=None, sa_type=Json, nullable=True)  # name: default
    parameter_types: Any = Field(default=None, sa_type=Json, nullable=True)  # name: type
    time_limit_s: float | None = Field(default=None, sa_type=sa.Float)
    run_as: str | None = Field(default=None, sa_type=Text)
    idempotent: bool = Field(default=False)
    destructive: bool = Field(default=False)
    success_codes: str | None = Field(default=None, sa_type=Text)  # 0,3010-3011
    reboot_codes: str | None = Field(default=None, sa_type=Text)
    retry_codes: str | None = Field(default=None, sa_type=Text)
    description: str | None = Field(default=None, sa_type=Text)


class Job(Item, table=True):
    """An ordered list of steps (JOB-2)."""

    __tablename__ = "job"
    description: str | None = Field(default=None, sa_type=Text)


class JobStepRow(Row, table=True):
    """One step of a job: a task with its parameters, and when it is done."""

    __tablename__ = "job_step"
    __table_args__ = ({"sqlite_with_rowid": False},)
    job_id: int = Field(foreign_key="job.id", primary_key=True)
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    label: str = Field(sa_type=Text)
    task_id: int = Field(foreign_key="task.id", index=True)
    parameters: Any = Field(default=None, sa_type=Json, nullable=True)
    when: str | None = Field(default=None, sa_type=Text)
    on_error: str = Field(default="stop", sa_type=Text)
    role: str = Field(default="normal", sa_type=Text)
    retries: int = Field(default=0)
    backoff_s: float = Field(default=10.0, sa_type=sa.Float)
    time_limit_s: float | None = Field(default=None, sa_type=sa.Float)
    once: bool = Field(default=False)


class Run(Row, table=True):
    """One occurrence of a task or a job on the computers that a selector picked. What was to run is kept with it."""

    __tablename__ = "run"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    guid: str = Field(sa_type=Text, unique=True)
    number: int = Field(unique=True)  # what people type: R-12
    task_id: int | None = Field(default=None, index=True)
    job_id: int | None = Field(default=None, index=True)
    task_name: str | None = Field(default=None, sa_type=Text)  # of the stored task or job
    program: Any = Field(sa_type=Json)  # every step, with all that it needs
    options: Any = Field(sa_type=Json)  # waves, gates, limits, waiting
    via: Any = Field(sa_type=Json)  # how computers are reached: transport, user, key file ...; never a secret
    selector: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text, index=True)  # running, waiting, interrupted, halted, ended
    why: str | None = Field(default=None, sa_type=Text)  # it waits or was halted
    policy_id: int | None = Field(default=None, index=True)  # whose occurrence it is
    deadline_at: datetime | None = Field(default=None, sa_type=Moment)  # what is queued then, expires
    owner: str | None = Field(default=None, sa_type=Text)  # the process that drives it: host/boot/pid/start
    token: int = Field(default=0)  # grows with each process that takes the run over
    lease_until: datetime | None = Field(default=None, sa_type=Moment)
    changed_by: int
    created_at: datetime = Field(sa_type=Moment, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)


class RunWave(Row, table=True):
    """A slice of a run's computers: it opens when the one before it has passed its gate."""

    __tablename__ = "run_wave"
    __table_args__ = ({"sqlite_with_rowid": False},)
    run_id: int = Field(foreign_key="run.id", primary_key=True)
    wave: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str = Field(sa_type=Text)
    computers: int
    state: str = Field(sa_type=Text)  # waiting, open, soaking, passed, halted
    opened_at: datetime | None = Field(default=None, sa_type=Moment)
    done_at: datetime | None = Field(default=None, sa_type=Moment)  # all its computers have ended
    why: str | None = Field(default=None, sa_type=Text)


_QUEUED = sa.text("state = 'queued'")


class RunComputer(Row, table=True):
    """One computer of a run: a state machine with fenced claims.

    What is queued is due from `not_before` on: a wave that is not open, a pause before a retry, a closed window and an
    absent computer are all a later `not_before`. `earliest` is the schedule's own, whatever the wave. Of what is
    unknown, `not_before` tells until when its command may run.
    """

    __tablename__ = "run_computer"
    __table_args__ = (
        sa.Index("ix_run_computer_state", "run_id", "state", "not_before"),
        sa.Index("ix_run_computer_due", "not_before", sqlite_where=_QUEUED, postgresql_where=_QUEUED),
        sa.Index("ix_run_computer_computer", "computer_id"),
        {"sqlite_with_rowid": False},
    )
    run_id: int = Field(foreign_key="run.id", primary_key=True)
    computer_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    computer_guid: str = Field(sa_type=Text)
    computer_name: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    attempt: int = Field(default=1)
    token: int = Field(default=0)  # of the claim: only its holder may write a result
    wave: int = Field(default=0)
    not_before: datetime = Field(sa_type=Moment)
    earliest: datetime | None = Field(default=None, sa_type=Moment)
    contacts: int = Field(default=0)  # how often it did not answer
    stopped: str | None = Field(default=None, sa_type=Text)  # CANCELLED, KILLED: only steps always run are left
    let_pass: datetime | None = Field(default=None, sa_type=Moment)  # when it was confirmed although it is protected
    position: int | None = None  # of the step that decided
    exit_status: int | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    message: str | None = Field(default=None, sa_type=Text)
    started_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    duration_s: float | None = Field(default=None, sa_type=sa.Float)


class RunAttempt(Row, table=True):
    """What an earlier attempt came to, kept when a new one begins: an end is never overwritten (I3)."""

    __tablename__ = "run_attempt"
    __table_args__ = ({"sqlite_with_rowid": False},)
    run_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    computer_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    attempt: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    state: str = Field(sa_type=Text)
    token: int
    position: int | None = None
    exit_status: int | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    message: str | None = Field(default=None, sa_type=Text)
    started_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    duration_s: float | None = Field(default=None, sa_type=sa.Float)


class RunStep(Row, table=True):
    """What became of one try of a step on a computer. A retry of the run keeps those that are `current`."""

    __tablename__ = "run_step"
    __table_args__ = ({"sqlite_with_rowid": False},)
    run_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    computer_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    attempt: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    retry: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    current: bool = Field(default=True)
    state: str = Field(sa_type=Text)
    exit_status: int | None = None
    reason: str | None = Field(default=None, sa_type=Text)
    message: str | None = Field(default=None, sa_type=Text)
    started_at: datetime | None = Field(default=None, sa_type=Moment)
    ended_at: datetime | None = Field(default=None, sa_type=Moment)
    duration_s: float | None = Field(default=None, sa_type=sa.Float)


class RunOutput(Row, table=True):
    """What one try of a step printed: head and tail of each stream as blobs, and how much there was."""

    __tablename__ = "run_output"
    __table_args__ = ({"sqlite_with_rowid": False},)
    run_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    computer_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    attempt: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    retry: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    stream: str = Field(sa_type=Text, primary_key=True)
    head: bytes = Field(sa_type=sa.LargeBinary)  # blob.sha256
    tail: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    total: int = Field(sa_type=Big)
