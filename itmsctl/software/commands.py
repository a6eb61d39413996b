"""The group `software`."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.nouns import noun_group
from itmsctl.cli.options import verb
from itmsctl.software import columns
from itmsctl.software.kinds import ACTIONS, INSTALL, SOFTWARE

software_app = noun_group(
    SOFTWARE,
    columns.SOFTWARE,
    examples={
        "add": "itmsctl software add hello --package hello --detect 'package hello >= 2.10' --depends libc",
        "set": "itmsctl software set hello --applies \"inventory os_family = 'linux'\"",
        "list": "itmsctl software list -o wide",
    },
)


def _actions(ctx: typer.Context, incomplete: str) -> list[str]:
    del ctx
    return [one for one in ACTIONS if one.startswith(incomplete)]


@verb(software_app, "plan", columns=columns.STEP)
def plan(
    context: Context,
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Names of software.", autocompletion=names_of("software"))
    ],
    computer: Annotated[
        list[str],
        typer.Option(
            "--computer", metavar="COMPUTER", help="Plan for this computer.", autocompletion=names_of("computer")
        ),
    ] = [],
    action: Annotated[
        str,
        typer.Option(
            "--action", metavar="ACTION", help=f"What is wanted: {', '.join(ACTIONS)}.", autocompletion=_actions
        ),
    ] = INSTALL,
) -> None:
    """Show what would be done, in which order and why: what is needed first, what is superseded gone before.

    Of a computer what is known of it counts: what is there needs nothing. Nothing is sent.

    Examples:

      itmsctl software plan crm

      itmsctl software plan crm --computer web1 --action uninstall
    """
    from itmsctl.software.service import planned

    with context.store.read() as reader:
        rows = planned.shown(reader, names, action, computer)
    context.out.list(columns.STEP, rows)
