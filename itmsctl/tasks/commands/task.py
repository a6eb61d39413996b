"""The group `task`: the noun, and `task run`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.naming import names_argument
from itmsctl.cli.nouns import change, cleared, noun_group, pair, report
from itmsctl.cli.options import DryRun, Rename, Revision, Unset, verb
from itmsctl.errors import UsageError
from itmsctl.tasks import columns, service
from itmsctl.tasks.commands.launching import Work, given, runnable
from itmsctl.tasks.commands.options import Option
from itmsctl.tasks.commands.task_options import (
    Arg,
    Command,
    Description,
    Destructive,
    Idempotent,
    Interpreter,
    KindName,
    Name,
    Param,
    Parameter,
    ParamFile,
    RebootCodes,
    RetryCodes,
    RunAs,
    Script,
    SuccessCodes,
    TimeLimit,
    Timeout,
)
from itmsctl.tasks.kinds import TASK
from itmsctl.tasks.program import Program
from itmsctl.values.parameters import parameter_fields
from itmsctl.values.times import seconds

Names = Annotated[list[str], names_argument("task")]
task_app = noun_group(TASK, columns.TASK, service.TASKS, verbs=("list", "show", "clone", "remove"))


def _fields(typed: service.Typed, parameters: list[str], given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a task that were typed."""
    fields = {
        **typed.text(),
        **(parameter_fields(parameters) if parameters else {}),
        "time_limit_s": typed.time_limit_s,
        "run_as": typed.run_as,
        **given,
    }
    return {name: value for name, value in fields.items() if value is not None}


@verb(task_app, "add")
def add(
    ctx: typer.Context,
    name: Name,
    command: Command = None,
    script: Script = None,
    kind: KindName = None,
    arg: Arg = [],
    interpreter: Interpreter = None,
    parameter: Parameter = [],
    time_limit: TimeLimit = None,
    run_as: RunAs = None,
    idempotent: Idempotent = None,
    destructive: Destructive = None,
    success_codes: SuccessCodes = None,
    reboot_codes: RebootCodes = None,
    retry_codes: RetryCodes = None,
    description: Description = None,
    dry_run: DryRun = False,
) -> None:
    """Add a task. An equal one is left as it is; a different one is exit 6.

    Examples:

      itmsctl task add uptime --command uptime

      itmsctl task add motd --kind copy --arg source=motd --arg path=/etc/motd --arg mode=0644
    """
    context: Context = ctx.obj
    if command is None and script is None and kind is None:
        raise UsageError(
            "what does the task do?", hint="--command TEXT, --script FILE, or --kind KIND --arg NAME=VALUE"
        )
    given = {
        "idempotent": idempotent,
        "destructive": destructive,
        "success_codes": success_codes,
        "reboot_codes": reboot_codes,
        "retry_codes": retry_codes,
        "description": description,
    }
    fields = _fields(_typed(command, script, interpreter, time_limit, run_as, kind, arg), parameter, given)
    report(context, context.write(service.TASKS.add, name, fields, dry_run=dry_run), dry_run)


@verb(task_app, "set")
def set_(
    ctx: typer.Context,
    names: Names,
    command: Command = None,
    script: Script = None,
    kind: KindName = None,
    arg: Arg = [],
    interpreter: Interpreter = None,
    parameter: Parameter = [],
    time_limit: TimeLimit = None,
    run_as: RunAs = None,
    idempotent: Idempotent = None,
    destructive: Destructive = None,
    success_codes: SuccessCodes = None,
    reboot_codes: RebootCodes = None,
    retry_codes: RetryCodes = None,
    description: Description = None,
    rename: Rename = None,
    unset: Unset = [],
    revision: Revision = None,
    dry_run: DryRun = False,
) -> None:
    """Change a task, or several alike. Fields that are not named are left alone.

    Runs that were begun keep what they began with.
    """
    context: Context = ctx.obj
    given = {
        "idempotent": idempotent,
        "destructive": destructive,
        "success_codes": success_codes,
        "reboot_codes": reboot_codes,
        "retry_codes": retry_codes,
        "description": description,
    }
    typed = _typed(command, script, interpreter, time_limit, run_as, kind, arg)
    changes = _fields(typed, parameter, given) | cleared(TASK, unset)
    change(context, service.TASKS, names, changes, rename=rename, revision=revision, dry_run=dry_run)


@verb(task_app, "kinds")
def kinds(ctx: typer.Context) -> None:
    """List the kinds of tasks, with their arguments.

    Example: itmsctl task kinds -o table
    """
    context: Context = ctx.obj
    context.out.list(columns.KIND, service.kinds())


kinds.columns = columns.KIND  # type: ignore[attr-defined]  # a bare --fields lists them


def _typed(
    command: str | None,
    script: str | None,
    interpreter: str | None,
    time_limit: str | None,
    run_as: str | None,
    kind: str | None = None,
    arg: Sequence[str] = (),
    *,
    name: str | None = None,
    parameters: dict[str, Any] | None = None,
) -> service.Typed:
    limit = None if time_limit is None else seconds(time_limit)
    arguments = dict(pair(text) for text in arg)
    return service.Typed(name, command, script, interpreter, parameters, limit, run_as, kind, arguments or None)


def _work(
    context: Context,
    name: str | None,
    command: str | None,
    script: str | None,
    interpreter: str | None,
    param: list[str],
    param_file: list[str],
    timeout: str | None,
    run_as: str | None,
) -> Work:
    typed = _typed(command, script, interpreter, timeout, run_as, name=name, parameters=given(param, param_file))
    step, task_id = context.read(service.step, typed)
    return Work(Program.of(step), task_id=task_id)


runnable(
    task_app,
    (
        Option("name", Annotated[str | None, typer.Argument(metavar="[NAME]", help="Name of a task.")], None),
        Option("command", Command, None),
        Option("script", Script, None),
        Option("interpreter", Interpreter, None),
        Option("param", Param, []),
        Option("param_file", ParamFile, []),
        Option("timeout", Timeout, None),
        Option("run_as", RunAs, None),
    ),
    _work,
    """Run a task, a command or a script on the computers that a selector picks.

    Examples:

      itmsctl task run uptime --target web-servers --key ~/.ssh/id_ed25519

      itmsctl task run --command 'uname -sr' --where "site = 'rome'" --key ~/.ssh/id_ed25519

      itmsctl task run restart --target web --rings 1%,10%,100% --soak 10m --max-fail 5%

    Off a terminal each computer is one line of NDJSON as it ends; the last line is the summary.
    """,
)
