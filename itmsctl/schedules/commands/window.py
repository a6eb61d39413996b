"""The group `window`."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.later import later
from itmsctl.cli.looking_back import looks_back, past_of
from itmsctl.cli.nouns import NounShelf, Shown, noun_group, shown_with
from itmsctl.cli.options import Limit, Sort, verb
from itmsctl.schedules import columns
from itmsctl.schedules.commands.schedule import SHOWN, Between
from itmsctl.schedules.kinds import WINDOW

Computer = Annotated[
    str, typer.Option("--computer", metavar="NAME", help="Name of the computer.", autocompletion=names_of("computer"))
]


@later
def _windows() -> NounShelf:
    from itmsctl.schedules.service.windows import WINDOWS

    return WINDOWS


def _shown(_: Context, reader: Any, doc: Any, present: bool) -> Shown:
    from itmsctl.schedules.service import windows as service

    (row,) = service.rows([doc])
    return row | (shown_with(reader, doc.guid) if present else {}), {}


window_app = noun_group(
    WINDOW,
    columns.WINDOW,
    _windows,
    verbs=("add", "set", "show", "remove"),
    shown=_shown,
    examples={
        "add": "itmsctl window add nights --type maintenance --daily 02:00 --duration 2h --target all",
        "set": "itmsctl window set nights --duration 3h",
    },
)


@verb(window_app, "list")
@looks_back
def list_windows(ctx: typer.Context, sort: Sort = "name", limit: Limit = None) -> None:
    """List every maintenance window and blockout period.

    Example: itmsctl window list -o table
    """
    from itmsctl.schedules.service import windows as service

    context: Context = ctx.obj
    order = {"sort": sort.lstrip("-"), "descending": sort.startswith("-"), "limit": limit}
    shelf = past_of(context, WINDOW) or service.WINDOWS
    with context.store.read() as reader:
        docs = list(shelf.list(reader, **order))  # type: ignore[arg-type]  # one dictionary of three types
    context.out.list(columns.WINDOW, service.rows(docs))


list_windows.columns = columns.WINDOW  # type: ignore[attr-defined]  # a bare --fields lists them


@verb(window_app, "explain")
def explain(ctx: typer.Context, computer: Computer, between: Between = None, limit: Limit = None) -> None:
    """Say when maintenance may run on a computer between two times, and why. Times are in the computer's zone.

    Example: itmsctl window explain --computer web1 --between 2026-03-28 2026-03-30
    """
    from itmsctl.resources.service.computers import COMPUTERS
    from itmsctl.schedules.service import windows as service
    from itmsctl.schedules.service.zones import zones_of
    from itmsctl.schedules.walltime import span_of

    context: Context = ctx.obj
    with context.store.read() as reader:
        known = COMPUTERS.get(reader, computer)
        begin, end = span_of(between, reader.now, zones_of(reader, [known.id])[known.id])
        stood = service.stood(reader, known.id, begin, end)
        rows = [{"name": known.name, **row} for row in islice(stood, SHOWN if limit is None else min(limit, SHOWN))]
    context.out.list(columns.STRETCH, rows)


explain.columns = columns.STRETCH  # type: ignore[attr-defined]  # a bare --fields lists them
