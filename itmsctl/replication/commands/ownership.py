"""What this room adds to the group `hierarchy`: whose objects are, what children may edit, what could not be put."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import DryRun, verb
from itmsctl.errors import UsageError
from itmsctl.replication import columns

ObjectName = Annotated[str, typer.Argument(metavar="KIND/NAME", help="An object: policy/daily.")]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    verb(app, "editable", columns=columns.OPENED)(editable)
    verb(app, "origin", columns=columns.ORIGIN)(origin)
    verb(app, "conflicts", columns=columns.CONFLICT)(conflicts)


def editable(
    context: Context,
    name: ObjectName,
    chosen: Annotated[
        list[str] | None, typer.Option("--field", metavar="FIELD", help="A field to open. Without it: show them.")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Close the fields again: what children changed is lost.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Let children edit fields of an object of this server, or show which they may. By default they edit none.

    What a child changed of an open field stays there, whatever replicates. Once it is closed, the next replication
    overwrites it, and the child says what was lost.

    Examples:

      itmsctl hierarchy editable policy/daily --field schedule --field enabled

      itmsctl hierarchy editable policy/daily --field schedule --off
    """
    from itmsctl.replication.service import opening

    if off and not chosen:
        raise UsageError("--off needs --field", hint="itmsctl hierarchy editable KIND/NAME --field FIELD --off")
    found = context.write(opening.open_fields, name, chosen or [], off=off, dry_run=dry_run)
    if chosen:
        said = ", ".join(found.fields) or "nothing"
        state = "unchanged" if not found.changed else "closed" if off else "opened"
        context.done(f"{found.name}: {state}; children may edit: {said}", dry_run=dry_run)
    if not chosen or context.settings.output or context.settings.json:
        context.out.show(columns.OPENED, found.as_dict())


def origin(context: Context, name: ObjectName) -> None:
    """Show where each field of an object came from, and whether it may be changed here.

    Example: itmsctl hierarchy origin policy/daily
    """
    from itmsctl.replication.service import origins

    context.out.list(columns.ORIGIN, context.read(origins.origins, name))


def conflicts(
    context: Context,
    action: Annotated[
        str | None, typer.Argument(metavar="[resolve]", help="`resolve` decides one; without it they are listed.")
    ] = None,
    number: Annotated[int | None, typer.Argument(metavar="[ID]", help="Which one.")] = None,
    keep: Annotated[str | None, typer.Option("--keep", metavar="ours|theirs", help="Which side stays.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Also what was decided, and what was overwritten.")] = False,
    dry_run: DryRun = False,
) -> None:
    """List what came and could not be put, with both sides (-o wide); decide one.

    Examples:

      itmsctl hierarchy conflicts

      itmsctl hierarchy conflicts resolve 1207 --keep theirs
    """
    from itmsctl.replication.service import conflicts as service
    from itmsctl.replication.service import origins

    if action is None:
        rows = [one.as_dict() for one in context.read(service.listed, every=every)]
        context.out.list(columns.CONFLICT, rows, empty="no conflicts")
        return
    if action != "resolve" or number is None or keep not in {service.OURS, service.THEIRS}:
        raise UsageError(
            "a conflict is decided by its number and the side that stays",
            hint="itmsctl hierarchy conflicts resolve ID --keep ours|theirs",
        )
    found = context.write(origins.resolve, number, keep, dry_run=dry_run)
    context.done(f"{found.kind} {found.name}: {keep} stays", dry_run=dry_run)
