"""The group `task`: the noun, and `task run`."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.naming import names_argument
from itmsctl.cli.noun_fields import GivenFields
from itmsctl.cli.nouns import change, noun_group, report
from itmsctl.cli.options import ChangeOptions, DryRun, verb
from itmsctl.errors import UsageError
from itmsctl.tasks import columns, service
from itmsctl.tasks.commands.task_options import (
    Command,
    Interpreter,
    Name,
    Param,
    ParamFile,
    RunAs,
    RunRequest,
    Script,
    TaskFields,
    Timeout,
    given,
)
from itmsctl.tasks.kinds import TASK
from itmsctl.values.times import seconds

Names = Annotated[list[str], names_argument("task")]
task_app = noun_group(TASK, columns.TASK, service.TASKS, verbs=("list", "show", "remove"))


@verb(task_app, "add")
def add(context: Context, name: Name, fields: TaskFields, dry_run: DryRun = False) -> None:
    """Add a task. An equal one is left as it is; a different one is exit 6.

    Examples:

      itmsctl task add uptime --command uptime

      itmsctl task add motd --kind copy --arg source=motd --arg path=/etc/motd --arg mode=0644
    """
    if fields.command is None and fields.script is None and fields.kind is None:
        raise UsageError(
            "what does the task do?", hint="--command TEXT, --script FILE, or --kind KIND --arg NAME=VALUE"
        )
    report(context, context.write(service.TASKS.add, name, fields.typed(), dry_run=dry_run), dry_run)


@verb(task_app, "set")
def set_(context: Context, names: Names, fields: TaskFields, how: ChangeOptions) -> None:
    """Change a task, or several alike. Fields that are not named are left alone.

    Runs that were begun keep what they began with.
    """
    change(context, service.TASKS, names, GivenFields(TASK, fields.typed()), how)


@verb(task_app, "kinds", columns=columns.KIND)
def kinds(context: Context) -> None:
    """List the kinds of tasks, with their arguments.

    Example: itmsctl task kinds -o table
    """
    context.out.list(columns.KIND, service.kinds())


@verb(task_app, "run", columns=columns.RESULT)
def run(
    context: Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Name of a task.")] = None,
    command: Command = None,
    script: Script = None,
    interpreter: Interpreter = None,
    param: Param = [],
    param_file: ParamFile = [],
    timeout: Timeout = None,
    run_as: RunAs = None,
    *,
    asked: RunRequest,
) -> int:
    """Run a task, a command or a script on the computers that a selector picks.

    Examples:

      itmsctl task run uptime --target web-servers --key ~/.ssh/id_ed25519

      itmsctl task run --command 'uname -sr' --where "site = 'rome'" --key ~/.ssh/id_ed25519

      itmsctl task run restart --target web --rings 1%,10%,100% --soak 10m --max-fail 5%

    Off a terminal each computer is one line of NDJSON as it ends; the last line is the summary.
    """
    from itmsctl.tasks.commands.launching import Work, launch
    from itmsctl.tasks.program import Program

    limit = None if timeout is None else seconds(timeout)
    typed = service.Typed(name, command, script, interpreter, given(param, param_file), limit, run_as)
    step, task_id = context.read(service.step, typed)
    return launch(context, Work(Program.of(step), task_id=task_id), asked)
