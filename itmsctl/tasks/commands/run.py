"""The group `run`: what became of runs, and going on with them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from itmsctl.cli import connection as over
from itmsctl.cli.context import Context
from itmsctl.cli.options import DryRun, Limit, group, verb
from itmsctl.errors import UsageError, worst
from itmsctl.tasks import columns, service
from itmsctl.tasks import logs as written
from itmsctl.tasks.commands.driving import connecting, drive
from itmsctl.tasks.states import State, may_retry

run_app = group("See runs, retry them, and learn what became of them.")

RunName = Annotated[str, typer.Argument(metavar="RUN", help="The run: R-12.")]


# --- reading ----------------------------------------------------------------------------------------------------------


@verb(run_app, "list")
def list_(ctx: typer.Context, limit: Limit = 50) -> None:
    """List runs, the newest first.

    Example: itmsctl run list --limit 5
    """
    context: Context = ctx.obj
    with context.store.read() as reader:
        context.out.list(columns.RUN, service.list_runs(reader, limit=limit))


@verb(run_app, "show")
def show(ctx: typer.Context, run: RunName) -> None:
    """Show a run: its counts, and each of its computers.

    Example: itmsctl run show R-12
    """
    context: Context = ctx.obj
    with context.store.read() as reader:
        row = service.find_run(reader, run)
        tally = service.tally(reader, row)
        shown = service.overview(reader, row, tally)
        shown["step"] = {k: v for k, v in row.step.as_dict().items() if v not in (None, {}, False)}
        whole = context.out.format("json") not in {"table", "wide"}
        if whole:
            results = service.read(reader, row, with_output=False)
            shown["results"] = [r.as_dict(row.name, with_output=False) for r in results]
        else:
            rows = [r.row() for r in service.read(reader, row)]
    if whole:
        context.out.show(columns.RUN, shown)
    else:
        context.out.show(columns.RUN, shown, {"results": rows})


@verb(run_app, "logs")
def logs(
    ctx: typer.Context,
    run: RunName,
    computers: Annotated[list[str], typer.Argument(metavar="[COMPUTER]...", help="Only these.")] = [],
    stdout: Annotated[bool, typer.Option("--stdout", help="Standard output only.")] = False,
    stderr: Annotated[bool, typer.Option("--stderr", help="Standard error only.")] = False,
    raw: Annotated[bool, typer.Option("--raw", help="The exact bytes; never to a terminal.")] = False,
    attempt: Annotated[int | None, typer.Option("--attempt", metavar="N", help="An earlier attempt.")] = None,
) -> None:
    """Show what computers printed: head and tail, as it was kept.

    Example: itmsctl run logs R-12 web1 --stderr
    """
    context: Context = ctx.obj
    streams = [name for name, asked in (("stdout", stdout), ("stderr", stderr)) if asked] or ["stdout", "stderr"]
    if raw and context.stdout.isatty():
        raise UsageError("--raw would send unchecked bytes to a terminal", hint="send it to a file: --raw > FILE")
    with context.store.read() as reader:
        row = service.find_run(reader, run)
        ids = service.computers_of(reader, row, computers) if computers else None
        results = service.read(reader, row, computers=ids, attempt=attempt)
        if raw:
            written.write_raw(context.stdout.buffer, results, streams)
        elif context.out.format("text") in {"json", "ndjson"}:
            written.write_objects(context.stdout, row.name, results)
        else:
            written.write_text(context.stdout, results, streams)


# --- acting -----------------------------------------------------------------------------------------------------------


@verb(run_app, "retry")
def retry(
    ctx: typer.Context,
    run: RunName,
    failed: Annotated[bool, typer.Option("--failed", help="Those that failed or timed out.")] = False,
    unreachable: Annotated[bool, typer.Option("--unreachable", help="Those that could not be reached.")] = False,
    cancelled: Annotated[bool, typer.Option("--cancelled", help="Those that were cancelled.")] = False,
    unknown: Annotated[bool, typer.Option("--unknown", help="Those unknown, where the task is idempotent.")] = False,
    transport: over.TransportName = None,
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
    """Go on with a run: what was not started, and what is asked for, each as a new attempt.

    Without an option, those not started yet and those that could not be reached: surely nothing happened there.

    Example: itmsctl run retry R-12 --failed
    """
    context: Context = ctx.obj
    row = context.read(service.find_run, run)
    asked = {
        State.FAILED: failed,
        State.TIMED_OUT: failed,
        State.UNREACHABLE: unreachable,
        State.CANCELLED: cancelled,
        State.UNKNOWN: unknown,
    }
    wanted = {state for state, given in asked.items() if given} or {State.UNREACHABLE}
    allowed = may_retry(wanted, idempotent=row.step.idempotent)
    if wanted - allowed:
        raise UsageError(
            f"`{row.step.name}` is not idempotent: an unknown outcome is not tried again",
            hint=f"itmsctl run reconcile {row.name} asks the computers",
        )
    wanted.add(State.QUEUED)
    if dry_run:
        return _would_retry(context, row, wanted)
    via = connecting(
        transport, key, agent, user, port, accept_new, connect_timeout, credentials=credential, kept=row.via
    )
    return drive(
        context,
        via,
        lambda d: service.resume(d, row, wanted),
        concurrency=concurrency,
        password_file=password_file,
        sudo_password_file=sudo_password_file,
        passphrase_file=passphrase_file,
    )


def _would_retry(context: Context, row: Any, wanted: set[State]) -> int:
    with context.store.read() as reader:
        names = [r.computer for r in service.read(reader, row, with_output=False) if r.state in wanted]
    for name in names:
        context.out.line(name)
    context.say(f"{len(names)} computers would be tried again (dry run, nothing was written or sent)")
    return 0


@verb(run_app, "reconcile")
def reconcile(
    ctx: typer.Context,
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="The run: R-12; all of them without.")] = None,
    transport: over.TransportName = None,
    key: over.KeyFiles = [],
    agent: over.Agent = False,
    user: over.User = None,
    port: over.Port = None,
    password_file: over.PasswordFile = None,
    sudo_password_file: over.SudoPasswordFile = None,
    credential: over.Credential = [],
    passphrase_file: over.PassphraseFile = None,
    connect_timeout: over.ConnectTimeout = None,
    concurrency: over.Concurrency = None,
) -> int:
    """Ask computers whose outcome is unknown what became of it, and record the truth. Nothing is run.

    What never started is queued again, for `run retry`; what still runs stays unknown.

    Example: itmsctl run reconcile R-12
    """
    context: Context = ctx.obj
    rows = context.read(service.open_runs) if run is None else [context.read(service.find_run, run)]
    statuses = set()
    for row in rows:
        if run is None and context.read(service.is_driven, row):
            context.say(f"{row.name} is still being run: left alone")
            continue
        via = connecting(
            transport, key, agent, user, port, False, connect_timeout, credentials=credential, kept=row.via
        )
        status = drive(
            context,
            via,
            lambda d, row=row: service.reconcile(d, row),  # type: ignore[misc]  # bound now, not at the end of the loop
            concurrency=concurrency,
            password_file=password_file,
            sudo_password_file=sudo_password_file,
            passphrase_file=passphrase_file,
        )
        if status in {130, 143}:
            return status
        statuses.add(status)
    if not rows:
        context.say("no run has an unknown outcome")
    return worst(statuses - {0})


@verb(run_app, "cancel")
def cancel(ctx: typer.Context, run: RunName, dry_run: DryRun = False) -> None:
    """Cancel what a run has not started yet. Commands that run on computers are left alone.

    Example: itmsctl run cancel R-12
    """
    context: Context = ctx.obj
    row = context.read(service.find_run, run)
    cancelled = context.write(service.cancel, row, dry_run=dry_run)
    said = " (dry run, nothing was written)" if dry_run else ""
    context.say(f"{row.name}: {cancelled} computers cancelled{said}")
