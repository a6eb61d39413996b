"""The group `association-type`: what relations there may be, between which kinds of resources."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import DryRun, group, verb
from itmsctl.resources import columns
from itmsctl.resources.commands.association import type_names
from itmsctl.resources.devices import LEVELS
from itmsctl.values.kind import house

association_type_app = group("Know what relations there may be between which resources.")


def _ends(ctx: typer.Context, incomplete: str) -> list[str]:
    del ctx
    kinds = (kind.name for kind in house().kinds() if kind.parent)
    return [name for name in (*(level.name for level in LEVELS), *kinds) if name.startswith(incomplete)]


New = Annotated[str, typer.Argument(metavar="NEW", help="Name of the type, read between subject and object.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the type.", autocompletion=type_names)]
SubjectKind = Annotated[
    str,
    typer.Option(
        "--subject", metavar="TYPE", help="What may stand before it: kinds of resources, or levels above them.",
        autocompletion=_ends,
    ),
]  # fmt: skip
ObjectKind = Annotated[
    str, typer.Option("--object", metavar="TYPE", help="What may stand behind it.", autocompletion=_ends)
]
One = Annotated[bool, typer.Option("--one", help="A subject has at most one at the other end.")]


@verb(association_type_app, "add")
def add(
    context: Context,
    name: New,
    subject: SubjectKind = "resource",
    object_: ObjectKind = "resource",
    one: One = False,
    dry_run: DryRun = False,
) -> None:
    """Add a type of relation. An equal one is left as it is.

    Example: itmsctl association-type add backed-up-by --subject computer,application --object computer
    """
    from itmsctl.resources.service.associations import define_type

    made = context.write(define_type, name, subject, object_, many=not one, dry_run=dry_run)
    context.done(f"{made.name}: {made.from_kind} to {made.to_kind}", dry_run=dry_run)


@verb(association_type_app, "remove")
def remove(context: Context, name: Name, dry_run: DryRun = False) -> None:
    """Remove a type that no relation has.

    Example: itmsctl association-type remove backed-up-by
    """
    from itmsctl.resources.service.associations import remove_type

    context.write(remove_type, name, dry_run=dry_run)
    context.done(f"{name}: removed", dry_run=dry_run)


@verb(association_type_app, "list", columns=columns.ASSOCIATION_TYPE)
def list_(context: Context) -> None:
    """List the types of relations, and what each may relate.

    Example: itmsctl association-type list
    """
    from itmsctl.resources.service.relations import known_types

    context.out.list(columns.ASSOCIATION_TYPE, context.read(known_types))
