"""The group `metering`: read, load, and look at what programs are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from itmsctl.cli.complete import any_of
from itmsctl.cli.context import Context
from itmsctl.cli.options import Limit, group, verb
from itmsctl.cli.selecting import ReadingSelectors
from itmsctl.errors import UsageError
from itmsctl.metering import columns
from itmsctl.tasks import columns as running
from itmsctl.tasks.commands.task_options import RunAs, RunRequest

if TYPE_CHECKING:
    from itmsctl.metering.service.looking import UsageAsked

metering_app = group("See which programs are used, by whom and how long, and which are not.")


By = Annotated[
    str,
    typer.Option(
        "--by", metavar="WHAT", help="computer (default), program, user or day.", autocompletion=any_of(columns.USAGES)
    ),
]
Program = Annotated[
    str | None, typer.Option("--program", metavar="NAME", help="Only this program or package: firefox, 'libre*'.")
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="Only what was used in this time, such as 30d.")
]
Accounting = Annotated[
    list[str], typer.Option("--accounting", metavar="PATH", help="Files of process accounting, where they are others.")
]
Audit = Annotated[list[str], typer.Option("--audit", metavar="PATH", help="Logs of auditd, where they are others.")]
Timeout = Annotated[str | None, typer.Option("--timeout", metavar="TIME", help="Time limit on each computer (5m).")]


@verb(metering_app, "run", columns=running.RESULT)
def run(
    context: Context,
    accounting: Accounting = [],
    audit: Audit = [],
    timeout: Timeout = None,
    run_as: RunAs = None,
    *,
    asked: RunRequest,
) -> int:
    """Read which programs were used since the last time, from the computers that a selector picks.

    What Linux's process accounting (package acct) and auditd have written since is read, and what runs now. Only
    programs that an enabled metering policy names are kept. Nothing is left on the computers.

    Example: itmsctl metering run --target laptops --key ~/.ssh/id_ed25519 --run-as root
    """
    from itmsctl.metering.service.asking import step_of
    from itmsctl.metering.service.policies import in_force
    from itmsctl.tasks.commands.launching import Work, launch
    from itmsctl.tasks.program import Program

    if not context.read(in_force):
        enable = "itmsctl metering-policy enable all-programs"
        context.warn(f"no metering policy is enabled, so nothing of what is read is kept: {enable}")
    return launch(context, Work(Program.of(step_of(accounting, audit, timeout=timeout, run_as=run_as))), asked)


@verb(metering_app, "usage")
def usage(
    context: Context,
    chosen: ReadingSelectors,
    by: By = "computer",
    program: Program = None,
    since: Since = None,
    limit: Limit = None,
) -> None:
    """List what was used: by computer, program, user or day; those used longest first, days the newest first.

    Days are those of UTC. A user that is not known has no name.

    Examples:

      itmsctl metering usage --by program --since 90d

      itmsctl metering usage pc1 --program firefox

      itmsctl metering usage --by day --target laptops -o csv
    """
    from itmsctl.metering.service import looking

    if by not in columns.USAGES:
        raise UsageError(f"--by does not know `{by}`", hint="computer, program, user or day")
    asked = _asked(context, chosen, program, since, limit)
    context.out.list(columns.USAGES[by], context.read(looking.usage, by, asked), empty="nothing was used")


@verb(metering_app, "events", columns=columns.EVENTS)
def events(
    context: Context,
    chosen: ReadingSelectors,
    program: Program = None,
    since: Since = None,
    limit: Limit = None,
) -> None:
    """List starts, stops and denials one by one, the newest first: of policies with `--detail full`.

    Example: itmsctl metering events pc1 --program firefox --since 7d
    """
    from itmsctl.metering.service import looking

    asked = _asked(context, chosen, program, since, limit)
    context.out.list(columns.EVENTS, context.read(looking.events, asked), empty="no event is kept")


def _asked(
    context: Context, chosen: ReadingSelectors, program: str | None, since: str | None, limit: int | None
) -> UsageAsked:
    from datetime import timedelta

    from itmsctl.metering.service.looking import UsageAsked
    from itmsctl.resources.service.selection import ordered_ids, selected
    from itmsctl.values.times import seconds

    selection = selected(context.store, chosen, chosen.listed(context), context.stdin, context.warn)
    with context.store.read() as reader:
        computers: Any = ordered_ids(reader, selection) if selection.given else None
        begin = None if since is None else reader.now - timedelta(seconds=seconds(since))
    return UsageAsked(computers, program, begin, limit)
