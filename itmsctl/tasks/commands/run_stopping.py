"""The brakes of `run`: cancelling a run, killing what runs, stopping every run. What is owed then is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from itmsctl.cli.connection import AcceptNew, ConnectionOptions
from itmsctl.cli.context import Context
from itmsctl.cli.naming import given_names
from itmsctl.cli.options import DryRun, verb
from itmsctl.errors import ItmsError, worst
from itmsctl.tasks import service
from itmsctl.tasks.brakes import CANCELLED, KILLED
from itmsctl.tasks.commands.driving import STOP_FILE, connecting, drive, outfit, shown
from itmsctl.tasks.commands.run import OnlyComputers, RunName, RunNames
from itmsctl.tasks.tally import UNKNOWN
from itmsctl.values.counts import counted
from itmsctl.values.untrusted import term

if TYPE_CHECKING:
    from itmsctl.security.via import Via
    from itmsctl.tasks.engine import Stop
    from itmsctl.tasks.service.runs import RunRow
    from itmsctl.tasks.service.stopping import Stopped


def register(app: typer.Typer) -> None:
    """Add the verbs to the group `run`."""
    verb(app, "cancel")(cancel)
    verb(app, "kill")(kill)
    verb(app, "stop-all")(stop_all)


def cancel(context: Context, runs: RunNames, way: ConnectionOptions, dry_run: DryRun = False) -> int:
    """Cancel runs: nothing more of them begins, but for the `always` steps that computers owe inside a job.

    A step that runs on a computer is left to its end (`run kill` stops it); after it only `always` steps follow.
    Whoever drives the run sees to these; where nobody does, they are run now.

    Examples:

      itmsctl run cancel R-12

      itmsctl run cancel R-12 R-13 R-14
    """
    rows = context.read(service.find_runs, given_names(context, runs, "run"))
    stopped = context.write(service.stop_runs, rows, CANCELLED, dry_run=dry_run)
    for row, one in zip(rows, stopped, strict=True):
        context.done(f"{row.name}: {counted(one.cancelled, 'computer')} cancelled", dry_run=dry_run)
    ended = set()
    for row, one in zip(rows, stopped, strict=True):
        status = _wind_up(context, row, one, way, dry_run=dry_run)
        if status in {130, 143}:
            return status
        ended.add(status)
    return worst(ended - {0})


def kill(
    context: Context,
    run: RunName,
    computers: OnlyComputers = [],
    *,
    way: ConnectionOptions,
    accept_new: AcceptNew = False,
    dry_run: DryRun = False,
) -> int:
    """Stop what a run has running on computers: TERM, a grace of 3 s, KILL, whoever drives the run and if nobody does.

    A process that drives the run does it over the connections that it has: no key is needed here. Only what it leaves,
    or all where it is gone, is contacted with the options given here. A command that was stopped is `cancelled`
    (KILLED); what ended before keeps its true end. Nothing more of the run begins there, but for the `always` steps
    that a job owes; said again, `kill` stops those too. A computer that cannot be reached stays marked:
    `run reconcile`, or the next tick where ticks drive the run, stops what still runs there. Exit status 10 while any
    is left, and where the computer was removed meanwhile: its time limit ends the command there.

    Example: itmsctl run kill R-12 web3
    """
    row = context.read(service.find_run, run)
    only = context.read(service.computers_of, row, computers) if computers else None
    stopped = context.write(service.stop_run, row, KILLED, only, dry_run=dry_run)
    running = stopped.working + stopped.unknown
    if dry_run:
        reached = counted(running, "computer")
        context.done(f"{row.name}: {reached} would be contacted, {stopped.cancelled} cancelled", dry_run=True)
        return 0
    context.say(f"{row.name}: {counted(stopped.cancelled, 'computer')} cancelled; stopping what runs on {running}")
    if not (running or stopped.owed):
        return 0
    reach = partial(connecting, way, accept_new=accept_new, kept=row.via)
    if context.read(service.is_driven, row):
        return _by_its_driver(context, row, only, reach, way)
    return _by_ourselves(context, row, only, reach, way)


def _by_its_driver(
    context: Context, row: RunRow, only: list[int] | None, reach: Callable[[], Via], way: ConnectionOptions
) -> int:
    """Let the driver stop what it runs, by the way it has; contact only what it leaves."""
    from itmsctl.tasks.interrupts import listening

    with listening(lambda _: None) as interrupts:
        service.wait_for_driver(
            context.store, row, only, sleep=context.sleep, interrupted=lambda: interrupts.count
        )  # fmt: skip
    if interrupts.exit_status:
        context.say(f"{row.name}: not waited for any more; its driver goes on stopping what runs")
        return interrupts.exit_status
    if context.read(service.to_stop, row, only) or not context.read(service.is_driven, row):
        return _by_ourselves(context, row, only, reach, way)
    return _as_it_stands(context, row, only)


def _by_ourselves(
    context: Context, row: RunRow, only: list[int] | None, reach: Callable[[], Via], way: ConnectionOptions
) -> int:
    """Contact what is to be stopped. Where a driver lives, what counts is what it has recorded in the end."""
    desk = service.LiveDesk(context.state_folder)
    try:
        made = outfit(context, reach(), way, live=desk)
    except ItmsError as error:
        if not context.read(service.is_driven, row):
            raise
        hint = f"; {error.hint}" if error.hint else ""
        context.say(f"{row.name}: nobody can be contacted from here: {error.message}{hint}")
        return _as_it_stands(context, row, only)
    return _told(context, row, lambda stop, watcher: service.kill(made(stop, watcher), row, only), desk)


def _as_it_stands(context: Context, row: RunRow, only: list[int] | None) -> int:
    def act(_: Stop, watcher: service.Watcher) -> service.Killed:
        watcher.begins(row, 0)
        return service.killed(context.store, row, only)

    return _told(context, row, act)


def _told(
    context: Context,
    row: RunRow,
    act: Callable[[Stop, service.Watcher], service.Killed],
    desk: service.LiveDesk | None = None,
) -> int:
    """Show what killing came to, and say why what is left did not settle; return the exit status."""
    found: list[service.Killed] = []

    def acted(stop: Stop, watcher: service.Watcher) -> service.DriveReport:
        found.append(act(stop, watcher))
        return replace(found[0].report, own=UNKNOWN if found[0].unsettled or found[0].removed else 0)

    status = shown(context, acted, desk or service.LiveDesk(context.state_folder))
    for ending in found[0].left:
        name, message = term(ending.assignment.name, keep_newlines=False), ending.outcome.message
        context.say(f"{name} was not stopped ({ending.outcome.reason}): {term(message, keep_newlines=False)}")
    for ending in found[0].removed:
        name = term(ending.assignment.name, keep_newlines=False)
        context.say(f"{name} was removed from the CMDB: what runs there was not stopped, its time limit ends it there")
    if found[0].finishing:
        context.say(f"{found[0].finishing} run steps that are always run: itmsctl run kill {row.name} stops those too")
    if left := found[0].unsettled - found[0].finishing:
        by = "the next tick or " if row.options.background else ""
        context.say(
            f"{left} did not settle; they stay marked: what still runs there is stopped by {by}"
            f"itmsctl run reconcile {row.name}"
        )
    return status


def _wind_up(context: Context, row: RunRow, stopped: Stopped, way: ConnectionOptions, *, dry_run: bool) -> int:
    """Say what goes on, and run what is owed where nobody else does; return the exit status of that."""
    driven = context.read(service.is_driven, row)
    if stopped.working and driven:
        context.say(f"{stopped.working} are being worked on: the step they are in goes on, no further one begins")
    if stopped.owed:
        by = "its driver runs them" if driven else "they are run now"
        held = context.read(service.stop_switch) or (context.state_folder / STOP_FILE).exists()
        if held:
            by = "the STOP switch or file is on: itmsctl run stop-all --lift, then run cancel again"
        context.say(f"{stopped.owed} owe steps that are always run: {by}")
        driven = driven or held
    if dry_run or driven:
        return 0
    if row.owner is not None and not stopped.owed:
        service.let_go(context.store, row)
    unknown = stopped.unknown + stopped.working
    if unknown:
        context.say(f"{unknown} have an unknown outcome: itmsctl run reconcile {row.name}, or run kill {row.name}")
    if not stopped.owed:
        return 0
    return drive(context, connecting(way, kept=row.via), lambda d: service.wind_up(d, row), way)


def stop_all(
    context: Context,
    lift: Annotated[bool, typer.Option("--lift", help="Let runs start computers again.")] = False,
    *,
    way: ConnectionOptions,
    dry_run: DryRun = False,
) -> int:
    """Stop every run on this CMDB from starting anything more, and forbid new ones, until it is lifted.

    The step that a computer is in goes on to its end; no further one begins, whoever drives the run. Runs stay
    resumable. `--lift` runs at once what computers owe that were stopped inside a job: their `always` steps.

    Example: itmsctl run stop-all --reason 'wrong script'
    """
    changed = context.write(service.turn_stop_switch, on=not lift, reason=context.settings.reason, dry_run=dry_run)
    stands = "lifted" if lift else "on"
    context.done(f"the STOP switch {'is' if changed else 'was already'} {stands}", dry_run=dry_run)
    owing = context.read(service.owing) if lift else ()
    return worst({_run_owed(context, row, way, dry_run=dry_run) for row in owing} - {0})


def _run_owed(context: Context, row: RunRow, way: ConnectionOptions, *, dry_run: bool) -> int:
    """Run what the computers of a run that was halted owe; the run itself is left to a person."""
    owed = context.write(service.let_owe, row, dry_run=dry_run)
    will = "would be run" if dry_run else "are run now"
    context.say(f"{row.name}: {counted(owed, 'computer owes', 'computers owe')} steps that are always run: they {will}")
    if dry_run:
        return 0
    return drive(context, connecting(way, kept=row.via), lambda d: service.wind_up(d, row), way)
