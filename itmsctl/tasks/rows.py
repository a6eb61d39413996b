"""The tables of the room `tasks`, as statements use them."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table, table_of
from itmsctl.tasks.kinds import JOB, TASK
from itmsctl.values.column import Column, keys

_RESULT = (
    Column("exit_status", "int", null=True),
    Column("reason", null=True),
    Column("message", null=True),
    Column("started_at", "time", null=True),
    Column("ended_at", "time", null=True),
    Column("duration_s", "real", null=True),
)

tasks = table_of(TASK)
jobs = table_of(JOB)
job_steps = table(
    "job_step",
    Column("job_id", "int", key=True, ref="job.id"),
    *keys("position"),
    Column("label"),
    Column("task_id", "int", ref="task.id"),
    Column("parameters", "json", null=True),
    Column("when", null=True),
    Column("on_error", default="stop"),
    Column("role", default="normal"),
    Column("retries", "int", default=0),
    Column("backoff_s", "real", default=10.0),
    Column("time_limit_s", "real", null=True),
    Column("once", "bool", default=False),
)
runs = table(
    "run",
    *keys("id"),
    Column("guid"),
    Column("number", "int"),
    Column("task_id", "int", null=True),
    Column("job_id", "int", null=True),
    Column("task_name", null=True),
    Column("program", "json"),
    Column("options", "json"),
    Column("via", "json"),
    Column("selector"),
    Column("state"),
    Column("why", null=True),
    Column("policy_id", "int", null=True),
    Column("deadline_at", "time", null=True),
    Column("owner", null=True),
    Column("token", "int", default=0),
    Column("lease_until", "time", null=True),
    Column("changed_by", "int"),
    Column("created_at", "time"),
    Column("ended_at", "time", null=True),
)
waves = table(
    "run_wave",
    Column("run_id", "int", key=True, ref="run.id"),
    *keys("wave"),
    Column("name"),
    Column("computers", "int"),
    Column("state"),
    Column("opened_at", "time", null=True),
    Column("done_at", "time", null=True),
    Column("why", null=True),
)
members = table(
    "run_computer",
    Column("run_id", "int", key=True, ref="run.id"),
    *keys("computer_id"),
    Column("computer_guid"),
    Column("computer_name"),
    Column("state"),
    Column("attempt", "int", default=1),
    Column("token", "int", default=0),
    Column("wave", "int", default=0),
    Column("not_before", "time"),
    Column("earliest", "time", null=True),
    Column("contacts", "int", default=0),
    Column("stopped", null=True),
    Column("let_pass", "time", null=True),
    Column("position", "int", null=True),
    *_RESULT,
)
attempts = table(
    "run_attempt",
    *keys("run_id", "computer_id", "attempt"),
    Column("state"),
    Column("token", "int"),
    Column("position", "int", null=True),
    *_RESULT,
)
steps = table(
    "run_step",
    *keys("run_id", "computer_id", "attempt", "position", "retry"),
    Column("current", "bool", default=True),
    Column("state"),
    *_RESULT,
)
outputs = table(
    "run_output",
    *keys("run_id", "computer_id", "attempt", "position", "retry"),
    *keys("stream", sql="text"),
    Column("head", "bytes"),
    Column("tail", "bytes", null=True),
    Column("total", "big"),
)
