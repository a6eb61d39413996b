"""The group `policy`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.nouns import noun_group
from itmsctl.cli.options import verb
from itmsctl.policies import columns
from itmsctl.policies.commands.triggering import occurrences_section, tell_steps, triggering_verbs
from itmsctl.policies.kinds import POLICY

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the policy.", autocompletion=names_of("policy"))]


def _rows(reader: Any, docs: Any, present: bool) -> Iterable[dict[str, Any]]:
    from itmsctl.policies.service import listing

    return listing.rows(reader, docs, last=present)


policy_app = noun_group(
    POLICY,
    columns.POLICY,
    verbs=("add", "set", "show", "remove", "list"),
    rows=_rows,
    sections=occurrences_section,
    examples={
        "add": "itmsctl policy add nightly --task patch --target web --schedule nights --deadline 7d --profile ops",
        "list": "itmsctl policy list -o table",
        "set": "itmsctl policy set nightly --deadline 14d",
    },
)


triggering_verbs(policy_app, POLICY)


@verb(policy_app, "explain", columns=columns.STEP)
def explain(context: Context, name: Name) -> None:
    """Say which step is pending until a policy does something: trigger, target, guard, windows, queue.

    Example: itmsctl policy explain nightly
    """
    tell_steps(context, POLICY, name)
