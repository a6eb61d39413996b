"""The group `job`: the noun, and `job run`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.naming import names_argument
from itmsctl.cli.noun_fields import GivenFields
from itmsctl.cli.nouns import Shown, change, noun_group, report, shown_with
from itmsctl.cli.options import ChangeOptions, DryRun, verb
from itmsctl.errors import UsageError
from itmsctl.tasks import columns, service
from itmsctl.tasks.commands.task_options import Param, ParamFile, RunRequest, given
from itmsctl.tasks.kinds import JOB


def _shown(context: Context, reader: Any, doc: Any, present: bool) -> Shown:
    row = doc.as_dict() | (shown_with(reader, doc.guid) if present else {})
    if context.out.format("json") not in {"table", "wide"}:
        return row, {}
    return row, {"steps": [columns.job_step(n, step) for n, step in enumerate(doc.fields["steps"], 1)]}


job_app = noun_group(
    JOB,
    columns.JOB,
    service.JOBS,
    verbs=("list", "show", "remove"),
    shown=_shown,
    examples={"show": "itmsctl job show patch"},
)
Names = Annotated[list[str], names_argument("job")]

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the job.", autocompletion=names_of("job"))]
NewName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the job.")]
File = Annotated[str | None, typer.Option("--file", "-f", metavar="FILE", help="YAML file with its steps; - is stdin.")]
StepNames = Annotated[
    list[str], typer.Option("--step", metavar="TASK", help="Task that is a step, in their order; a file says more.")
]
Description = Annotated[str | None, typer.Option("--description", metavar="TEXT", help="What people should know.")]


@dataclass(frozen=True, kw_only=True)
class JobFields:
    """What `job add` and `job set` take of a job."""

    file: File = None
    steps: StepNames = field(default_factory=list)
    description: Description = None

    def typed(self, context: Context) -> dict[str, Any]:
        """Return the fields that were typed. Raises UsageError for steps said twice."""
        if self.file is not None and self.steps:
            raise UsageError("--file and --step are both given", hint="a file holds all the steps")
        found = service.job_file(self.file, context.stdin.buffer) if self.file is not None else {}
        found |= {"steps": self.steps} if self.steps else {}
        return found | ({"description": self.description} if self.description is not None else {})


@verb(job_app, "add")
def add(context: Context, name: NewName, fields: JobFields, dry_run: DryRun = False) -> None:
    """Add a job. An equal one is left as it is; a different one is exit 6.

    A file gives each step a task, and perhaps name, parameters, when, on_error (stop, continue, rescue), role (normal,
    rescue, always), retries, backoff, time_limit and once.

    Examples:

      itmsctl job add tidy --step clean-cache --step report

      itmsctl job add patch --file patch.yaml
    """
    typed = fields.typed(context)
    if "steps" not in typed:
        raise UsageError("a job needs steps", hint="--file FILE, or --step TASK for each")
    report(context, context.write(service.JOBS.add, name, typed, dry_run=dry_run), dry_run)


@verb(job_app, "set")
def set_(context: Context, names: Names, fields: JobFields, how: ChangeOptions) -> None:
    """Change a job, or several alike. Steps are given all together; runs that were begun keep what they began with."""
    typed = GivenFields(JOB, fields.typed(context))
    change(context, service.JOBS, names, typed, how, hint="give --file, --step or --description")


@verb(job_app, "run", columns=columns.RESULT)
def run(context: Context, name: Name, param: Param = [], param_file: ParamFile = [], *, asked: RunRequest) -> int:
    """Run a job on the computers that a selector picks: each goes through the steps over one connection.

    Examples:

      itmsctl job run patch --target web-servers --key ~/.ssh/id_ed25519

      itmsctl job run restart --target web --rings 1%,10%,100% --soak 10m --health "tags.state = 'up'"

    Off a terminal each computer is one line of NDJSON as it ends; the last line is the summary.
    """
    from itmsctl.tasks.commands.launching import Work, launch

    program, job_id = context.read(service.program_of, name, given(param, param_file))
    return launch(context, Work(program, job_id=job_id), asked)
