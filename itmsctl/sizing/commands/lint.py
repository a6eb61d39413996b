"""What this room adds to the group `inventory`: `lint`."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import verb
from itmsctl.sizing import columns
from itmsctl.values.counts import counted

Every = Annotated[bool, typer.Option("--all", help="Look at disabled ones too.")]


def register(app: typer.Typer) -> None:
    """Add the verb."""
    verb(app, "lint", columns=columns.FINDING)(lint)


def lint(context: Context, every: Every = False) -> int:
    """Say which inventory policies load computers, network or CMDB more than they give, and what to change (INV-43).

    Ends with 20 where there are warnings.

    Example: itmsctl inventory lint -o table
    """
    from itmsctl.sites.findings import SiteSeverity
    from itmsctl.sizing.service import linting
    from itmsctl.sizing.service.numbers import numbers_with

    found = context.read(linting.lint, numbers_with(None), every=every)
    context.out.list(columns.FINDING, [finding.as_dict() | {"name": finding.id} for finding in found])
    context.say(counted(len(found), "finding"))
    return 20 if any(finding.severity is not SiteSeverity.INFO for finding in found) else 0
