"""What the fleet has: verbs of `inventory` that search and count, and the difference of two computers."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from itmsctl.cli.complete import any_of, names_of
from itmsctl.cli.context import Context
from itmsctl.cli.options import Limit, verb
from itmsctl.errors import UsageError
from itmsctl.inventory import columns
from itmsctl.inventory.commands.data_class import class_names
from itmsctl.values.counts import counted
from itmsctl.values.names import near_or_all

WHATS = ("os", "models", "software", "growth")


ClassName = Annotated[
    str | None, typer.Option("--class", metavar="NAME", help="In this class alone.", autocompletion=class_names)
]
_Computer = typer.Argument(help="Name of a computer.", autocompletion=names_of("computer"))


def register(app: typer.Typer) -> None:
    """Add the verbs to the group `inventory`."""

    @verb(app, "search", columns=columns.FOUND)
    def search(
        context: Context,
        text: Annotated[str, typer.Argument(metavar="TEXT", help="A part of a name, in capitals or not.")],
        class_name: ClassName = None,
        limit: Limit = None,
    ) -> None:
        """Find what has a name on which computer, and in which version: software, services, containers and others.

        Examples:

          itmsctl inventory search firefox

          itmsctl inventory search 'PowerEdge' --class hardware -o csv
        """
        from itmsctl.inventory.service import searching

        found = context.read(searching.search, text, class_name, limit)
        context.out.list(columns.FOUND, found)
        computers = len({row["computer"] for row in found})
        context.say(f"{counted(len(found), 'row')} on {counted(computers, 'computer')}")

    @verb(app, "summary", columns=columns.SUMMARY_OS)
    def summary(
        context: Context,
        what: Annotated[
            str, typer.Argument(metavar="WHAT", help=f"{', '.join(WHATS)}. Default: os.", autocompletion=any_of(WHATS))
        ] = "os",
        name: Annotated[
            str | None, typer.Option("--name", metavar="TEXT", help="Only what has this in its name.")
        ] = None,
        limit: Limit = None,
    ) -> None:
        """Count over the fleet: operating systems, models, software by version, and how many computers are known.

        Examples:

          itmsctl inventory summary os

          itmsctl inventory summary software --name firefox
        """
        from itmsctl.inventory.service import searching

        if what not in WHATS:
            raise UsageError(f"there is no summary `{what}`", hint=near_or_all(what, WHATS))
        if what == "growth":
            if name is not None:
                raise UsageError("--name does not go with growth", hint="inventory summary software --name TEXT")
            context.out.list(columns.SUMMARY_GROWTH, context.read(searching.growth)[: limit or None])
            return
        context.out.list(columns.SUMMARIES[what], context.read(searching.summary, what, name, limit or 40))


def register_computer(app: typer.Typer) -> None:
    """Add the verb that compares to the group `computer`."""

    @verb(app, "diff", columns=columns.DIFFERENCE)
    def diff(
        context: Context,
        first: Annotated[str, _Computer],
        second: Annotated[str, _Computer],
        class_name: ClassName = None,
    ) -> None:
        """Compare what inventory knows of two computers: what one has alone, and what differs.

        Without --class all classes are compared that were collected from both, but those that no two computers share.

        Examples:

          itmsctl computer diff web1 web2

          itmsctl computer diff web1 web2 --class software -o csv
        """
        from itmsctl.inventory.service import differing

        with context.store.read() as reader:
            one, other = (differing.computer_id(reader, name) for name in (first, second))
            found = differing.differences(reader, one, other, class_name)
        named = {"first": first, "second": second}
        titled = [replace(column, header=named.get(column.name, "")) for column in columns.DIFFERENCE]
        context.out.list(titled, found, empty="nothing differs")
