"""The verbs of `run` that act: going on with a run, and learning the truth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from itmsctl.cli.connection import AcceptNew, ConnectionOptions
from itmsctl.cli.context import Context
from itmsctl.cli.options import Confirm, DryRun, verb
from itmsctl.errors import UsageError, worst
from itmsctl.tasks import service
from itmsctl.tasks.commands.driving import connecting, drive
from itmsctl.tasks.commands.run import OnlyComputers, RunName
from itmsctl.tasks.states import State, may_retry
from itmsctl.tasks.tally import UNKNOWN
from itmsctl.values.counts import counted

if TYPE_CHECKING:
    from itmsctl.security.via import Via
    from itmsctl.tasks.service.runs import RunRow

_SAID = {"failed": State.FAILED, "succeeded": State.SUCCEEDED}


def register(app: typer.Typer) -> None:
    """Add the verbs to the group `run`."""
    for function in (retry, resume, reconcile):
        verb(app, function.__name__)(function)


@dataclass(frozen=True, kw_only=True)
class Retried:
    """Which computers of a run are tried again."""

    failed: Annotated[bool, typer.Option("--failed", help="Those that failed or timed out.")] = False
    unreachable: Annotated[bool, typer.Option("--unreachable", help="Those that could not be reached.")] = False
    cancelled: Annotated[bool, typer.Option("--cancelled", help="Those that were cancelled.")] = False
    expired: Annotated[bool, typer.Option("--expired", help="Those whose deadline passed.")] = False
    unknown: Annotated[bool, typer.Option("--unknown", help="Those unknown, where the task is idempotent.")] = False

    def states(self) -> set[State]:
        """Return the states that were named."""
        named = {
            State.FAILED: self.failed,
            State.TIMED_OUT: self.failed,
            State.UNREACHABLE: self.unreachable,
            State.CANCELLED: self.cancelled,
            State.EXPIRED: self.expired,
            State.UNKNOWN: self.unknown,
        }
        return {state for state, is_named in named.items() if is_named}


def retry(
    context: Context,
    run: RunName,
    which: Retried,
    way: ConnectionOptions,
    accept_new: AcceptNew = False,
    confirm: Confirm = None,
    dry_run: DryRun = False,
) -> int:
    """Go on with a run: what was not started, and what is asked for, each as a new attempt.

    Without an option, those not started yet and those that could not be reached: surely nothing happened there. A job
    goes on where it broke: steps that succeeded are not done again, and a step that is `once` never is.

    Example: itmsctl run retry R-12 --failed
    """
    row = context.read(service.find_run, run)
    wanted = which.states() or {State.UNREACHABLE}
    if wanted - may_retry(wanted, idempotent=row.program.idempotent):
        raise UsageError(
            f"`{row.program.name}` is not idempotent: an unknown outcome is not tried again",
            hint=f"itmsctl run reconcile {row.name} asks the computers",
        )
    if dry_run:
        return _would_retry(context, row, wanted | {State.QUEUED})
    via = connecting(way, accept_new=accept_new, kept=row.via)
    return _go_on(context, row, via, way, _again(context, wanted, confirm))


def resume(
    context: Context,
    run: RunName,
    past_gate: Annotated[
        bool, typer.Option("--past-gate", help="Open the next wave whatever the last one showed.")
    ] = False,
    *,
    way: ConnectionOptions,
    accept_new: AcceptNew = False,
) -> int:
    """Go on with a run that was interrupted or halted: what is queued, and the waves that are not open yet.

    Example: itmsctl run resume R-12
    """
    row = context.read(service.find_run, run)
    via = connecting(way, accept_new=accept_new, kept=row.via)
    return _go_on(context, row, via, way, _again(context, set(), None, past_gate=past_gate))


def _again(context: Context, wanted: set[State], confirm: str | None, *, past_gate: bool = False) -> service.Again:
    guard_max = context.guard_max
    return service.Again(frozenset(wanted), now=True, past_gate=past_gate, confirm=confirm, guard_max=guard_max)


def _go_on(context: Context, row: RunRow, via: Via, way: ConnectionOptions, again: service.Again) -> int:
    return drive(context, via, lambda d: service.resume(d, row, again), way)


def _would_retry(context: Context, row: RunRow, wanted: set[State]) -> int:
    with context.store.read() as reader:
        names = [r.computer for r in service.read(reader, row, with_output=False) if r.state in wanted]
    for name in names:
        context.out.line(name)
    context.say(f"{counted(len(names), 'computer')} would be tried again (dry run, nothing was written or sent)")
    return 0


def reconcile(
    context: Context,
    run: Annotated[str | None, typer.Argument(metavar="[RUN]", help="The run: R-12; all of them without.")] = None,
    computers: OnlyComputers = [],
    decision: Annotated[
        str | None, typer.Option("--as", metavar="STATE", help="Nobody is asked: you say `failed` or `succeeded`.")
    ] = None,
    *,
    way: ConnectionOptions,
    accept_new: AcceptNew = False,
) -> int:
    """Ask computers whose outcome is unknown what became of it, and record the truth. Nothing is run.

    What never started is queued again, for `run retry`; what still runs stays unknown, but for what was to be killed or
    has passed its time limit: that is stopped. Where a computer is gone for good, `--as` records what you know of it;
    the audit keeps who said so, and `--reason`.

    Example: itmsctl run reconcile R-12 --as failed web7 --reason 'scrapped'
    """
    if decision is not None:
        return _decide(context, run, computers, decision)
    rows = context.read(service.open_runs) if run is None else [context.read(service.find_run, run)]
    statuses = set()
    for row in rows:
        if run is None and context.read(service.is_driven, row):
            context.say(f"{row.name} is still being run: left alone")
            continue
        only = context.read(service.computers_of, row, computers) if computers else None
        act = partial(_ask, row=row, only=only)
        status = drive(context, connecting(way, accept_new=accept_new, kept=row.via), act, way)
        if status in {130, 143}:
            return status
        statuses.add(status)
    if not rows:
        context.say("no run has an unknown outcome")
    return worst(statuses - {0})


def _ask(drive: service.Drive, row: RunRow, only: list[int] | None) -> service.DriveReport:
    return service.reconcile(drive, row, only)


def _decide(context: Context, run: str | None, names: list[str], decision: str) -> int:
    """Record what a person knows and no computer can tell any more."""
    if run is None or decision not in _SAID:
        raise UsageError(
            "a decision names its run, and is `failed` or `succeeded`",
            hint="itmsctl run reconcile R-12 --as failed [COMPUTER]...",
        )
    row = context.read(service.find_run, run)
    only = context.read(service.computers_of, row, names) if names else None
    endings, _ = service.decide(context.store, row, _SAID[decision], only)
    decided = {ending.assignment.guid for ending in endings}
    later = sum(ending.state is State.QUEUED for ending in endings)
    with context.store.read() as reader:
        for result in service.read(reader, row, computers=only, with_output=False) if only is not None else ():
            if result.guid not in decided:
                context.say(f"{result.computer} is {result.state}: left alone")
        left = service.tally(reader, row).counts["unknown"]
    said = counted(len(decided), "computer is", "computers are")
    context.say(f"{row.name}: {said} {decision} by your word; {left} are still unknown")
    if later:
        context.say(f"{later} have steps left: itmsctl run resume {row.name}")
    return UNKNOWN if left and only is None else 0
