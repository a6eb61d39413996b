"""The group `schedule`. Later rooms add verbs to it: `VERBS` in their kinds.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Annotated, Any

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.later import later
from itmsctl.cli.looking_back import looks_back, past_of, refuse_selectors
from itmsctl.cli.nouns import NounShelf, Shown, noun_group, shown_with
from itmsctl.cli.options import Limit, Sort, verb
from itmsctl.schedules import columns
from itmsctl.schedules.kinds import SCHEDULE
from itmsctl.values.times import seconds

SHOWN = 10_000  # of what comes without end
Between = Annotated[
    tuple[str, str] | None,
    typer.Option("--between", metavar="FROM TO", help="From a time to a time, both included; else the next 7 days."),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the schedule.", autocompletion=names_of("schedule"))]


@later
def _schedules() -> NounShelf:
    from itmsctl.schedules.service.schedules import SCHEDULES

    return SCHEDULES


def _shown(_: Context, reader: Any, doc: Any, present: bool) -> Shown:
    """Return what a schedule says, what uses it, and when it is due next."""
    from itmsctl.schedules.service import schedules as service

    (row,) = service.rows(reader, [doc], uses=present)
    if not present:
        return row, {}
    zone = service.zone_for(reader, doc, None)
    ahead = (reader.now, reader.now + timedelta(days=366))
    due = [_bare(one) for one in islice(service.explained(reader, doc, ahead, zone), 5)]
    return row | shown_with(reader, doc.guid), {"next": due}


schedule_app = noun_group(
    SCHEDULE,
    columns.SCHEDULE,
    _schedules,
    verbs=("add", "set", "show", "remove"),
    shown=_shown,
    examples={
        "add": "itmsctl schedule add patches --monthly 'first monday 18:00' --timezone Europe/Rome",
        "set": "itmsctl schedule set patches --monthly 'last friday 22:00'",
    },
)


@verb(schedule_app, "list")
@looks_back
def list_schedules(
    ctx: typer.Context,
    coming: Annotated[
        str | None, typer.Option("--next", metavar="TIME", help="What is due in this time, such as 24h, in order.")
    ] = None,
    sort: Sort = "name",
    limit: Limit = None,
) -> None:
    """List every schedule, or with --next what is due.

    Example: itmsctl schedule list --next 24h
    """
    from itmsctl.schedules.service import schedules as service

    context: Context = ctx.obj
    refuse_selectors(context, coming is not None, "--next")
    if coming is None:
        order = {"sort": sort.lstrip("-"), "descending": sort.startswith("-"), "limit": limit}
        past = past_of(context, SCHEDULE)
        with context.store.read() as reader:
            docs = list((past or service.SCHEDULES).list(reader, **order))  # type: ignore[arg-type]  # by their names
            rows = list(service.rows(reader, docs, uses=past is None))
        context.out.list(columns.SCHEDULE, rows)
        return
    ahead = timedelta(seconds=seconds(coming))
    with context.store.read() as reader:
        rows = list(
            islice(service.coming(reader, reader.now + ahead), SHOWN + 1 if limit is None else min(limit, SHOWN))
        )
    _write(context, columns.NEXT, rows, limit)


list_schedules.columns = columns.SCHEDULE  # type: ignore[attr-defined]  # a bare --fields lists them


@verb(schedule_app, "explain")
def explain(
    ctx: typer.Context,
    name: Name,
    between: Between = None,
    computer: Annotated[
        str | None,
        typer.Option(
            "--computer", metavar="NAME", help="In this computer's zone.", autocompletion=names_of("computer")
        ),
    ] = None,
    limit: Limit = None,
) -> None:
    """Say when a schedule is due between two times, and why then. Times without an offset are in its own zone.

    Examples:

      itmsctl schedule explain patches

      itmsctl schedule explain patches --between 2026-03-01 2026-04-01
    """
    from itmsctl.resources.service.computers import COMPUTERS
    from itmsctl.schedules.service import schedules as service
    from itmsctl.schedules.walltime import span_of

    context: Context = ctx.obj
    with context.store.read() as reader:
        doc = service.SCHEDULES.get(reader, name)
        known = COMPUTERS.get(reader, computer).id if computer is not None else None
        zone = service.zone_for(reader, doc, known)
        span = span_of(between, reader.now, zone)
        rows = list(
            islice(service.explained(reader, doc, span, zone), SHOWN + 1 if limit is None else min(limit, SHOWN))
        )
        after = "" if rows else service.when_else(reader, doc, span[1], zone)
    if service.counts_by_computer(doc) and computer is None:
        context.say(f"it counts in each computer's own zone; this is for {zone}: --computer NAME asks for one")
    if doc.fields["asap"] or doc.fields["event"]:
        context.say(f"{doc.name} is never due by the clock alone")
    if after:
        context.say(f"{doc.name}: {after}")
    _write(context, columns.DUE, rows, limit)


explain.columns = columns.DUE  # type: ignore[attr-defined]  # a bare --fields lists them


def _write(context: Context, shown: Any, rows: Sequence[Mapping[str, Any]], limit: int | None) -> None:
    most = SHOWN if limit is None else min(limit, SHOWN)
    context.out.list(shown, rows[:most])
    if len(rows) > most and limit is None:
        context.warn(f"only the first {most} are shown")


def _bare(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "name"}
