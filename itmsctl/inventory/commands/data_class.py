"""The group `data-class`."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli.complete import any_of, names_of
from itmsctl.cli.context import Context
from itmsctl.cli.naming import SEVERAL, given_names, is_several
from itmsctl.cli.nouns import noun_group, report
from itmsctl.cli.options import DryRun, verb
from itmsctl.errors import UsageError
from itmsctl.inventory import catalogue, columns
from itmsctl.inventory.definition import NETWORK, SYSTEMS
from itmsctl.inventory.kinds import DATA_CLASS
from itmsctl.values.names import near_or_all

data_class_app = noun_group(DATA_CLASS, verbs=("remove",), cloned=False)
_own = names_of("data-class")


def class_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the data classes whose names begin so."""
    start = incomplete.replace("-", "_")
    return [*_own(ctx, start), *(name for name in catalogue.names() if name.startswith(start))]


Names = Annotated[
    list[str],
    typer.Argument(metavar="NAME", help=f"Name of the class. {SEVERAL}", autocompletion=class_names),
]
System = Annotated[
    str | None,
    typer.Option(
        "--system",
        metavar="NAME",
        help=f"Those that computers of this operating system have data for: {', '.join(SYSTEMS)}; or {NETWORK}.",
        autocompletion=any_of((*SYSTEMS, NETWORK)),
    ),
]


File = Annotated[str, typer.Option("--file", "-f", metavar="FILE", help="The definition in YAML; - is the input.")]


@verb(data_class_app, "add", columns=columns.DATA_CLASS)
def add(context: Context, file: File, dry_run: DryRun = False) -> None:
    """Add a class of inventory data, or let one that was added grow.

    Its table, its history, its view and its fields for filters are there at once. A column may be added later; the type
    of a column, its unit and the key stay as they are.

    Example: itmsctl data-class add -f tape_drives.yaml
    """
    from itmsctl.inventory.service.own_classes import OWN_CLASSES, definition_in

    text = definition_in(file, context.stdin)
    report(context, context.write(OWN_CLASSES.declared, text, file, dry_run=dry_run), dry_run)


@verb(data_class_app, "list", columns=columns.DATA_CLASS)
def list_(context: Context, system: System = None) -> None:
    """List the classes of inventory data: those of the program, and those that were added.

    Example: itmsctl data-class list --system linux
    """
    from itmsctl.inventory.service import classes

    if system is not None and system not in (*SYSTEMS, NETWORK):
        raise UsageError(f"--system does not know `{system}`", hint=near_or_all(system, (*SYSTEMS, NETWORK)))
    context.out.list(columns.DATA_CLASS, context.read(classes.listed, system))


@verb(data_class_app, "show", columns=columns.DATA_CLASS)
def show(context: Context, names: Names) -> None:
    """Show a class, or several: its columns with types and units, its key, and what never makes history.

    Example: itmsctl data-class show software -o table
    """
    from itmsctl.inventory.service import classes

    wanted = given_names(context, names, "data-class")
    with context.store.read() as reader:
        found = [classes.shown(reader, name) for name in wanted]
    if is_several(names):
        context.out.show_all(columns.DATA_CLASS, found)
    else:
        context.out.show(columns.DATA_CLASS, *found[0])
