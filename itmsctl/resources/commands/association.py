"""The group `association`: relations between resources, such as the primary user of a computer."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli import importing
from itmsctl.cli.complete import ask, names_of
from itmsctl.cli.context import Context
from itmsctl.cli.importing import File, TableOptions
from itmsctl.cli.naming import given_names, names_argument
from itmsctl.cli.options import DryRun, group, verb
from itmsctl.resources import columns
from itmsctl.resources.association_types import PREDEFINED
from itmsctl.resources.devices import BEYOND_COMPUTERS

association_app = group("Relate resources: who uses a computer, what it is connected to.")


def type_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the types of relations whose names begin so."""
    own = ask(ctx, "SELECT name FROM association_type ORDER BY name LIMIT {limit}")
    return sorted(name for name in {*own, *PREDEFINED} if name.startswith(incomplete))


def _resources(ctx: typer.Context, incomplete: str) -> list[str]:
    return [
        name for kind in ("computer", *(k.name for k in BEYOND_COMPUTERS)) for name in names_of(kind)(ctx, incomplete)
    ]


def _everybody(ctx: typer.Context, incomplete: str) -> list[str]:
    return [*names_of("user")(ctx, incomplete), *_resources(ctx, incomplete)]


Subject = Annotated[
    str,
    typer.Argument(
        metavar="SUBJECT", help="Name of the one, such as a computer, or KIND:NAME.", autocompletion=_resources
    ),
]
TypeName = Annotated[
    str,
    typer.Argument(metavar="TYPE", help="What relates them: primary-user, connected-to.", autocompletion=type_names),
]
Object = Annotated[
    str,
    typer.Argument(
        metavar="OBJECT", help="Name of the other, such as a user, or KIND:NAME.", autocompletion=_everybody
    ),
]
Of = Annotated[list[str] | None, names_argument("computer", "Only relations of these resources, at either end.")]


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


@verb(association_app, "import", columns=importing.SUMMARY)
def import_file(context: Context, file: File, asked: TableOptions) -> int:
    """Relate what each row of a table names in its columns subject, type and object.

    `association list -o csv` writes such a table. A relation that is there already is left as it is. A name that
    several kinds of resources have is written KIND:NAME.

    Example: itmsctl association import cabling.csv
    """
    from itmsctl.resources.service.relation_table import RelationTable, import_table

    return importing.imported(context, RelationTable, import_table, file, asked)


@verb(association_app, "kinds", columns=columns.ASSOCIATION_TYPE)
def kinds(context: Context) -> None:
    """List the types of relations, and what each may relate.

    Example: itmsctl association kinds
    """
    from itmsctl.resources.service.relations import known_types

    context.out.list(columns.ASSOCIATION_TYPE, context.read(known_types))
