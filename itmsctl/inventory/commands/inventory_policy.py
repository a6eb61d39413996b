"""The group `inventory-policy`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.nouns import noun_group
from itmsctl.cli.options import verb
from itmsctl.inventory import columns
from itmsctl.inventory.kinds import INVENTORY_POLICY
from itmsctl.policies import columns as engine
from itmsctl.policies.commands.triggering import occurrences_section, triggering_verbs

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the policy.", autocompletion=names_of("inventory-policy"))
]
OneComputer = Annotated[
    str | None,
    typer.Option(
        "--computer", metavar="NAME", help="What this computer waits for.", autocompletion=names_of("computer")
    ),
]


def _rows(reader: Any, docs: Any, present: bool) -> Iterable[dict[str, Any]]:
    from itmsctl.inventory.service import listing

    return listing.rows(reader, docs, last=present)


inventory_policy_app = noun_group(
    INVENTORY_POLICY,
    columns.INVENTORY_POLICY,
    verbs=("add", "set", "list", "show", "remove"),
    rows=_rows,
    sections=occurrences_section,
    help_texts={"add": "Add an inventory policy. An equal one is left as it is; a different one is exit 6."},
    examples={
        "add": "itmsctl inventory-policy add web --collect software --mode delta --target web --every 4h --profile ops",
        "set": "itmsctl inventory-policy set full-inventory --profile ops",
        "clone": "itmsctl inventory-policy clone full-inventory our-inventory",
        "list": "itmsctl inventory-policy list -o table",
    },
)
triggering_verbs(inventory_policy_app, INVENTORY_POLICY, "full-inventory")


@verb(inventory_policy_app, "explain", columns=engine.STEP)
def explain(context: Context, name: Name, computer: OneComputer = None) -> None:
    """Say which computers an inventory policy means, what it does next, and which step is pending until then.

    Examples:

      itmsctl inventory-policy explain full-inventory

      itmsctl inventory-policy explain full-inventory --computer pc1
    """
    from itmsctl.inventory.service import explaining as service
    from itmsctl.policies.service.explaining import first_pending

    found = context.write(service.explained, name, context.guard_max, computer, dry_run=True)
    context.out.list(engine.STEP, found)
    context.say(first_pending(found))
