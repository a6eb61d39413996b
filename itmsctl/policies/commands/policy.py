"""The group `policy`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.naming import given_names, is_several, names_argument
from itmsctl.cli.nouns import noun_group, told_all
from itmsctl.cli.options import DryRun, verb
from itmsctl.policies import columns
from itmsctl.policies.kinds import POLICY
from itmsctl.values.counts import counted

Names = Annotated[list[str], names_argument("policy")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the policy.", autocompletion=names_of("policy"))]


def _rows(reader: Any, docs: Any, present: bool) -> Iterable[dict[str, Any]]:
    from itmsctl.policies.service import listing

    return listing.rows(reader, docs, last=present)


def _sections(reader: Any, doc: Any) -> dict[str, Any]:
    from itmsctl.policies.service import listing

    return {"occurrences": listing.told_of(reader, doc)}


policy_app = noun_group(
    POLICY,
    columns.POLICY,
    verbs=("add", "set", "show", "remove", "list"),
    rows=_rows,
    sections=_sections,
    examples={
        "add": "itmsctl policy add nightly --task patch --target web --schedule nights --deadline 7d --profile ops",
        "list": "itmsctl policy list -o table",
        "set": "itmsctl policy set nightly --deadline 14d",
    },
)


@verb(policy_app, "enable")
def enable(context: Context, names: Names, dry_run: DryRun = False) -> None:
    """Put a policy to use, or several: each counts from now, and what was due before is nobody's.

    Example: itmsctl policy enable nightly
    """
    from itmsctl.policies.service.policies import enable_all as use

    told_all(context, names, use, given_names(context, names, "policy"), dry_run=dry_run)


@verb(policy_app, "disable")
def disable(context: Context, names: Names, dry_run: DryRun = False) -> None:
    """Take a policy out of use, or several. Runs that it has begun go on: `itmsctl run cancel` cancels what waits.

    Example: itmsctl policy disable nightly
    """
    from itmsctl.policies.service.policies import disable_all as use

    told_all(context, names, use, given_names(context, names, "policy"), dry_run=dry_run)


@verb(policy_app, "run")
def run(context: Context, names: Names, dry_run: DryRun = False) -> None:
    """Start an occurrence now: its run is queued, and the next tick drives it. Several are all started, or none.

    Example: itmsctl policy run nightly
    """
    from itmsctl.policies.service.explaining import by_hand

    wanted = given_names(context, names, "policy")
    found = context.write(by_hand, wanted, context.guard_max, dry_run=dry_run)
    then = "" if dry_run else "; itmsctl schedule tick runs them"
    for decided in found:
        queued = counted(decided.computers, "computer is", "computers are")
        context.done(f"{decided.run}: {queued} queued{then}", dry_run=dry_run)
    if not (context.settings.output or context.settings.json):
        return
    if is_several(names):
        context.out.list(columns.TICK, (decided.as_dict() for decided in found))
    else:
        context.out.show(columns.TICK, found[0].as_dict())


@verb(policy_app, "explain", columns=columns.STEP)
def explain(context: Context, name: Name) -> None:
    """Say which step is pending until a policy does something: trigger, target, guard, windows, queue.

    Example: itmsctl policy explain nightly
    """
    from itmsctl.policies.service import explaining as service

    found = context.write(service.explained, name, context.guard_max, dry_run=True)
    context.out.list(columns.STEP, found)
    context.say(service.first_pending(found))
