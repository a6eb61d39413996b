"""The group `window`."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Annotated, Any

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.nouns import noun_group
from itmsctl.cli.options import Limit, verb
from itmsctl.schedules import columns
from itmsctl.schedules.commands.schedule import SHOWN, Between
from itmsctl.schedules.kinds import WINDOW

Computer = Annotated[
    str, typer.Option("--computer", metavar="NAME", help="Name of the computer.", autocompletion=names_of("computer"))
]


def _rows(_: Any, docs: Any, __: bool) -> Iterable[dict[str, Any]]:
    from itmsctl.schedules.service import windows as service

    return service.rows(docs)


window_app = noun_group(
    WINDOW,
    columns.WINDOW,
    verbs=("add", "set", "show", "remove", "list"),
    rows=_rows,
    help_texts={"list": "List every maintenance window and blockout period."},
    examples={
        "add": "itmsctl window add nights --type maintenance --daily 02:00 --duration 2h --target all",
        "list": "itmsctl window list -o table",
        "set": "itmsctl window set nights --duration 3h",
    },
)


@verb(window_app, "explain", columns=columns.STRETCH)
def explain(context: Context, computer: Computer, between: Between = None, limit: Limit = None) -> None:
    """Say when maintenance may run on a computer between two times, and why. Times are in the computer's zone.

    Example: itmsctl window explain --computer web1 --between 2026-03-28 2026-03-30
    """
    from itmsctl.resources.service.computers import COMPUTERS
    from itmsctl.schedules.service import windows as service
    from itmsctl.schedules.service.zones import zones_of
    from itmsctl.schedules.walltime import span_of

    with context.store.read() as reader:
        known = COMPUTERS.get(reader, computer)
        begin, end = span_of(between, reader.now, zones_of(reader, [known.id])[known.id])
        stood = service.stood(reader, known.id, begin, end)
        rows = [{"name": known.name, **row} for row in islice(stood, SHOWN if limit is None else min(limit, SHOWN))]
    context.out.list(columns.STRETCH, rows)
