"""`sizing check` and `sizing ignored`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import DryRun, verb
from itmsctl.sizing import columns
from itmsctl.sizing.commands.asked import plan_files
from itmsctl.sizing.commands.group import sizing_app
from itmsctl.sizing.rulebook import rules as all_rules

Given = Annotated[
    list[str] | None,
    typer.Option(
        "--file", "-f", metavar="FILE|DIR", help="Check as if these documents were applied; - is standard input."
    ),
]
Ignore = Annotated[
    list[str],
    typer.Option("--ignore", metavar="ID[:OBJECT]", help="Live with a finding; needs --until and --reason."),
]
Unignore = Annotated[
    list[str], typer.Option("--unignore", metavar="ID[:OBJECT]", help="Live with a finding no longer.")
]
Until = Annotated[str | None, typer.Option("--until", metavar="DATE", help="Last day on which --ignore counts.")]
Least = Annotated[
    str | None,
    typer.Option("--severity", metavar="LEVEL", help="Show and count error, warning or info, and what is worse."),
]
Overlay = Annotated[
    Path | None, typer.Option("--rules", metavar="FILE", help="Your own numbers, laid over those of the guide.")
]

_HELP = """Say what in the design will not carry, why, by which source, and the command that fixes it.

It looks at the CMDB as it stands, or as it would be after `apply -f`. What `site check` finds is found here too. Ends
with 20 where there are warnings or errors, or anything at or above --severity. An exception counts until its day, and
is listed by `itmsctl sizing ignored`.

Example: itmsctl sizing check -f design/ --severity error

Example: itmsctl sizing check --ignore SZ-210:hq --until 2026-12-31 --reason 'moves in autumn'

The rules:

"""


def _help() -> str:
    return _HELP + "\n".join(f"  {rule.id}  {rule.title}" for rule in all_rules())


@verb(sizing_app, "check", help=_help(), columns=columns.FINDING)
def check(
    context: Context,
    files: Given = None,
    severity: Least = None,
    overlay: Overlay = None,
    ignore: Ignore = [],
    unignore: Unignore = [],
    until: Until = None,
    dry_run: DryRun = False,
) -> int:
    """Check the design."""
    from itmsctl.sizing.service import checking, exceptions
    from itmsctl.sizing.service.numbers import numbers_with

    wish = exceptions.ExceptionWish(ignore, unignore, until, context.settings.reason).checked()
    least = checking.severity_of(severity)
    numbers = numbers_with(overlay)
    known = context.write(exceptions.change, wish, dry_run=dry_run) if wish.given else None
    if files:
        found = checking.check_files(context.store, plan_files(context, files), numbers, least, known)
    else:
        found = context.read(checking.check, numbers, least, known)
    context.out.list(columns.FINDING, found.rows())
    for line in found.notes():
        context.warn(line)
    context.say(found.closing())
    return 20 if found.counting else 0


@verb(sizing_app, "ignored", columns=columns.EXCEPTION)
def ignored(context: Context) -> None:
    """List the exceptions of `sizing check`: what is lived with, until when, and why.

    Example: itmsctl sizing ignored
    """
    from itmsctl.sizing.service import exceptions

    context.out.list(columns.EXCEPTION, context.read(exceptions.listed))
