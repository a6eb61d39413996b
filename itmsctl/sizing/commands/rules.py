"""`sizing rules`."""

from __future__ import annotations

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import verb
from itmsctl.sizing import columns
from itmsctl.sizing.commands.group import sizing_app


@verb(sizing_app, "rules")
def list_rules(ctx: typer.Context) -> None:
    """List the rules of `sizing check`.

    Example: itmsctl sizing rules -o wide
    """
    from itmsctl.sizing.rulebook import rules

    context: Context = ctx.obj
    context.out.list(columns.RULE, (rule.as_dict() for rule in rules()))


list_rules.columns = columns.RULE  # type: ignore[attr-defined]  # a bare --fields lists them
