"""The group `data-class`."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.naming import SEVERAL, given_names, is_several
from itmsctl.cli.options import group, verb
from itmsctl.errors import UsageError
from itmsctl.inventory import catalogue, columns
from itmsctl.inventory.definition import SYSTEMS
from itmsctl.values.names import did_you_mean

data_class_app = group("See which classes of inventory data there are, and what each holds.")


def class_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the data classes whose names begin so."""
    del ctx
    return [name for name in catalogue.names() if name.startswith(incomplete.replace("-", "_"))]


def _systems(ctx: typer.Context, incomplete: str) -> list[str]:
    del ctx
    return [system for system in SYSTEMS if system.startswith(incomplete)]


Names = Annotated[
    list[str],
    typer.Argument(metavar="NAME", help=f"Name of the class. {SEVERAL}", autocompletion=class_names),
]
System = Annotated[
    str | None,
    typer.Option(
        "--system",
        metavar="NAME",
        help=f"Those that computers of this operating system have data for: {', '.join(SYSTEMS)}.",
        autocompletion=_systems,
    ),
]


@verb(data_class_app, "list", columns=columns.DATA_CLASS)
def list_(context: Context, system: System = None) -> None:
    """List the classes of inventory data. None is gathered from computers yet.

    Example: itmsctl data-class list --system linux
    """
    from itmsctl.inventory.service import classes

    if system is not None and system not in SYSTEMS:
        raise UsageError(
            f"--system does not know `{system}`", hint=did_you_mean(system, SYSTEMS) or f"one of {', '.join(SYSTEMS)}"
        )
    context.out.list(columns.DATA_CLASS, classes.listed(system))


@verb(data_class_app, "show", columns=columns.DATA_CLASS)
def show(context: Context, names: Names) -> None:
    """Show a class, or several: its columns with types and units, its key, and what never makes history.

    Example: itmsctl data-class show software -o table
    """
    from itmsctl.inventory.service import classes

    found = [classes.shown(name) for name in given_names(context, names, "data-class")]
    if is_several(names):
        context.out.show_all(columns.DATA_CLASS, found)
    else:
        context.out.show(columns.DATA_CLASS, *found[0])
