"""What the nouns of `tasks` are."""

from __future__ import annotations

from itmsctl.values.kind import Danger, Field, Group, Kind, Type
from itmsctl.values.replicated import item

GROUPS = (
    Group(
        "job", "Put tasks in order: steps with conditions, rescue and retries.", "job_app", "commands.job", part="run"
    ),
    Group(
        "task", "Run commands and scripts on computers; keep them as tasks.", "task_app", "commands.task", part="run"
    ),
    Group("run", "See runs, retry them, and learn what became of them.", "run_app", "commands.run", part="run"),
)

VERBS = {"run": ("itmsctl.tasks.commands.run_acting:register", "itmsctl.tasks.commands.run_stopping:register")}

TASK = Kind(
    name="task",
    table="task",
    help="A task: one action on a client, or on the machine of the CMDB (JOB-1).",
    shelf="itmsctl.tasks.service.tasks:TASKS",
    danger=Danger.MODERATE,
    replication=item("time_limit_s", "run_as"),
    fields=(
        Field("type", "Its kind: command, script, or one of `itmsctl task kinds`.", option="kind", required=True),
        Field("interpreter", "What runs the text.", choices=("sh", "bash", "python", "powershell")),
        Field("body", "The text of a command or script."),
        Field("arguments", "Argument of another kind, as NAME=VALUE.", Type.MAP, option="arg"),
        Field("parameters", "Parameter with its default, as NAME=VALUE.", Type.MAP, option="parameter"),
        Field("parameter_types", "Types of parameters that are not plain text, or must be given.", Type.MAP),
        Field("time_limit_s", "Seconds after which it is stopped.", Type.REAL, option="time_limit"),
        Field("run_as", "User that it runs as, by sudo."),
        Field("idempotent", "A second run does no harm: it may be tried again by itself.", Type.BOOL, kept=True),
        Field("destructive", "It can destroy data: the guard looks at shares of sites too.", Type.BOOL, kept=True),
        Field("success_codes", "Exit codes that are a success: 0 where none are named."),
        Field("reboot_codes", "Exit codes that are a success and need a reboot."),
        Field("retry_codes", "Exit codes of a failure that may pass when it is tried again."),
        Field("description", "What people should know about it."),
    ),
)

ON_ERROR = ("stop", "continue", "rescue")
ROLES = ("normal", "rescue", "always")

# What a step says; the words stand for good in files of jobs.
_STEP = (
    Field("name", "Name of the step; else its task's."),
    Field("task", "Task that is done.", Type.REF, ref="task", required=True),
    Field("parameters", "Values of parameters.", Type.MAP),
    Field("when", "Condition on earlier steps."),
    Field("on_error", "What follows a failure.", choices=ON_ERROR),
    Field("role", "Whether it is done always, or only to rescue.", choices=ROLES),
    Field("retries", "How often it is tried again.", Type.INT),
    Field("backoff", "Pause before the first retry.", Type.DURATION),
    Field("time_limit", "How long it may take.", Type.DURATION),
    Field("once", "Never tried a second time in a run.", Type.BOOL),
)

JOB = Kind(
    name="job",
    table="job",
    help="A job: an ordered list of steps, each a task, with conditions that say when it is done (JOB-2).",
    shelf="itmsctl.tasks.service.jobs:JOBS",
    danger=Danger.MODERATE,
    replication=item(),
    fields=(
        Field(
            "steps",
            "Task that is a step; a file (--file) says more.",
            Type.LIST,
            option="step",
            required=True,
            parts=_STEP,
            apart=True,
        ),
        Field("description", "What people should know about it."),
    ),
)

KINDS = (TASK, JOB)

HOOKS = {
    "database_restored": "itmsctl.tasks.service.runs:database_restored",
    "recorded": "itmsctl.tasks.service.sealed:recorded",
    "selector:run": "itmsctl.tasks.service.reading:source",
    "support": "itmsctl.tasks.service.support:support",
    "purgeable": "itmsctl.tasks.service.purging:purgeable",
    "audit_needed": "itmsctl.tasks.service.purging:audit_needed",
    "computer_sections": "itmsctl.tasks.service.reading:computer_sections",
    "removal_guard": "itmsctl.tasks.service.guarding:removal_guard",
}
