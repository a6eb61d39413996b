"""The group `server`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itmsctl.cli import importing
from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.declare import option
from itmsctl.cli.importing import File, TableOptions
from itmsctl.cli.looking_back import looks_back, past_of, refuse_selectors
from itmsctl.cli.naming import given_names, names_argument
from itmsctl.cli.nouns import docs_of, noun_group
from itmsctl.cli.options import OrderOptions, verb
from itmsctl.errors import FieldError
from itmsctl.sites import columns
from itmsctl.sites.kinds import SERVER, SERVICES
from itmsctl.values.names import near_or_all
from itmsctl.values.untrusted import log_text

if TYPE_CHECKING:
    from itmsctl.sites.service.choice import ServerChoice

_SERVICE = typer.Option("--service", metavar="SERVICE", help=f"One of {', '.join(SERVICES)}.")
Service = Annotated[str, _SERVICE]
Unfit = Annotated[
    bool, typer.Option("--unfit", help="Record it although its operating system can host none of these services.")
]
AnyService = Annotated[str | None, _SERVICE]
Asked = Annotated[
    str, typer.Argument(metavar="COMPUTER|ADDRESS", help="Who asks.", autocompletion=names_of("computer"))
]
OfSite = Annotated[
    str | None,
    typer.Option("--site", metavar="SITE", help="Only those that serve this site.", autocompletion=names_of("site")),
]


def _sections(reader: Any, doc: Any) -> Mapping[str, Any]:
    from itmsctl.sites.service.places import server_sections

    return server_sections(reader, doc)


server_app = noun_group(
    SERVER,
    columns.SERVER,
    verbs=("add", "set", "show", "remove"),
    name_help="Name of the computer.",
    sections=_sections,
    examples={
        "add": "itmsctl server add pc7 --service package --service task --site rome",
        "set": "itmsctl server set pc7 --constrained",
        "remove": "itmsctl server remove pc7 --confirm pc7",
    },
    add_options=(option("unfit", Unfit, False),),
)


@verb(server_app, "list", columns=columns.SERVER)
@looks_back
def list_servers(
    context: Context,
    service: AnyService = None,
    site: OfSite = None,
    *,
    order: OrderOptions,
    names: Annotated[list[str] | None, names_argument("server", "Only these.")] = None,
) -> None:
    """List site servers with the sites that each serves, by hand or by the subnets of its addresses.

    Example: itmsctl server list --service package --site rome
    """
    from itmsctl.sites.service.places import server_rows

    if service is not None and service not in SERVICES:
        raise FieldError(f"`{service}` is not a service", hint=near_or_all(service, SERVICES))
    refuse_selectors(context, service is not None or site is not None, "--service and --site")
    past = past_of(context, SERVER)
    wanted = given_names(context, names, "server") if names else []
    with context.store.read() as reader:
        if past is None:
            rows = list(server_rows(reader, names=wanted, service=service, in_site=site, **order.asked))
        else:
            rows = [doc.as_dict() for doc in docs_of(reader, past, wanted, order)]
    context.out.list(columns.SERVER, rows)


@verb(server_app, "import")
def import_file(context: Context, file: File, asked: TableOptions) -> int:
    """Import site servers, comparing each with what is known. A second import changes nothing.

    Columns, all but name optional: name (of the computer), services and sites (several by ';'), constrained,
    desktop_os, max_sessions, cores, ram_gb, disk_gb, virtual, description. Computers and sites must exist.

    Example: itmsctl server import servers.csv --map 'Role=services' --ignore-unknown --dry-run
    """
    from itmsctl.resources.service.importing import import_table
    from itmsctl.sites.service.server_table import ServerTable

    return importing.imported(context, ServerTable, import_table, file, asked)


@verb(server_app, "for", columns=columns.CHOICE)
def server_for(context: Context, asked: Asked, service: Service) -> None:
    """List the site servers that a computer or an address may use, the nearest first, and the rule behind each.

    An empty list means: use the management server. Why, and who is left out, is said on stderr.

    Example: itmsctl server for pc1 --service package
    """
    from itmsctl.sites.service.choice import servers_for

    choice = context.read(servers_for, asked, service)
    context.out.list(columns.CHOICE, choice.rows())
    _explain(context, choice)


def _explain(context: Context, choice: ServerChoice) -> None:

    selection = choice.selection
    sites = ", ".join(f"`{site}`" for site in selection.sites) or "no site"
    context.say(log_text(f"`{choice.asked}` is in {sites}; subnets: {', '.join(selection.subnets) or 'none'}"))
    for one in selection.excluded:
        context.say(log_text(f"left out: `{one.name}`: {one.why} ({one.rule})"))
    for warning in selection.warnings:
        context.warn(log_text(warning))
    if selection.fallback:
        context.say(log_text(selection.fallback))
