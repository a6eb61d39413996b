"""`sizing rules`."""

from __future__ import annotations

from itmsctl.cli.context import Context
from itmsctl.cli.options import verb
from itmsctl.sizing import columns
from itmsctl.sizing.commands.group import sizing_app


@verb(sizing_app, "rules", columns=columns.RULE)
def list_rules(context: Context) -> None:
    """List the rules of `sizing check`.

    Example: itmsctl sizing rules -o wide
    """
    from itmsctl.sizing.rulebook import rules

    context.out.list(columns.RULE, (rule.as_dict() for rule in rules()))
