"""The groups `resource` and `resource-type`: types that an administrator adds, and resources of every type."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.naming import given_names, names_argument
from itmsctl.cli.nouns import noun_group
from itmsctl.cli.options import Limit, verb
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
    verbs=("add", "set", "show", "remove"),
    help_texts={
        "add": "Add a type of resources. Its resources, its view and its place in the hierarchy are there at once.",
        "set": "Change a type of resources, or several alike. A field goes only while no resource has a value in it.",
    },
    examples={"add": "itmsctl resource-type add rack-pdu --parent device --field outlets:int --field max_amperes:real"},
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
