"""The group `metering-policy`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.nouns import noun_group
from itmsctl.cli.options import verb
from itmsctl.metering import columns
from itmsctl.metering.kinds import METERING_POLICY
from itmsctl.policies import columns as engine
from itmsctl.policies.commands.triggering import occurrences_section, tell_steps, triggering_verbs

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the policy.", autocompletion=names_of("metering-policy"))
]


def _rows(reader: Any, docs: Any, present: bool) -> Iterable[dict[str, Any]]:
    from itmsctl.metering.service import looking

    return looking.policy_rows(reader, docs, last=present)


def _sections(reader: Any, doc: Any) -> dict[str, Any]:
    from itmsctl.metering.service import looking

    return {"caught": looking.caught(reader, doc), **occurrences_section(reader, doc)}


metering_policy_app = noun_group(
    METERING_POLICY,
    columns.METERING_POLICY_COLUMNS,
    verbs=("add", "set", "list", "show", "remove"),
    rows=_rows,
    sections=_sections,
    help_texts={"add": "Add a metering policy. An equal one is left as it is; a different one is exit 6."},
    examples={
        "add": "itmsctl metering-policy add browsers --file 'firefox*' --file chrome --every 1d --profile ops",
        "set": "itmsctl metering-policy set denied-programs --file steam --detail full",
        "clone": "itmsctl metering-policy clone denied-programs our-blacklist",
        "list": "itmsctl metering-policy list -o table",
    },
)
triggering_verbs(metering_policy_app, METERING_POLICY, "all-programs")


@verb(metering_policy_app, "explain", columns=engine.STEP)
def explain(context: Context, name: Name) -> None:
    """Say which step is pending until a metering policy reads computers: trigger, target, guard, windows, queue.

    What it says of programs counts as soon as it is enabled, also of events that are loaded from files.

    Example: itmsctl metering-policy explain all-programs
    """
    tell_steps(context, METERING_POLICY, name)
