"""`sizing simulate`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import Limit, verb
from itmsctl.cli.output import Column
from itmsctl.sizing import columns
from itmsctl.sizing.commands.asked import plan_files
from itmsctl.sizing.commands.group import sizing_app
from itmsctl.values.times import seconds

if TYPE_CHECKING:
    from itmsctl.sizing.service.simulated import SimulatedAnswer

SHOWN = 30  # nodes in a table where --limit says nothing
CHART = 48
TOLD_S = 10  # a table tells of queues in which somebody waits so long

Overlay = Annotated[
    Path | None, typer.Option("--rules", metavar="FILE", help="Your own numbers, laid over those of the guide.")
]
Assume = Annotated[
    list[str],
    typer.Option("--assume", metavar="KEY=N", help="Take this for granted instead, such as full_inventory.kbit=4000."),
]


@verb(sizing_app, "simulate", columns=columns.NODE)
def simulate(
    context: Context,
    files: Annotated[
        list[str] | None,
        typer.Option("--file", "-f", metavar="FILE", help="Simulate the CMDB as plan files would make it. - is stdin."),
    ] = None,
    day: Annotated[
        str | None,
        typer.Option("--day", metavar="DATE", help="The day. Default: the busiest of the next five weeks."),
    ] = None,
    server: Annotated[
        str | None, typer.Option("--server", metavar="NAME", help="What is for this management server alone.")
    ] = None,
    resolution: Annotated[
        str, typer.Option("--resolution", metavar="TIME", help="How long a peak lasts: requests within it are counted.")
    ] = "60",
    propose: Annotated[
        bool, typer.Option("--propose", help="Say the smallest changes with which no limit breaks.")
    ] = False,
    growth: Annotated[
        float, typer.Option("--growth", metavar="PCT", help="New computers a year, in percent.", min=0, max=1000)
    ] = 0.0,
    package_mb: Annotated[
        float | None, typer.Option("--package-mb", metavar="MB", help="Size of the package that travels.", min=0)
    ] = None,
    assume: Assume = [],
    overlay: Overlay = None,
    assumptions: Annotated[
        bool, typer.Option("--assumptions", help="List what is taken for granted, and simulate nothing.")
    ] = False,
    limit: Limit = None,
) -> int:
    """Simulate a day: what management servers, site links and site servers are asked, and what breaks a limit.

    A table shows nodes, queues, worst cases, growth and tickles; JSON, NDJSON and YAML give all objects, each with a
    type; CSV and TSV the nodes. Ends with 20 where a limit breaks.

    Example: itmsctl sizing simulate --day 2026-12-07 --propose

    Example: itmsctl sizing simulate -f design/ --propose

    Example: itmsctl sizing simulate --assume full_inventory.kbit=4000 -o json
    """
    from itmsctl.sizing.service import designed, simulating
    from itmsctl.sizing.service.numbers import numbers_with
    from itmsctl.sizing.service.simulated import SimulatedAnswer, assumption_rows
    from itmsctl.sizing.service.snapshots import snapshot
    from itmsctl.sizing.simulation.assumed import assuming

    stdin = getattr(context.stdin, "buffer", sys.stdin.buffer)
    numbers = assuming(numbers_with(overlay, stdin), assume)
    if assumptions:
        context.out.list(columns.ASSUMPTION, assumption_rows(numbers))
        return 0
    options = simulating.Options(day, seconds(resolution), growth, package_mb)
    if files:
        design = designed.once_applied(context.store, plan_files(context, files), snapshot)
    else:
        design = context.read(snapshot)
    simulation = simulating.simulate(design, numbers, options)
    told = SimulatedAnswer(simulation, server, simulating.propose(simulation) if propose else None)
    if context.out.format() in {"table", "wide"}:
        _tables(context, told, SHOWN if limit is None else limit)
    else:
        whole = context.out.format() in {"json", "ndjson", "yaml"}
        rows = told.everything() if whole else told.nodes()
        context.out.list(columns.NODE, rows)
    context.say(told.closing())
    return 20 if told.broken else 0


def _tables(context: Context, told: SimulatedAnswer, limit: int) -> None:
    rows = list(told.nodes())
    context.out.list(columns.NODE, rows[:limit])
    if len(rows) > limit:
        context.say(f"{len(rows) - limit} more, none worse than the last of them: --limit {len(rows)}")
    if context.out.terminal:
        _charts(context, told)
    _table(context, columns.QUEUE, [row for row in rows if row["longest_wait_s"] >= TOLD_S][:limit])
    latencies = [row | {"hours": row["minutes"] / 60} for row in told.latencies()]
    _table(context, columns.LATENCY, latencies)
    for name in ("package-arrival", "patch-latency"):
        longest = max((row for row in latencies if row["name"] == name), key=lambda row: row["minutes"], default=None)
        if longest is not None:
            context.out.line(f"\n{name} of {longest['subject']}, {longest['reading']}, step by step")
            context.out.list(columns.STEP, longest["steps"])
    _table(context, columns.GROWTH, told.growth())
    _table(context, columns.TASK_TRAFFIC, told.task_traffic())
    _table(context, columns.PROPOSAL, told.proposals())
    for row in told.left_out():
        context.warn(f"not simulated: {row['name']}, {row['why']}")


def _table(context: Context, shown: Sequence[Column], rows: Iterable[Any]) -> None:
    found = list(rows)
    if found:
        context.out.line("")
        context.out.list(shown, found)


def _charts(context: Context, told: SimulatedAnswer) -> None:
    from itmsctl.sizing.service.simulated import chart

    context.out.line("")
    for row in told.series():
        kind, _, name = row["name"].partition("/")
        if kind == "management-server":
            top = max(row["requests_s"])
            context.out.line(f"{chart(row['requests_s'], CHART)} {name}: up to {top:g} requests/s")
    context.out.line("00    03    06    09    12    15    18    21    ")
