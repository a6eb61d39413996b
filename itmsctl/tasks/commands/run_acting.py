"""The verbs of `run` that act: going on with a run, and learning the truth."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import Confirm, DryRun
from itmsctl.errors import UsageError, worst
from itmsctl.tasks import service
from itmsctl.tasks.commands.driving import connecting, drive
from itmsctl.tasks.commands.options import ACCEPT_NEW, CONNECTION, Option, declare
from itmsctl.tasks.commands.run_reading import RunName, run_app
from itmsctl.tasks.states import State, may_retry
from itmsctl.tasks.tally import UNKNOWN
from itmsctl.values.counts import counted

_SAID = {"failed": State.FAILED, "succeeded": State.SUCCEEDED}
_STATES = {
    "failed": (State.FAILED, State.TIMED_OUT),
    "unreachable": (State.UNREACHABLE,),
    "cancelled": (State.CANCELLED,),
    "expired": (State.EXPIRED,),
    "unknown": (State.UNKNOWN,),
}


def _retry(context: Context, given: Mapping[str, Any]) -> int:
    row = context.read(service.find_run, given["run"])
    wanted = {state for name, states in _STATES.items() if given[name] for state in states} or {State.UNREACHABLE}
    if wanted - may_retry(wanted, idempotent=row.program.idempotent):
        raise UsageError(
            f"`{row.program.name}` is not idempotent: an unknown outcome is not tried again",
            hint=f"itmsctl run reconcile {row.name} asks the computers",
        )
    if given["dry_run"]:
        return _would_retry(context, row, wanted | {State.QUEUED})
    return _go_on(context, row, given, _again(context, wanted, given["confirm"]))


def _resume(context: Context, given: Mapping[str, Any]) -> int:
    row = context.read(service.find_run, given["run"])
    return _go_on(context, row, given, _again(context, set(), None, past_gate=given["past_gate"]))


def _again(context: Context, wanted: set[State], confirm: str | None, *, past_gate: bool = False) -> service.Again:
    guard_max = int(context.option("guard_max")[0] or 1000)
    return service.Again(frozenset(wanted), now=True, past_gate=past_gate, confirm=confirm, guard_max=guard_max)


def _go_on(context: Context, row: Any, given: Mapping[str, Any], again: service.Again) -> int:
    return drive(context, connecting(given, kept=row.via), lambda d: service.resume(d, row, again), given)


def _would_retry(context: Context, row: Any, wanted: set[State]) -> int:
    with context.store.read() as reader:
        names = [r.computer for r in service.read(reader, row, with_output=False) if r.state in wanted]
    for name in names:
        context.out.line(name)
    context.say(f"{counted(len(names), 'computer')} would be tried again (dry run, nothing was written or sent)")
    return 0


def _reconcile(context: Context, given: Mapping[str, Any]) -> int:
    name = given["run"]
    if given["as_"] is not None:
        return _decide(context, given)
    rows = context.read(service.open_runs) if name is None else [context.read(service.find_run, name)]
    statuses = set()
    for row in rows:
        if name is None and context.read(service.is_driven, row):
            context.say(f"{row.name} is still being run: left alone")
            continue
        only = context.read(service.computers_of, row, given["computers"]) if given["computers"] else None
        act = partial(_ask, row=row, only=only)
        status = drive(context, connecting(given, kept=row.via), act, given)
        if status in {130, 143}:
            return status
        statuses.add(status)
    if not rows:
        context.say("no run has an unknown outcome")
    return worst(statuses - {0})


def _ask(drive: service.Drive, row: Any, only: Any) -> service.DriveReport:
    return service.reconcile(drive, row, only)


def _decide(context: Context, given: Mapping[str, Any]) -> int:
    """Record what a person knows and no computer can tell any more."""
    if given["run"] is None or given["as_"] not in _SAID:
        raise UsageError(
            "a decision names its run, and is `failed` or `succeeded`",
            hint="itmsctl run reconcile R-12 --as failed [COMPUTER]...",
        )
    row, names = context.read(service.find_run, given["run"]), given["computers"]
    only = context.read(service.computers_of, row, names) if names else None
    endings, _ = service.decide(context.store, row, _SAID[given["as_"]], only)
    decided = {ending.assignment.guid for ending in endings}
    later = sum(ending.state is State.QUEUED for ending in endings)
    with context.store.read() as reader:
        for result in service.read(reader, row, computers=only, with_output=False) if only is not None else ():
            if result.guid not in decided:
                context.say(f"{result.computer} is {result.state}: left alone")
        left = service.tally(reader, row).counts["unknown"]
    said = counted(len(decided), "computer is", "computers are")
    context.say(f"{row.name}: {said} {given['as_']} by your word; {left} are still unknown")
    if later:
        context.say(f"{later} have steps left: itmsctl run resume {row.name}")
    return UNKNOWN if left and only is None else 0


def _flag(name: str, text: str) -> Option:
    return Option(name.replace("-", "_"), Annotated[bool, typer.Option(f"--{name}", help=text)], False)


declare(
    run_app,
    "retry",
    _retry,
    (
        Option("run", RunName),
        _flag("failed", "Those that failed or timed out."),
        _flag("unreachable", "Those that could not be reached."),
        _flag("cancelled", "Those that were cancelled."),
        _flag("expired", "Those whose deadline passed."),
        _flag("unknown", "Those unknown, where the task is idempotent."),
        *CONNECTION,
        ACCEPT_NEW,
        Option("confirm", Confirm, None),
        Option("dry_run", DryRun, False),
    ),
    """Go on with a run: what was not started, and what is asked for, each as a new attempt.

    Without an option, those not started yet and those that could not be reached: surely nothing happened there. A job
    goes on where it broke: steps that succeeded are not done again, and a step that is `once` never is.

    Example: itmsctl run retry R-12 --failed
    """,
)

declare(
    run_app,
    "resume",
    _resume,
    (
        Option("run", RunName),
        _flag("past-gate", "Open the next wave whatever the last one showed."),
        *CONNECTION,
        ACCEPT_NEW,
    ),
    """Go on with a run that was interrupted or halted: what is queued, and the waves that are not open yet.

    Example: itmsctl run resume R-12
    """,
)

declare(
    run_app,
    "reconcile",
    _reconcile,
    (
        Option(
            "run",
            Annotated[str | None, typer.Argument(metavar="[RUN]", help="The run: R-12; all of them without.")],
            None,
        ),
        Option(
            "computers",
            Annotated[list[str], typer.Argument(metavar="COMPUTER", help="Only these; all of them without.")],
            [],
        ),
        Option(
            "as_",
            Annotated[
                str | None,
                typer.Option("--as", metavar="STATE", help="Nobody is asked: you say `failed` or `succeeded`."),
            ],
            None,
        ),
        *CONNECTION,
        ACCEPT_NEW,
    ),
    """Ask computers whose outcome is unknown what became of it, and record the truth. Nothing is run.

    What never started is queued again, for `run retry`; what still runs stays unknown, but for what was to be killed or
    has passed its time limit: that is stopped. Where a computer is gone for good, `--as` records what you know of it;
    the audit keeps who said so, and `--reason`.

    Example: itmsctl run reconcile R-12 --as failed web7 --reason 'scrapped'
    """,
)
