"""The groups `resource` and `resource-type`: types that an administrator adds, and resources of every type."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.naming import given_names, names_argument
from itmsctl.cli.noun_fields import FieldOptions, GivenFields
from itmsctl.cli.nouns import noun_group, report_all
from itmsctl.cli.options import DryRun, Limit, verb
from itmsctl.errors import UsageError
from itmsctl.resources import columns
from itmsctl.resources.commands.user import related
from itmsctl.resources.devices import LEVELS
from itmsctl.resources.own import OWN_RESOURCE, RESOURCE_TYPE
from itmsctl.values.kind import house

resource_app = noun_group(
    OWN_RESOURCE,
    columns.OWN_RESOURCE,
    verbs=("add", "set", "show", "remove"),
    sections=related,
    examples={"add": "itmsctl resource add pdu-1 --type rack-pdu --address 10.1.0.20 --field outlets=24"},
)
resource_type_app = noun_group(
    RESOURCE_TYPE,
    verbs=("set", "show", "remove"),
    help_texts={
        "set": "Change a type of resources, or several alike. A field goes only while no resource has a value in it.",
    },
)


def _types(ctx: typer.Context, incomplete: str) -> list[str]:
    known = [*(level.name for level in LEVELS), *(kind.name for kind in house().kinds() if kind.parent)]
    return [*names_of("resource-type")(ctx, incomplete), *(name for name in known if name.startswith(incomplete))]


Resources = Annotated[list[str] | None, names_argument("resource", "Only these.")]
Types = Annotated[list[str] | None, names_argument("resource-type", "Only these.")]
OfType = Annotated[
    str | None,
    typer.Option("--type", metavar="TYPE", help="Only of this type and those below it.", autocompletion=_types),
]
TypeName = Annotated[str | None, typer.Argument(metavar="NAME", help="Name of the resource-type; a file has it.")]
File = Annotated[
    str | None,
    typer.Option(
        "--file",
        "-f",
        metavar="FILE",
        help="Types declared in YAML, all or none; - is the input.",
    ),
]


@verb(resource_type_app, "add", columns=columns.RESOURCE_TYPE)
def add_types(
    context: Context,
    fields: Annotated[GivenFields, FieldOptions(RESOURCE_TYPE)],
    name: TypeName = None,
    file: File = None,
    dry_run: DryRun = False,
) -> None:
    """Add a type of resources, or those of a file. Their resources, their views and the hierarchy are there at once.

    Of a file all are added or none, in the order that they need; one that is there already becomes as the file says.

    Example: itmsctl resource-type add rack-pdu --parent device --field outlets:int --field max_amperes:real
    """
    if file is None:
        if name is None:
            raise UsageError("which type is meant is not said", hint="itmsctl resource-type add NAME, or -f FILE")
        outcomes = [context.write(RESOURCE_TYPE.load_shelf().add, name, fields.values, dry_run=dry_run)]
    else:
        from itmsctl.resources.service.type_files import declare_types, types_in

        if name is not None or any(value is not None for value in fields.values.values()):
            raise UsageError("a file says names and fields itself", hint="leave NAME and the other options out")
        outcomes = context.write(declare_types, types_in(file, context.stdin), dry_run=dry_run)
    report_all(context, outcomes, dry_run)


@verb(resource_app, "list", columns=columns.RESOURCE)
def list_(context: Context, names: Resources = None, type_: OfType = None, limit: Limit = None) -> None:
    """List resources of every type, computers and users among them; or those of some names.

    Example: itmsctl resource list --type device
    """
    from itmsctl.resources.service.resource_listing import listed

    wanted = given_names(context, names, "resource") if names else []
    context.out.list(columns.RESOURCE, context.read(listed, wanted, type_, limit))


@verb(resource_type_app, "list", columns=columns.RESOURCE_TYPE)
def list_types(context: Context, names: Types = None) -> None:
    """List the types of resources as the tree that they are, with how many resources there are of each and below it.

    Example: itmsctl resource-type list
    """
    from itmsctl.resources.service.resource_listing import hierarchy

    wanted = given_names(context, names, "resource-type") if names else []
    context.out.list(columns.RESOURCE_TYPE, context.read(hierarchy, wanted))
