"""What this room adds to the group `package`: `arrival`."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.options import verb
from itmsctl.sizing import columns
from itmsctl.values.untrusted import log_text


def register(app: typer.Typer) -> None:
    """Add the verb."""
    verb(app, "arrival", columns=columns.ARRIVAL)(arrival)


def arrival(
    context: Context,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the package.", autocompletion=names_of("package"))
    ],
) -> None:
    """Show how a package came here through the hierarchy, stage by stage, beside the worst case that is simulated.

    Minutes; ESTIMATED is the worst case of `sizing simulate` for a package of this size, ARRIVED what passed since the
    stage before. Of a package of a parent all stages are said, of one of this server those up to its own servers.

    Example: itmsctl package arrival curl -o table
    """
    from itmsctl.sizing.service.arrivals import arrived
    from itmsctl.sizing.service.numbers import numbers_with

    delay, rows = context.read(arrived, name, numbers_with(None))
    context.out.list(columns.ARRIVAL, rows)
    context.say(log_text(f"estimated for {delay.subject}, {delay.reading} (table 5-4); the arrival is that of {name}"))
