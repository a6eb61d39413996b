"""The group `association`: relations between resources, such as the primary user of a computer."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.naming import given_names, names_argument
from itmsctl.cli.options import DryRun, group, verb
from itmsctl.resources import columns

association_app = group("Relate resources: who uses a computer, who owns it.")


def _types(ctx: typer.Context, incomplete: str) -> list[str]:
    from itmsctl.resources.service.associations import PREDEFINED

    del ctx
    return [name for name in PREDEFINED if name.startswith(incomplete)]


Subject = Annotated[
    str,
    typer.Argument(metavar="SUBJECT", help="Name of the one, such as a computer.", autocompletion=names_of("computer")),
]
TypeName = Annotated[
    str, typer.Argument(metavar="TYPE", help="What relates them: primary-user, owner.", autocompletion=_types)
]
Object = Annotated[
    str, typer.Argument(metavar="OBJECT", help="Name of the other, such as a user.", autocompletion=names_of("user"))
]
Of = Annotated[list[str] | None, names_argument("computer", "Only relations of these, computers or users.")]


@verb(association_app, "add")
def add(context: Context, subject: Subject, type_name: TypeName, object_: Object, dry_run: DryRun = False) -> None:
    """Relate two resources. A user who is not known yet is added.

    Example: itmsctl association add pc1 primary-user jane
    """
    from itmsctl.resources.service.relations import relate

    done = context.write(relate, subject, type_name, object_, dry_run=dry_run)
    if done.added:
        context.say(f"{done.object}: created")
    context.done(f"{done.label}: {'created' if done.is_new else 'unchanged'}", dry_run=dry_run)


@verb(association_app, "remove")
def remove(context: Context, subject: Subject, type_name: TypeName, object_: Object, dry_run: DryRun = False) -> None:
    """Take a relation away.

    Example: itmsctl association remove pc1 primary-user jane
    """
    from itmsctl.resources.service.relations import part

    context.done(f"{context.write(part, subject, type_name, object_, dry_run=dry_run)}: removed", dry_run=dry_run)


@verb(association_app, "list", columns=columns.ASSOCIATION)
def list_(context: Context, names: Of = None) -> None:
    """List relations, with who said each and since when; of these resources, at either end.

    Example: itmsctl association list jane
    """
    from itmsctl.resources.service.relations import listed

    wanted = given_names(context, names, "computer") if names else []
    context.out.list(columns.ASSOCIATION, context.read(listed, wanted))


@verb(association_app, "kinds", columns=columns.ASSOCIATION_TYPE)
def kinds(context: Context) -> None:
    """List the types of relations, and what each may relate.

    Example: itmsctl association kinds
    """
    from itmsctl.resources.service.relations import known_types

    context.out.list(columns.ASSOCIATION_TYPE, context.read(known_types))
