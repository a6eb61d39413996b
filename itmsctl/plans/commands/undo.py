"""`undo`: take a change-set back."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import Confirm, DryRun, root_command
from itmsctl.cli.prompts import confirm
from itmsctl.plans import columns
from itmsctl.values.kind import Danger


def _undo(
    context: Context,
    named: Annotated[str, typer.Argument(metavar="CHANGESET", help="Number or GUID: itmsctl audit list.")],
    given: Confirm = None,
    dry_run: DryRun = False,
) -> None:
    """Undo a change-set: put back what it changed. That is a change-set too, and can be undone.

    What was changed again since is exit 6, and what cannot come back (runs, secrets, merges) exit 9; nothing is
    written then. Prints what becomes of each object, removals first.

    Examples:

      itmsctl undo 42 --dry-run

      itmsctl undo 42 --yes --reason "wrong site"
    """
    from itmsctl.plans.service import undo as service

    context.settings.reason = context.settings.reason or f"undo of change-set {named}"
    found = context.read(service.look, named)
    if not dry_run:
        service.guard(found, given, guard_max=context.guard_max)
        if found.gone_or_back and given is None:
            confirm(context, Danger.MODERATE, f"undo change-set {found.seq} ({found})", str(found.seq))
    done = context.write(service.undo, named, dry_run=dry_run)
    context.out.list(columns.UNDONE, done.look.rows())
    if dry_run:
        context.done(f"change-set {found.seq} would be undone: {done.look}", dry_run=True)
        return
    seq = context.read(service.seq_of, done.guid)
    context.say(f"change-set {found.seq} is undone by {seq}: {done.look}" if seq else f"{done.look}")


undo_app = root_command("undo", _undo, columns=columns.UNDONE)
