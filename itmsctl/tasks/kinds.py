"""What the nouns of `tasks` are."""

from __future__ import annotations

from itmsctl.values.kind import Danger, Field, Group, Kind, Type

GROUPS = (
    Group("job", "Put tasks in order: steps with conditions, rescue and retries.", "job_app", "commands.job"),
    Group("task", "Run commands and scripts on computers; keep them as tasks.", "task_app", "commands.task"),
    Group("run", "See runs, retry them, and learn what became of them.", "run_app", "commands.run"),
)

TASK = Kind(
    name="task",
    table="task",
    help="A task: one action on a client (JOB-1), a command or a script.",
    danger=Danger.MODERATE,
    fields=(
        Field("type", "command or script.", choices=("command", "script"), required=True),
        Field("interpreter", "What runs the text.", choices=("sh", "bash", "python", "powershell")),
        Field("body", "The text.", required=True),
        Field("parameters", "Parameter with its default, as NAME=VALUE.", Type.MAP, option="parameter"),
        Field("time_limit_s", "Seconds after which it is stopped.", Type.REAL, option="time_limit"),
        Field("run_as", "User that it runs as, by sudo."),
        Field("idempotent", "A second run does no harm: it may be tried again by itself.", Type.BOOL),
        Field("destructive", "It can destroy data: the guard looks at shares of sites too.", Type.BOOL),
        Field("description", "What people should know about it."),
    ),
)

JOB = Kind(
    name="job",
    table="job",
    help="A job: an ordered list of steps, each a task, with conditions that say when it is done (JOB-2).",
    danger=Danger.MODERATE,
    fields=(
        Field("steps", "Task that is a step; a file (--file) says more.", Type.LIST, option="step", required=True),
        Field("description", "What people should know about it."),
    ),
)

KINDS = (TASK, JOB)

HOOKS = {
    "database_restored": "itmsctl.tasks.service.runs:database_restored",
    "selector:run": "itmsctl.tasks.service.reading:source",
    "computer_sections": "itmsctl.tasks.service.reading:computer_sections",
}
