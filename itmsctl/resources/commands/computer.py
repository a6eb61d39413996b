"""The group `computer`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from itmsctl.cli import importing
from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.declare import option
from itmsctl.cli.importing import File, Out, TableOptions
from itmsctl.cli.looking_back import looks_back, past_of, refuse_selectors
from itmsctl.cli.naming import confirm_removal
from itmsctl.cli.noun_fields import FieldOptions, GivenFields
from itmsctl.cli.nouns import Shown, docs_of, noun_group, report_all, show_named, shown_with
from itmsctl.cli.options import ChangeOptions, Confirm, DryRun, OrderOptions, verb
from itmsctl.cli.out import Force
from itmsctl.cli.prompts import asks, confirm
from itmsctl.cli.selecting import ActingSelectors, ReadingSelectors
from itmsctl.errors import UsageError
from itmsctl.resources import columns
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.values.kind import Danger, house

if TYPE_CHECKING:
    from itmsctl.resources.service.selection import ComputerSelection
    from itmsctl.resources.service.several import PickedComputers


def _data_classes(ctx: typer.Context, incomplete: str) -> list[str]:
    del ctx
    return [
        name for offers in house().calls("data_classes") for name in offers().names() if name.startswith(incomplete)
    ]


Shared = Annotated[
    bool, typer.Option("--shared", help="Take new names with a known UUID or serial number for other computers.")
]


computer_app = noun_group(
    COMPUTER,
    columns.COMPUTER,
    COMPUTERS,
    verbs=("add",),
    examples={
        "add": "itmsctl computer add pc1 --address 10.1.2.3 --os-family linux --tag env=prod",
    },
    add_options=(option("shared", Shared, False),),
)

PAST_NAMES = "--where, -l, --site, --subnet, --target"
Untag = Annotated[list[str], typer.Option("--untag", metavar="KEY", help="Take a tag off.")]
DataClassName = Annotated[
    str | None,
    typer.Option(
        "--class",
        metavar="NAME",
        help="The rows of this class of inventory data: software, disks ... (`data-class list`).",
        autocompletion=_data_classes,
    ),
]
History = Annotated[
    bool, typer.Option("--history", help="With --class: rows that changed or went, with since and until.")
]
FromExport = Annotated[
    bool,
    typer.Option(
        "--from-export/--no-from-export",
        help="Undo what our own CSV puts before cells that a spreadsheet would run: '=1 is =1.",
    ),
]
NewName = Annotated[str | None, typer.Option("--name", metavar="NEW", help="Name it so, where its own is taken.")]


def _selection(context: Context, chosen: ReadingSelectors) -> ComputerSelection:
    from itmsctl.resources.service.selection import selected

    return selected(context.store, chosen, chosen.listed(context), context.stdin, context.warn)


def _picked(context: Context, chosen: ActingSelectors) -> PickedComputers:
    from itmsctl.resources.service.several import picked

    return picked(context.store, chosen, chosen.listed(context), context.stdin, context.warn)


@verb(computer_app, "list", columns=columns.COMPUTER)
@looks_back
def list_computers(context: Context, chosen: ReadingSelectors, order: OrderOptions) -> None:
    """List computers; selectors together narrow the list.

    Examples:

      itmsctl computer list --where "os_family = 'linux' and tags.env = 'prod'" -o name

      itmsctl computer list --target 'linux & rome - servers'
    """
    from itmsctl.resources.service.listing import stream_rows

    refuse_selectors(context, chosen.beyond_names, PAST_NAMES)
    past = past_of(context, COMPUTER)
    if past is not None:
        docs = context.read(docs_of, past, chosen.listed(context), order)
        context.out.list(columns.COMPUTER, (doc.as_dict() for doc in docs))
        return
    rows = stream_rows(context.store.read, _selection(context, chosen), **order.asked)
    context.out.list(columns.COMPUTER, rows, empty=columns.nothing_found(chosen.where))


@verb(computer_app, "show", columns=columns.COMPUTER)
@looks_back
def show(context: Context, chosen: ActingSelectors, data_class: DataClassName = None, history: History = False) -> None:
    """Show computers: fields, identity values, relations, what was merged into each, and what inventory knows.

    Examples:

      itmsctl computer show pc1

      itmsctl computer show pc1 --class software -o json

      itmsctl computer show pc1 --class software --history

      itmsctl computer show --target web --max 20
    """
    from itmsctl.resources.service.listing import shown

    if data_class is not None:
        _show_class(context, chosen, data_class, history=history)
        return
    if history:
        raise UsageError("the history of which class?", hint="--class software --history")
    refuse_selectors(context, chosen.beyond_names, PAST_NAMES)
    if context.settings.as_of is not None:
        if not chosen.names:
            raise UsageError("which computers?", hint="--as-of goes with names")
        show_named(context, COMPUTER, COMPUTERS, columns.COMPUTER, chosen.names, _as_it_was)
        return
    picked = _picked(context, chosen)
    with context.store.read() as reader:
        objects = [shown(reader, doc) for doc in COMPUTERS.docs(reader, picked.ids(reader))]
        objects = [(row | shown_with(reader, row["id"]), sections) for row, sections in objects]
    if chosen.several:
        context.out.show_all(columns.COMPUTER, objects)
    else:
        context.out.show(columns.COMPUTER, *objects[0])


def _show_class(context: Context, chosen: ActingSelectors, name: str, *, history: bool) -> None:
    if history and context.settings.as_of is not None:
        raise UsageError("--history and --as-of do not go together", hint="--history shows every moment")
    picked = _picked(context, chosen)
    with context.store.read() as reader:
        docs = COMPUTERS.docs(reader, picked.ids(reader))
    for show_class in house().calls("show_class"):
        show_class(context, [(doc.id, doc.name) for doc in docs], name, history=history)


def _as_it_was(_context: Context, _reader: Any, doc: Any, _present: bool) -> Shown:
    return doc.as_dict(), {}


@verb(computer_app, "set", columns=columns.COMPUTER)
def set_computer(
    context: Context,
    chosen: ActingSelectors,
    fields: Annotated[GivenFields, FieldOptions(COMPUTER, lists=True)],
    untag: Untag = [],
    *,
    how: ChangeOptions,
) -> None:
    """Change computers: all that are meant, or none.

    Fields that are not named are left alone; tags are set one by one.

    A list is replaced as a whole by --address and the like; --add-address and --remove-address change single members.

    Examples:

      itmsctl computer set pc1 --tag env=test --untag retired --add-address 10.1.2.3

      itmsctl computer set --where "os_family = 'linux'" --site rome --tag env=prod --dry-run

      itmsctl computer list --target web -o name | itmsctl computer set - --tag env=prod --expect 12
    """
    from itmsctl.resources.service.several import ComputerChange, set_picked

    changes, adjust = fields.changing(how.unset)
    if not changes and not adjust and not untag and how.rename is None:
        raise UsageError("nothing to change", hint="give at least one field, such as --tag env=prod")
    change = ComputerChange(changes, adjust, untag, how.rename, how.revision)
    whole = bool(context.settings.output or context.settings.json)
    outcomes = context.write(set_picked, _picked(context, chosen), change, whole=whole, dry_run=how.dry_run)
    report_all(context, outcomes, how.dry_run, several=chosen.several)


@verb(computer_app, "remove")
def remove(context: Context, chosen: ActingSelectors, given: Confirm = None, dry_run: DryRun = False) -> None:
    """Remove computers: all that are meant, or none.

    Several that are more than the guard, half of a site or protected want their number: --confirm computer:COUNT.

    Examples:

      itmsctl computer remove pc1 --yes

      itmsctl computer remove -l retired --where "last_seen < now() - interval '90 days'" --dry-run
    """
    from itmsctl.resources.service import several

    removal = context.read(several.to_remove, _picked(context, chosen), context.guard_max)
    if removal.docs and not dry_run:
        if asks(context, COMPUTER.danger, given):
            context.write(several.remove_all, removal, dry_run=True)  # what is used is said unasked
        confirm_removal(context, COMPUTER, removal.docs, given, removal.reasons)
    outcomes = context.write(several.remove_all, removal, dry_run=dry_run)
    report_all(context, outcomes, dry_run, several=chosen.several)


@verb(computer_app, "import")
def import_file(
    context: Context, file: File, asked: TableOptions, from_export: FromExport = True, shared: Shared = False
) -> int:
    """Import computers, comparing each with what is known. Importing a file twice changes nothing.

    Columns, all but name optional: name, address (several by ';'), port, user, os_family, serial, uuid,
    machine_id, mac, fqdn, management_address, tags ('k=v;k=v'), time_zone, description; Hostname, IP Address,
    MAC Address, Serial Number and the like are understood. Unknown columns refuse the file unless --map or
    --ignore-unknown says otherwise. A column that is not there leaves its field alone, and so does an empty cell
    unless --empty clear is given.

    Example: itmsctl computer import assets.csv --map 'Asset Tag=serial' --ignore-unknown --dry-run
    """
    from itmsctl.resources.service.tables import ComputerTable, import_table

    more = {"from_export": from_export, "shared": shared}
    return importing.imported(context, ComputerTable, import_table, file, asked, **more)


@verb(computer_app, "export")
def export(context: Context, chosen: ReadingSelectors, out: Out = None, force: Force = False) -> None:
    """Write computers as `computer import` reads them: CSV, or NDJSON with -o ndjson.

    Example: itmsctl computer export --where "site = 'rome'" --out rome.csv
    """
    from itmsctl.resources.service.exporting import export_computers

    form = importing.form_of(context)
    selection = _selection(context, chosen)
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
