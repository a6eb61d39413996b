"""What this room adds to the group `schedule`: `tick`, which drives everything, `raise` and `install`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any

import typer

from itmsctl.cli import failures
from itmsctl.cli.context import Context
from itmsctl.cli.options import DryRun, verb
from itmsctl.errors import ItmsError, TickBusyError, worst
from itmsctl.policies import columns
from itmsctl.policies.commands.install import install
from itmsctl.values.kind import house
from itmsctl.values.times import seconds

MaxRuntime = Annotated[
    str, typer.Option("--max-runtime", metavar="TIME", help="Start nothing more after it; what runs is waited for.")
]
NoRun = Annotated[bool, typer.Option("--no-run", help="Only decide and queue what is due, and expire; run nothing.")]
FailIfLocked = Annotated[bool, typer.Option("--fail-if-locked", help="Exit 15 where another tick decides just now.")]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    verb(app, "tick", columns=columns.TICK)(tick)
    verb(app, "raise")(raise_)
    verb(app, "install")(install)


def tick(
    context: Context, max_runtime: MaxRuntime = "55s", no_run: NoRun = False, fail_if_locked: FailIfLocked = False
) -> int:
    """Do what is due: membership, compliance, occurrences that start or expire, runs. Ticks may overlap.

    Example: itmsctl schedule tick --max-runtime 55s
    """
    from itmsctl.policies.service.tick import Hours, Tick
    from itmsctl.tasks.commands.driving import STOP_FILE, outfit
    from itmsctl.tasks.engine import Stop
    from itmsctl.tasks.interrupts import listening

    hours = Hours.of(context.clock, seconds(max_runtime))
    shown = _Shown(context)
    guard_max = context.guard_max
    work = Tick(context.store, guard_max, shown.show, shown.fail, context.warn, context.sleep)
    with listening(context.say) as interrupts:
        stop = Stop(lambda: interrupts.count, (context.state_folder / STOP_FILE).exists, time_up=hours.up)
        work.expire()
        work.keep_membership()
        half = hours.part(0.5)
        judging = (
            partial(call, context.store, lambda: stop.pressing() or half()) for call in house().calls("tick_begins")
        )
        for said in work.besides(judging):
            context.say(said)
        _refuse_stopped(context, stop)
        held = work.decide()
        if held is not None:
            said = f"held by process {held.pid} on {held.host} since {held.since:%Y-%m-%d %H:%M:%S} UTC"
            if fail_if_locked:
                raise TickBusyError(f"another tick decides what is due: {said}", hint="it passes in a moment")
            context.say(f"tick skipped, {said}")
            return 0
        if not no_run:
            work.drive(lambda via: outfit(context, via), stop, hours)
        for said in work.besides(partial(call, context) for call in house().calls("ticked")):
            context.say(said)
    shown.close(work.summary())
    return interrupts.exit_status or worst({work.exit_status} - {0})


def _refuse_stopped(context: Context, stop: Any) -> None:
    from itmsctl.tasks.service.switch import refuse

    context.read(refuse, by_file=stop.pressing())


class _Shown:
    """Objects as they come, in NDJSON; else a list at the end."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.form = context.out.format("ndjson")
        context.settings.output = self.form
        self.rows: list[Mapping[str, Any]] = []

    def show(self, row: Mapping[str, Any]) -> None:
        if self.form == "ndjson":
            self.context.out.list(columns.TICK, [row])
            self.context.stdout.flush()
        else:
            self.rows.append(row)

    def fail(self, error: ItmsError, what: str) -> None:
        error.message = f"{what}: {error.message}"
        failures.render(self.context, error)

    def close(self, summary: Mapping[str, Any]) -> None:
        if self.form in {"ndjson", "json", "yaml"}:
            self.show(summary)
        if self.form != "ndjson":
            self.context.out.list(columns.TICK, self.rows, empty="nothing is due")


def raise_(
    context: Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the event.")],
    key: Annotated[str | None, typer.Option("--key", metavar="K", help="Raised once only with this key.")] = None,
    dry_run: DryRun = False,
) -> None:
    """Raise an event: the next tick starts the policies that wait for it.

    Example: itmsctl schedule raise backup-arrived --key 2026-03-29
    """
    from itmsctl.policies.events import read_raised
    from itmsctl.policies.service import outbox

    event = read_raised(name)
    fresh = context.write(outbox.put, event, key, dry_run=dry_run)
    said = "raised" if fresh else "unchanged: raised before with this key"
    context.done(f"{event}: {said}", dry_run=dry_run)
