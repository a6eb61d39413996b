"""The group `schedule`. Later rooms add verbs to it: `VERBS` in their kinds.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import Annotated, Any

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.looking_back import looks_back, past_of, refuse_selectors
from itmsctl.cli.naming import given_names, names_argument
from itmsctl.cli.nouns import docs_of, noun_group
from itmsctl.cli.options import Limit, OrderOptions, verb
from itmsctl.schedules import columns
from itmsctl.schedules.kinds import SCHEDULE
from itmsctl.values.times import seconds

SHOWN = 10_000  # of what comes without end
Between = Annotated[
    tuple[str, str] | None,
    typer.Option("--between", metavar="FROM TO", help="From a time to a time, both included; else the next 7 days."),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the schedule.", autocompletion=names_of("schedule"))]


def _rows(reader: Any, docs: Any, present: bool) -> Iterable[dict[str, Any]]:
    from itmsctl.schedules.service import schedules as service

    return service.rows(reader, docs, uses=present)


def _sections(reader: Any, doc: Any) -> dict[str, Any]:
    from itmsctl.schedules.service import schedules as service

    ahead = (reader.now, reader.now + timedelta(days=366))
    coming = islice(service.explained(reader, doc, ahead, service.zone_for(reader, doc, None)), 5)
    return {"next": [{key: value for key, value in one.items() if key != "name"} for one in coming]}


schedule_app = noun_group(
    SCHEDULE,
    columns.SCHEDULE,
    verbs=("add", "set", "show", "remove"),
    rows=_rows,
    sections=_sections,
    examples={
        "add": "itmsctl schedule add patches --monthly 'first monday 18:00' --timezone Europe/Rome",
        "set": "itmsctl schedule set patches --monthly 'last friday 22:00'",
    },
)


@verb(schedule_app, "list", columns=columns.SCHEDULE)
@looks_back
def list_schedules(
    context: Context,
    coming: Annotated[
        str | None, typer.Option("--next", metavar="TIME", help="What is due in this time, such as 24h, in order.")
    ] = None,
    *,
    order: OrderOptions,
    names: Annotated[list[str] | None, names_argument("schedule", "Only these.")] = None,
) -> None:
    """List every schedule, or with --next what is due.

    Example: itmsctl schedule list --next 24h
    """
    from itmsctl.schedules.service import schedules as service

    refuse_selectors(context, coming is not None, "--next")
    wanted = given_names(context, names, "schedule") if names else []
    if coming is None:
        past = past_of(context, SCHEDULE)
        with context.store.read() as reader:
            docs = docs_of(reader, past or service.SCHEDULES, wanted, order)
            rows = list(service.rows(reader, docs, uses=past is None))
        context.out.list(columns.SCHEDULE, rows)
        return
    ahead = timedelta(seconds=seconds(coming))
    with context.store.read() as reader:
        rows = list(islice(service.coming(reader, reader.now + ahead, wanted), _at_most(order.limit)))
    _write(context, columns.NEXT, rows, order.limit)


@verb(schedule_app, "explain", columns=columns.DUE)
def explain(
    context: Context,
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

    with context.store.read() as reader:
        doc = service.SCHEDULES.get(reader, name)
        known = COMPUTERS.get(reader, computer).id if computer is not None else None
        zone = service.zone_for(reader, doc, known)
        span = span_of(between, reader.now, zone)
        rows = list(islice(service.explained(reader, doc, span, zone), _at_most(limit)))
        after = "" if rows else service.when_else(reader, doc, span[1], zone)
    if service.counts_by_computer(doc) and computer is None:
        context.say(f"it counts in each computer's own zone; this is for {zone}: --computer NAME asks for one")
    if doc.fields["asap"] or doc.fields["event"]:
        context.say(f"{doc.name} is never due by the clock alone")
    if after:
        context.say(f"{doc.name}: {after}")
    _write(context, columns.DUE, rows, limit)


def _at_most(limit: int | None) -> int:
    return SHOWN + 1 if limit is None else min(limit, SHOWN)


def _write(context: Context, shown: Any, rows: Sequence[Mapping[str, Any]], limit: int | None) -> None:
    most = SHOWN if limit is None else min(limit, SHOWN)
    context.out.list(shown, rows[:most])
    if len(rows) > most and limit is None:
        context.warn(f"only the first {most} are shown")
