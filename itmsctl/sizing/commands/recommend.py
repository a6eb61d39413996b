"""`sizing recommend`."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import verb
from itmsctl.sizing import columns
from itmsctl.sizing.commands.asked import SizingInputs, numbers_of, requests_of
from itmsctl.sizing.commands.group import sizing_app

Roles = Annotated[list[str] | None, typer.Option("--role", metavar="ROLE", help="Only this role, such as database.")]


@verb(sizing_app, "recommend", columns=columns.LINE)
def recommend(context: Context, role: Roles = None, *, inputs: SizingInputs) -> None:
    """Recommend hardware, counts, disks, intervals and settings, each with its table, band and conflicts.

    From numbers (--endpoints, --sites), or from the CMDB as it stands, or as it would be after `apply -f`. They are
    recommendations for most environments, not minimum requirements. A table shows what matters most; -o wide, JSON and
    CSV all.

    Examples:

      itmsctl sizing recommend --endpoints 5000 --consoles 10

      itmsctl sizing recommend --sites sites.csv --growth 10 --years 3 -o json
    """
    from itmsctl.sizing.service import recommending as service

    lines = service.recommended(numbers_of(context, inputs), requests_of(context, inputs), role or ())
    form = context.out.format()
    if form not in {"table", "wide"} or context.settings.fields:
        context.out.list(columns.LINE, (line.as_dict() for line in lines))
        return
    shown = lines if form == "wide" else service.brief(lines)
    context.out.list(columns.LINE_SAID, service.rows(shown))
    if len(shown) < len(lines):
        context.say(f"{len(lines) - len(shown)} more lines with -o wide")
