"""The group `subnet`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from itmsctl.cli import importing
from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.importing import AllFields, File, Out, TableOptions
from itmsctl.cli.looking_back import looks_back, past_of
from itmsctl.cli.naming import given_names, names_argument
from itmsctl.cli.nouns import noun_group
from itmsctl.cli.options import OrderOptions, Sort, verb
from itmsctl.cli.out import Force
from itmsctl.sites import columns
from itmsctl.sites.kinds import SUBNET
from itmsctl.values.lean import dataclass

OfSite = Annotated[
    str | None, typer.Option("--site", metavar="SITE", help="Only those of this site.", autocompletion=names_of("site"))
]


def _sections(reader: Any, doc: Any) -> Mapping[str, Any]:
    from itmsctl.sites.service.places import subnet_sections

    return subnet_sections(reader, doc)


subnet_app = noun_group(
    SUBNET,
    columns.SUBNET,
    verbs=("add", "set", "show", "remove"),
    name_help="Prefix, such as 10.1.0.0/16 or 2001:db8::/48.",
    sections=_sections,
    add_many=True,
    examples={
        "add": "itmsctl subnet add 10.1.0.0/16 10.3.0.0/16 --site rome",
        "remove": "itmsctl subnet remove 10.1.0.0/16 --yes",
    },
)


@dataclass(frozen=True, kw_only=True)
class ByAddress(OrderOptions):
    """An order that is that of addresses unless another is named."""

    sort: Sort = "address"


@verb(subnet_app, "list", columns=columns.SUBNET)
@looks_back
def list_subnets(
    context: Context,
    site: OfSite = None,
    *,
    order: ByAddress,
    names: Annotated[list[str] | None, names_argument("subnet", "Only these.")] = None,
) -> None:
    """List subnets in the order of their addresses, each before those in it, with the number of computers.

    Example: itmsctl subnet list --site rome
    """
    from itmsctl.sites.service.places import subnet_rows

    past = past_of(context, SUBNET)
    wanted = given_names(context, names, "subnet") if names else ()
    with context.store.read() as reader:
        rows = subnet_rows(reader, past=past, names=wanted, in_site=site, **order.asked)
        context.out.list(columns.SUBNET, rows)


@verb(subnet_app, "lookup", columns=columns.LOOKUP)
def lookup(
    context: Context, address: Annotated[str, typer.Argument(metavar="ADDRESS", help="IPv4 or IPv6 address.")]
) -> None:
    """Say which subnet and site an address is in, and why. Ends with 5 where it is in none.

    Example: itmsctl subnet lookup 10.1.2.3
    """
    from itmsctl.sites.service.places import lookup as looked_up

    found = context.read(looked_up, address)
    around = found.pop("around")
    context.out.show(columns.LOOKUP, found, {"around": around})


@verb(subnet_app, "import")
def import_file(context: Context, file: File, asked: TableOptions) -> int:
    """Import prefixes as NetBox exports them. A second import changes nothing.

    Columns, all but prefix optional: prefix, site (or scope_type and scope), status, description, vrf (only Global),
    and boot_relay.
    What else NetBox writes is left out and named; other columns refuse the file unless --map or --ignore-unknown says
    otherwise. An empty cell leaves its field alone unless --empty clear is given. Sites must exist.

    Example: itmsctl subnet import netbox_prefixes.csv --on-error skip
    """
    from itmsctl.sites.service.importing import SubnetTable, import_table

    return importing.imported(context, SubnetTable, import_table, file, asked)


@verb(subnet_app, "export")
def export(
    context: Context,
    out: Out = None,
    force: Force = False,
    scoped: Annotated[
        bool, typer.Option("--scoped", help="Name sites as scopes, as NetBox from 4.2 on reads them.")
    ] = False,
    every: AllFields = False,
) -> None:
    """Write all subnets in NetBox's columns, as `subnet import` reads them: CSV, or NDJSON with -o ndjson.

    Example: itmsctl subnet export --scoped --out prefixes.csv
    """
    from itmsctl.sites.service.exporting import export_subnets

    form = importing.form_of(context)
    importing.exported(
        context,
        out,
        lambda sink: context.read(export_subnets, sink, form, scoped=scoped, every=every),
        "subnets",
        force=force,
    )
