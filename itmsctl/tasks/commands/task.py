"""The group `task`: the noun, and `task run`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from itmsctl.cli import connection as over
from itmsctl.cli.context import Context
from itmsctl.cli.nouns import cleared, noun_group, pair, report
from itmsctl.cli.options import All, Confirm, DryRun, Expect, InSite, InSubnet, Labels, Max, Where, verb
from itmsctl.errors import UsageError
from itmsctl.resources.service.selection import Selection
from itmsctl.tasks import columns, guard, service
from itmsctl.tasks.commands.driving import connecting, drive
from itmsctl.tasks.kinds import TASK
from itmsctl.tasks.results import Result
from itmsctl.tasks.states import State
from itmsctl.tasks.tally import Tally
from itmsctl.values.times import seconds

task_app = noun_group(TASK, columns.TASK, service.TASKS, verbs=("list", "show", "remove"))

Command = Annotated[str | None, typer.Option("--command", metavar="TEXT", help="One command line.")]
Script = Annotated[str | None, typer.Option("--script", metavar="FILE", help="A file with a script.")]
Interpreter = Annotated[
    str | None, typer.Option("--interpreter", metavar="NAME", help="sh (default), bash, python or powershell.")
]
Parameter = Annotated[
    list[str], typer.Option("--parameter", metavar="NAME=VALUE", help="Declare a parameter and its default.")
]
Param = Annotated[list[str], typer.Option("--param", metavar="NAME=VALUE", help="Value of a parameter: $ITMS_NAME.")]
TimeLimit = Annotated[
    str | None, typer.Option("--time-limit", metavar="TIME", help="Stop it after this time: 30s, 15m, 2h.")
]
RunAs = Annotated[str | None, typer.Option("--run-as", metavar="USER", help="Run as USER, by sudo.")]
Idempotent = Annotated[
    bool | None, typer.Option("--idempotent/--no-idempotent", help="A second run does no harm.", show_default=False)
]
Destructive = Annotated[
    bool | None, typer.Option("--destructive/--no-destructive", help="It can destroy data.", show_default=False)
]
Description = Annotated[str | None, typer.Option("--description", metavar="TEXT", help="What people should know.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the task.")]


def _fields(
    typed: service.Typed, idempotent: bool | None, destructive: bool | None, description: str | None
) -> dict[str, Any]:
    """Answer the fields of a task that were typed."""
    given = {
        **typed.text(),
        "parameters": dict(typed.parameters) if typed.parameters else None,
        "time_limit_s": typed.time_limit_s,
        "run_as": typed.run_as,
        "idempotent": idempotent,
        "destructive": destructive,
        "description": description,
    }
    return {name: value for name, value in given.items() if value is not None}


@verb(task_app, "add")
def add(
    ctx: typer.Context,
    name: Name,
    command: Command = None,
    script: Script = None,
    interpreter: Interpreter = None,
    parameter: Parameter = [],
    time_limit: TimeLimit = None,
    run_as: RunAs = None,
    idempotent: Idempotent = None,
    destructive: Destructive = None,
    description: Description = None,
    dry_run: DryRun = False,
) -> None:
    """Add a task. An equal one is left as it is; a different one is exit 6.

    Example: itmsctl task add uptime --command uptime
    """
    context: Context = ctx.obj
    if command is None and script is None:
        raise UsageError("a task needs a text", hint="--command TEXT or --script FILE")
    typed = _typed(None, command, script, interpreter, parameter, time_limit, run_as)
    fields = _fields(typed, idempotent, destructive, description)
    report(context, context.write(service.TASKS.add, name, fields, dry_run=dry_run), dry_run)


@verb(task_app, "set")
def set_(
    ctx: typer.Context,
    name: Name,
    command: Command = None,
    script: Script = None,
    interpreter: Interpreter = None,
    parameter: Parameter = [],
    time_limit: TimeLimit = None,
    run_as: RunAs = None,
    idempotent: Idempotent = None,
    destructive: Destructive = None,
    description: Description = None,
    rename: Annotated[str | None, typer.Option("--rename", metavar="NEW", help="Give it another name.")] = None,
    unset: Annotated[list[str], typer.Option("--unset", metavar="FIELD", help="Empty a field.")] = [],
    revision: Annotated[
        int | None, typer.Option("--revision", metavar="N", help="Refuse unless it is at this revision.")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Change a task. Fields that are not named are left alone; runs that were begun keep what they began with."""
    context: Context = ctx.obj
    typed = _typed(None, command, script, interpreter, parameter, time_limit, run_as)
    changes = _fields(typed, idempotent, destructive, description) | cleared(TASK, unset)
    if not changes and rename is None:
        raise UsageError("nothing to change", hint="give at least one field, such as --description TEXT")
    outcome = context.write(service.TASKS.set, name, changes, rename=rename, revision=revision, dry_run=dry_run)
    report(context, outcome, dry_run)


@verb(task_app, "clone")
def clone(
    ctx: typer.Context,
    name: Name,
    new: Annotated[str, typer.Argument(metavar="NEW", help="Name of the copy.")],
    dry_run: DryRun = False,
) -> None:
    """Copy a task under another name; the copy has its own GUID and changes by itself (JOB-4)."""
    context: Context = ctx.obj
    report(context, context.write(service.TASKS.clone, name, new, dry_run=dry_run), dry_run)


@verb(task_app, "run")
def run(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Name of a task.")] = None,
    command: Command = None,
    script: Script = None,
    interpreter: Interpreter = None,
    param: Param = [],
    target: Annotated[
        str | None, typer.Option("--target", metavar="X", help="Target, filter or group; a & b; @run:R-1:failed; -.")
    ] = None,
    where: Where = None,
    labels: Labels = None,
    site: InSite = None,
    subnet: InSubnet = None,
    everything: All = False,
    expect: Expect = None,
    maximum: Max = None,
    confirm: Confirm = None,
    timeout: Annotated[
        str | None, typer.Option("--timeout", metavar="TIME", help="Time limit on each computer (300s).")
    ] = None,
    run_as: RunAs = None,
    transport: over.TransportName = None,
    profile: over.Profile = None,
    key: over.KeyFiles = [],
    agent: over.Agent = False,
    user: over.User = None,
    port: over.Port = None,
    password_file: over.PasswordFile = None,
    sudo_password_file: over.SudoPasswordFile = None,
    credential: over.Credential = [],
    passphrase_file: over.PassphraseFile = None,
    accept_new: over.AcceptNew = False,
    connect_timeout: over.ConnectTimeout = None,
    concurrency: over.Concurrency = None,
    dry_run: DryRun = False,
) -> int:
    """Run a task, a command or a script on the computers that a selector picks.

    Examples:

      itmsctl task run uptime --target web-servers --key ~/.ssh/id_ed25519

      itmsctl task run --command 'uname -sr' --where "site = 'rome'" --key ~/.ssh/id_ed25519

    Off a terminal each computer is one line of NDJSON as it ends; the last line is the summary.
    """
    context: Context = ctx.obj
    typed = _typed(name, command, script, interpreter, param, timeout, run_as)
    step, task_id = context.read(service.step, typed)
    selection = Selection(where, labels, site, subnet, (), everything)
    picked = service.select(context.store, selection, target, stdin=context.stdin, expect=expect, maximum=maximum)
    guard_max = int(context.option("guard_max")[0] or 1000)
    radius = context.read(service.radius, picked.computers, destructive=step.destructive)
    if dry_run:
        return _planned(context, picked.computers)
    guard.check(step.name, radius, confirm, guard_max=guard_max, destructive=step.destructive)
    if picked.stale:
        service.freshen(context.store)
    via = connecting(
        transport, key, agent, user, port, accept_new, connect_timeout, profile=profile, credentials=credential
    )
    return drive(
        context,
        via,
        lambda d: service.start(d, step, picked.selector, picked.computers, task_id),
        concurrency=concurrency,
        password_file=password_file,
        sudo_password_file=sudo_password_file,
        passphrase_file=passphrase_file,
    )


run.columns = columns.RESULT  # type: ignore[attr-defined]  # a bare --fields lists them


def _typed(
    name: str | None,
    command: str | None,
    script: str | None,
    interpreter: str | None,
    parameters: list[str],
    time_limit: str | None,
    run_as: str | None,
) -> service.Typed:
    limit = None if time_limit is None else seconds(time_limit)
    return service.Typed(name, command, script, interpreter, dict(pair(p) for p in parameters), limit, run_as)


def _planned(context: Context, computers: list[service.Picked]) -> int:
    """Show whom a run would touch."""
    presenter = columns.Presenter(context)
    tally = Tally()
    for computer in computers:
        presenter.result(Result(computer.name, computer.guid, State.PLANNED, 1))
        tally.add(State.PLANNED)
    presenter.finish(tally, "planned")
    context.say(f"{len(computers)} computers would be touched (dry run, nothing was written or sent)")
    return 0
