"""Commands of the room `resources`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.declare import option
from itmsctl.cli.importing import Empty, File, IgnoreUnknown, Map, OnError, Out, RejectsFile
from itmsctl.cli.looking_back import looks_back, past_of, refuse_selectors
from itmsctl.cli.noun_fields import FieldOptions, GivenFields
from itmsctl.cli.nouns import change, noun_group, shown_with
from itmsctl.cli.options import ChangeOptions, DryRun, InSite, InSubnet, Labels, OrderOptions, Target, Where, verb
from itmsctl.cli.out import Force
from itmsctl.cli.prompts import confirm
from itmsctl.resources import columns
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.values.kind import Danger

if TYPE_CHECKING:
    from itmsctl.resources.service.selection import ComputerSelection

Shared = Annotated[
    bool, typer.Option("--shared", help="Take new names with a known UUID or serial number for other computers.")
]


computer_app = noun_group(
    COMPUTER,
    columns.COMPUTER,
    COMPUTERS,
    verbs=("add", "remove"),
    examples={
        "add": "itmsctl computer add pc1 --address 10.1.2.3 --os-family linux --tag env=prod",
        "remove": "itmsctl computer remove pc1 --yes",
    },
    add_options=(option("shared", Shared, False),),
)

Names = Annotated[
    list[str] | None, typer.Argument(metavar="NAME", help="Only these.", autocompletion=names_of("computer"))
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name or GUID.", autocompletion=names_of("computer"))]
FromExport = Annotated[
    bool,
    typer.Option(
        "--from-export/--no-from-export",
        help="Undo what our own CSV puts before cells that a spreadsheet would run: '=1 is =1.",
    ),
]
NewName = Annotated[str | None, typer.Option("--name", metavar="NEW", help="Name it so, where its own is taken.")]


def _selection(
    context: Context,
    names: list[str] | None,
    where: str | None,
    labels: str | None,
    site: str | None,
    subnet: str | None,
    target: str | None,
) -> ComputerSelection:
    """Return what the selectors of a verb ask for."""
    from itmsctl.resources.hooks import targeted
    from itmsctl.resources.service.selection import ComputerSelection

    inside = None if target is None else targeted(context.store, target, context.stdin, context.warn)
    return ComputerSelection(where, labels, site, subnet, tuple(names or ()), inside=inside)


@verb(computer_app, "list", columns=columns.COMPUTER)
@looks_back
def list_computers(
    context: Context,
    names: Names = None,
    where: Where = None,
    labels: Labels = None,
    site: InSite = None,
    subnet: InSubnet = None,
    target: Target = None,
    *,
    order: OrderOptions,
) -> None:
    """List computers; selectors together narrow the list.

    Examples:

      itmsctl computer list --where "os_family = 'linux' and tags.env = 'prod'" -o name

      itmsctl computer list --target 'linux & rome - servers'
    """
    from itmsctl.resources.service.listing import stream_rows

    refuse_selectors(context, any((where, labels, site, subnet, target)), "--where, -l, --site, --subnet, --target")
    past = past_of(context, COMPUTER)
    if past is not None:
        asked = order.asked if not names else replace(order, limit=None).asked
        with context.store.read() as reader:
            wanted = {past.get(reader, name).guid for name in names or ()}
            docs = [d for d in past.list(reader, **asked) if not names or d.guid in wanted]
        context.out.list(columns.COMPUTER, (doc.as_dict() for doc in docs[: order.limit]))
        return
    selection = _selection(context, names, where, labels, site, subnet, target)
    rows = stream_rows(context.store.read, selection, **order.asked)
    context.out.list(columns.COMPUTER, rows)


@verb(computer_app, "show", columns=columns.COMPUTER)
@looks_back
def show(context: Context, name: Name) -> None:
    """Show one computer: its fields, identity values, relations, and what was merged into it."""
    from itmsctl.resources.service.listing import shown

    past = past_of(context, COMPUTER)
    if past is not None:
        context.out.show(columns.COMPUTER, context.read(past.get, name).as_dict())
        return
    row, sections = context.read(shown, name)
    context.out.show(columns.COMPUTER, row | context.read(shown_with, row["id"]), sections)


@verb(computer_app, "set", columns=columns.COMPUTER)
def set_computer(
    context: Context,
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME", help="Name or GUID; several at once.", autocompletion=names_of("computer")),
    ],
    fields: Annotated[GivenFields, FieldOptions(COMPUTER, lists=True)],
    untag: Annotated[list[str], typer.Option("--untag", metavar="KEY", help="Take a tag off.")] = [],
    *,
    how: ChangeOptions,
) -> None:
    """Change a computer, or several alike: all or none.

    Fields that are not named are left alone; tags are set one by one.

    A list is replaced as a whole by --address and the like; --add-address and --remove-address change single members.

    Examples:

      itmsctl computer set pc1 --tag env=test --untag retired --add-address 10.1.2.3

      itmsctl computer list --target web -o name | xargs -d '\\n' itmsctl computer set --tag env=prod
    """
    more = {"untag": untag} if untag else {}
    change(context, COMPUTERS, names, fields, how, hint="give at least one field, such as --tag env=prod", **more)


@verb(computer_app, "import")
def import_file(
    context: Context,
    file: File,
    on_error: OnError = "collect",
    rejects: RejectsFile = None,
    from_export: FromExport = True,
    empty: Empty = "keep",
    map_: Map = [],
    ignore_unknown: IgnoreUnknown = False,
    shared: Shared = False,
    dry_run: DryRun = False,
) -> int:
    """Import computers, comparing each with what is known. Importing a file twice changes nothing.

    Columns, all but name optional: name, address (several by ';'), port, user, os_family, serial, uuid,
    machine_id, mac, fqdn, management_address, tags ('k=v;k=v'), time_zone, description; Hostname, IP Address,
    MAC Address, Serial Number and the like are understood. Unknown columns refuse the file unless --map or
    --ignore-unknown says otherwise. A column that is not there leaves its field alone, and so does an empty cell
    unless --empty clear is given.

    Example: itmsctl computer import assets.csv --map 'Asset Tag=serial' --ignore-unknown --dry-run
    """
    from itmsctl.cli import importing
    from itmsctl.resources.service.tables import ComputerTable, import_table

    options = importing.options_of(
        context,
        file,
        on_error,
        rejects,
        empty,
        map_,
        ignore_unknown=ignore_unknown,
        dry_run=dry_run,
        from_export=from_export,
        shared=shared,
    )
    return importing.imported(context, ComputerTable(options), import_table, file)


@verb(computer_app, "export")
def export(
    context: Context,
    names: Names = None,
    where: Where = None,
    labels: Labels = None,
    site: InSite = None,
    subnet: InSubnet = None,
    target: Target = None,
    out: Out = None,
    force: Force = False,
) -> None:
    """Write computers as `computer import` reads them: CSV, or NDJSON with -o ndjson.

    Example: itmsctl computer export --where "site = 'rome'" --out rome.csv
    """
    from itmsctl.cli import importing
    from itmsctl.resources.service.exporting import export_computers

    form = importing.form_of(context)
    selection = _selection(context, names, where, labels, site, subnet, target)
    importing.exported(
        context, out, lambda sink: export_computers(context.store.read, selection, sink, form), "computers", force=force
    )


@verb(computer_app, "merge")
def merge(
    context: Context,
    winner: Annotated[
        str, typer.Argument(metavar="WINNER", help="Name of the one that stays.", autocompletion=names_of("computer"))
    ],
    loser: Annotated[
        str, typer.Argument(metavar="LOSER", help="Name of the one that goes.", autocompletion=names_of("computer"))
    ],
    dry_run: DryRun = False,
) -> None:
    """Make one computer of two: WINNER stays, and gains what it lacks. `computer split` undoes it.

    Example: itmsctl computer merge pc1 pc1@oslo --yes
    """
    from itmsctl.resources.service import merge as merging

    if not dry_run:
        kept, lost = context.read(merging.pair, winner, loser)
        confirm(context, Danger.MODERATE, f"merge computer `{lost.name}` into `{kept.name}`", lost.name)
    _say_merged(context, context.write(merging.merge, winner, loser, dry_run=dry_run), "into", dry_run)


@verb(computer_app, "split")
def split(
    context: Context,
    loser: Annotated[str, typer.Argument(metavar="LOSER", help="Name or GUID of the computer that was merged away.")],
    name: NewName = None,
    dry_run: DryRun = False,
) -> None:
    """Undo a merge: the computer comes back with its GUID and history.

    Example: itmsctl computer split pc1@oslo
    """
    from itmsctl.resources.service import merge as merging

    _say_merged(context, context.write(merging.split, loser, name=name, dry_run=dry_run), "from", dry_run)


def _say_merged(context: Context, done: Any, word: str, dry_run: bool) -> None:
    context.done(f"{done.other.name}: {done.action} {word} {done.winner.name}", dry_run=dry_run)
    for text in done.notes:
        context.say(text)
    if context.settings.output or context.settings.json:
        context.out.show(columns.MERGED, done.as_dict())
