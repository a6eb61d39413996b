"""The group `delivery`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.nouns import noun_group
from itmsctl.cli.options import verb
from itmsctl.policies import columns as engine
from itmsctl.policies.commands.triggering import occurrences_section, tell_steps, triggering_verbs
from itmsctl.software import columns
from itmsctl.software.kinds import DELIVERY

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the delivery.", autocompletion=names_of("delivery"))]


def _rows(reader: Any, docs: Any, present: bool) -> Iterable[dict[str, Any]]:
    from itmsctl.software.service import delivery_listing

    return delivery_listing.rows(reader, docs, last=present)


def _sections(reader: Any, doc: Any) -> dict[str, Any]:
    from itmsctl.software.service import delivery_listing

    return {"steps": delivery_listing.steps(reader, doc), **occurrences_section(reader, doc)}


delivery_app = noun_group(
    DELIVERY,
    columns.DELIVERY,
    verbs=("add", "set", "list", "show", "remove"),
    rows=_rows,
    sections=_sections,
    examples={
        "add": "itmsctl delivery add crm --software crm --target staff --schedule nightly --profile ops --run-as root",
        "set": "itmsctl delivery set crm --rings 1%,10%,100% --gate-success 95%",
        "list": "itmsctl delivery list -o table",
    },
)
triggering_verbs(delivery_app, DELIVERY, "crm")


@verb(delivery_app, "explain", columns=engine.STEP)
def explain(context: Context, name: Name) -> None:
    """Say what a delivery does next, and which step is pending until then.

    Examples:

      itmsctl delivery explain crm
    """
    tell_steps(context, DELIVERY, name)
