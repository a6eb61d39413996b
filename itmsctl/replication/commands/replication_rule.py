"""The group `replication-rule`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.nouns import noun_group
from itmsctl.cli.options import verb
from itmsctl.policies import columns as engine
from itmsctl.policies.commands.triggering import occurrences_section, rows_with_last, triggering_verbs
from itmsctl.replication import columns
from itmsctl.replication.kinds import REPLICATION_RULE

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the rule.", autocompletion=names_of("replication-rule"))
]


def _sections(reader: Any, doc: Any) -> dict[str, Any]:
    from itmsctl.replication.service.looking import given_to

    return {"given": given_to(reader, doc), **occurrences_section(reader, doc)}


replication_rule_app = noun_group(
    REPLICATION_RULE,
    columns.REPLICATION_RULE_COLUMNS,
    verbs=("add", "set", "list", "show", "remove"),
    rows=rows_with_last,
    sections=_sections,
    help_texts={"add": "Add a replication rule. An equal one is left as it is; a different one is exit 6."},
    examples={
        "add": "itmsctl replication-rule add software-up --kind computer --class software --direction up "
        "--schedule nights",
        "set": "itmsctl replication-rule set configuration-down --verify 10",
        "clone": "itmsctl replication-rule clone configuration-down packages-only --kind packages",
        "list": "itmsctl replication-rule list -o table",
    },
)
triggering_verbs(replication_rule_app, REPLICATION_RULE, "configuration-down")


@verb(replication_rule_app, "explain", columns=engine.STEP)
def explain(context: Context, name: Name) -> None:
    """Say what a replication rule gives whom, and which step is pending until it does.

    Example: itmsctl replication-rule explain configuration-down
    """
    from itmsctl.policies.service.explaining import first_pending
    from itmsctl.replication.service.looking import explained

    found = context.read(explained, name)
    context.out.list(engine.STEP, found)
    context.say(first_pending(found))
