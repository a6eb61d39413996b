"""`sizing report`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import verb
from itmsctl.cli.out import Force, refuse_in_use
from itmsctl.sizing.commands.asked import (
    SizingInputs,
    is_of_cmdb,
    numbers_of,
    of_design,
    requests_of,
    source_of,
    wishes_of,
)
from itmsctl.sizing.commands.group import sizing_app

Out = Annotated[Path, typer.Option("--out", metavar="FILE", help="Write the page here.")]
Title = Annotated[str | None, typer.Option("--title", metavar="TEXT", help="Title of the page.")]
Day = Annotated[str | None, typer.Option("--day", metavar="DATE", help="The day shown. Default: the busiest to come.")]

# A page shows years to come unless told; its figure names the growth.
GROWTH_PCT, YEARS = 10.0, 5


@verb(sizing_app, "report")
def report(
    context: Context, out: Out, force: Force = False, title: Title = None, day: Day = None, *, inputs: SizingInputs
) -> None:
    """Write one self-contained HTML page: topology, hardware, load over the day, growth, findings, settings.

    It loads nothing from anywhere, and prints. From numbers (--endpoints, --sites), or from the CMDB as it stands, or
    as it would be after `apply -f`. Growth is 10 % a year over 5 years unless given.
    An older report of that name is
    replaced, anything else only with --force.

    Example: itmsctl sizing report --out sizing.html --growth 10 --years 5

    Example: itmsctl sizing report --out offer.html --sites sites.csv --title 'ACME: management of 18,000 computers'
    """
    from itmsctl.sizing.service import reporting as service

    refuse_in_use(context, out)
    growth = GROWTH_PCT if inputs.growth is None else inputs.growth
    inputs = replace(inputs, growth=growth, years=YEARS if inputs.years is None else inputs.years)
    numbers = numbers_of(context, inputs)
    wish = service.ReportWish(title or service.TITLE, day, source_of(inputs))
    if is_of_cmdb(inputs):
        given = wishes_of(inputs)
        text = of_design(context, inputs, lambda reader: service.of_cmdb(reader, numbers, given, wish))
    else:
        (request,) = requests_of(context, inputs)
        text = service.of_numbers(request, numbers, context.clock(), context.server_zone, wish)
    service.write(out, text, force=force)
    context.say(f"{out}: {len(text.encode()) / 1000:,.0f} kB")
