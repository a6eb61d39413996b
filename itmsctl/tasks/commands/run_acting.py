"""The verbs of `run` that act: going on with a run, learning the truth, cancelling, stopping everything."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from itmsctl.cli import connection as over
from itmsctl.cli.context import Context
from itmsctl.cli.options import Confirm, DryRun, verb
from itmsctl.errors import UsageError, worst
from itmsctl.tasks import service
from itmsctl.tasks.commands.driving import connecting, drive
from itmsctl.tasks.commands.run_reading import RunName, run_app
from itmsctl.tasks.states import State, may_retry


@verb(run_app, "retry")
def retry(
    ctx: typer.Context,
    run: RunName,
    failed: Annotated[bool, typer.Option("--failed", help="Those that failed or timed out.")] = False,
    unreachable: Annotated[bool, typer.Option("--unreachable", help="Those that could not be reached.")] = False,
    cancelled: Annotated[bool, typer.Option("--cancelled", help="Those that were cancelled.")] = False,
    expired: Annotated[bool, typer.Option("--expired", help="Those whose deadline passed.")] = False,
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
    confirm: Confirm = None,
    dry_run: DryRun = False,
) -> int:
    """Go on with a run: what was not started, and what is asked for, each as a new attempt.

    Without an option, those not started yet and those that could not be reached: surely nothing happened there. A job
    goes on where it broke: steps that succeeded are not done again, and a step that is `once` never is.

    Example: itmsctl run retry R-12 --failed
    """
    context: Context = ctx.obj
    row = context.read(service.find_run, run)
    asked = {
        State.FAILED: failed,
        State.TIMED_OUT: failed,
        State.UNREACHABLE: unreachable,
        State.CANCELLED: cancelled,
        State.EXPIRED: expired,
        State.UNKNOWN: unknown,
    }
    wanted = {state for state, given in asked.items() if given} or {State.UNREACHABLE}
    allowed = may_retry(wanted, idempotent=row.program.idempotent)
    if wanted - allowed:
        raise UsageError(
            f"`{row.program.name}` is not idempotent: an unknown outcome is not tried again",
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
        lambda d: service.resume(d, row, _again(context, wanted - {State.QUEUED}, confirm)),
        concurrency=concurrency,
        password_file=password_file,
        sudo_password_file=sudo_password_file,
        passphrase_file=passphrase_file,
    )


def _again(context: Context, wanted: set[State], confirm: str | None, *, past_gate: bool = False) -> service.Again:
    guard_max = int(context.option("guard_max")[0] or 1000)
    return service.Again(frozenset(wanted), now=True, past_gate=past_gate, confirm=confirm, guard_max=guard_max)


@verb(run_app, "resume")
def resume(
    ctx: typer.Context,
    run: RunName,
    past_gate: Annotated[
        bool, typer.Option("--past-gate", help="Open the next wave whatever the last one showed.")
    ] = False,
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
) -> int:
    """Go on with a run that was interrupted or halted: what is queued, and the waves that are not open yet.

    Example: itmsctl run resume R-12
    """
    context: Context = ctx.obj
    row = context.read(service.find_run, run)
    via = connecting(
        transport, key, agent, user, port, accept_new, connect_timeout, credentials=credential, kept=row.via
    )
    return drive(
        context,
        via,
        lambda d: service.resume(d, row, _again(context, set(), None, past_gate=past_gate)),
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


@verb(run_app, "stop-all")
def stop_all(
    ctx: typer.Context,
    lift: Annotated[bool, typer.Option("--lift", help="Let runs start computers again.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Stop every run on this CMDB from starting anything more, and forbid new ones, until it is lifted.

    Commands that run on computers are left alone. Runs stay resumable.

    Example: itmsctl run stop-all --reason 'wrong script'
    """
    context: Context = ctx.obj
    reason = context.settings.reason
    changed = context.write(service.turn_stop_switch, on=not lift, reason=reason, dry_run=dry_run)
    stands = "lifted" if lift else "on"
    said = " (dry run, nothing was written)" if dry_run else ""
    context.say(f"the STOP switch {'is' if changed else 'was already'} {stands}{said}")
