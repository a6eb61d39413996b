"""`apply-set`: the sets that `apply --set` keeps."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import Confirm, DryRun, group, verb
from itmsctl.cli.prompts import confirm
from itmsctl.plans import columns
from itmsctl.plans.service import sets
from itmsctl.values.counts import counted
from itmsctl.values.kind import Danger

sets_app = group("Apply sets: what was applied under a name, and what belongs to it.")


Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the set.")]


@verb(sets_app, "list", columns=columns.SETS)
def list_sets(context: Context) -> None:
    """List apply sets, each with the number of its objects.

    Example: itmsctl apply-set list
    """
    context.out.list(columns.SETS, context.read(sets.listed))


@verb(sets_app, "show", columns=columns.SET_OBJECTS)
def show_set(context: Context, name: Name) -> None:
    """List the objects of an apply set, and the other sets that hold them too.

    Example: itmsctl apply-set show estate
    """
    context.out.list(columns.SET_OBJECTS, context.read(sets.shown, name))


@verb(sets_app, "remove")
def remove_set(context: Context, name: Name, given: Confirm = None, dry_run: DryRun = False) -> None:
    """Drop an apply set. Its objects stay; nothing prunes them any longer in its name.

    Example: itmsctl apply-set remove estt --yes
    """
    held = context.read(sets.count, name)
    if not dry_run:
        confirm(
            context,
            Danger.MODERATE,
            f"drop apply set `{name}` of {counted(held, 'object')}",
            name,
            count=held,
            given=given,
        )
    context.write(sets.remove, name, dry_run=dry_run)
    context.done(f"{name}: dropped; its {counted(held, 'object stays', 'objects stay')}", dry_run=dry_run)
