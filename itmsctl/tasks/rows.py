"""The tables of the room `tasks`, as statements use them."""

from __future__ import annotations

from itmsctl.cmdb.nouns import table, table_of
from itmsctl.tasks.kinds import JOB, TASK
from itmsctl.values.column import TableColumn, keys

_RESULT = (
    TableColumn("exit_status", "int", null=True),
    TableColumn("reason", null=True),
    TableColumn("message", null=True),
    TableColumn("started_at", "time", null=True),
    TableColumn("ended_at", "time", null=True),
    TableColumn("duration_s", "real", null=True),
)

tasks = table_of(TASK)
jobs = table_of(JOB)
job_steps = table(
    "job_step",
    TableColumn("job_id", "int", key=True, ref="job.id"),
    *keys("position"),
    TableColumn("label"),
    TableColumn("task_id", "int", ref="task.id"),
    TableColumn("parameters", "json", null=True),
    TableColumn("when", null=True),
    TableColumn("on_error", default="stop"),
    TableColumn("role", default="normal"),
    TableColumn("retries", "int", default=0),
    TableColumn("backoff_s", "real", default=10.0),
    TableColumn("time_limit_s", "real", null=True),
    TableColumn("once", "bool", default=False),
)
runs = table(
    "run",
    *keys("id"),
    TableColumn("guid"),
    TableColumn("number", "int"),
    TableColumn("task_id", "int", null=True),
    TableColumn("job_id", "int", null=True),
    TableColumn("task_name", null=True),
    TableColumn("program", "json"),
    TableColumn("options", "json"),
    TableColumn("via", "json"),
    TableColumn("selector"),
    TableColumn("state"),
    TableColumn("why", null=True),
    TableColumn("policy_id", "int", null=True),
    TableColumn("deadline_at", "time", null=True),
    TableColumn("owner", null=True),
    TableColumn("token", "int", default=0),
    TableColumn("lease_until", "time", null=True),
    TableColumn("changed_by", "int"),
    TableColumn("created_at", "time"),
    TableColumn("ended_at", "time", null=True),
)
waves = table(
    "run_wave",
    TableColumn("run_id", "int", key=True, ref="run.id"),
    *keys("wave"),
    TableColumn("name"),
    TableColumn("computers", "int"),
    TableColumn("state"),
    TableColumn("opened_at", "time", null=True),
    TableColumn("done_at", "time", null=True),
    TableColumn("why", null=True),
)
members = table(
    "run_computer",
    TableColumn("run_id", "int", key=True, ref="run.id"),
    *keys("computer_id"),
    TableColumn("computer_guid"),
    TableColumn("computer_name"),
    TableColumn("state"),
    TableColumn("attempt", "int", default=1),
    TableColumn("token", "int", default=0),
    TableColumn("wave", "int", default=0),
    TableColumn("not_before", "time"),
    TableColumn("earliest", "time", null=True),
    TableColumn("contacts", "int", default=0),
    TableColumn("stopped", null=True),
    TableColumn("let_pass", "time", null=True),
    TableColumn("position", "int", null=True),
    *_RESULT,
)
attempts = table(
    "run_attempt",
    *keys("run_id", "computer_id", "attempt"),
    TableColumn("state"),
    TableColumn("token", "int"),
    TableColumn("position", "int", null=True),
    *_RESULT,
)
steps = table(
    "run_step",
    *keys("run_id", "computer_id", "attempt", "position", "retry"),
    TableColumn("current", "bool", default=True),
    TableColumn("state"),
    *_RESULT,
)
outputs = table(
    "run_output",
    *keys("run_id", "computer_id", "attempt", "position", "retry"),
    *keys("stream", sql="text"),
    TableColumn("head", "bytes"),
    TableColumn("tail", "bytes", null=True),
    TableColumn("total", "big"),
)
