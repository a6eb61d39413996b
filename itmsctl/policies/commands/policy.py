"""The group `policy`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.later import later
from itmsctl.cli.looking_back import looks_back, past_of
from itmsctl.cli.naming import given_names, is_several, names_argument
from itmsctl.cli.nouns import NounShelf, Shown, noun_group, shown_with, told_all
from itmsctl.cli.options import DryRun, Limit, Sort, verb
from itmsctl.policies import columns
from itmsctl.policies.kinds import POLICY
from itmsctl.values.counts import counted

Names = Annotated[list[str], names_argument("policy")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the policy.", autocompletion=names_of("policy"))]


@later
def _policies() -> NounShelf:
    from itmsctl.policies.service.policies import POLICIES

    return POLICIES


def _shown(_: Context, reader: Any, doc: Any, present: bool) -> Shown:
    from itmsctl.policies.service import listing

    (row,) = listing.rows(reader, [doc], last=present)
    if not present:
        return row, {}
    return row | shown_with(reader, doc.guid), {"occurrences": listing.told_of(reader, doc)}


policy_app = noun_group(
    POLICY,
    columns.POLICY,
    _policies,
    verbs=("add", "set", "show", "remove"),
    shown=_shown,
    examples={
        "add": "itmsctl policy add nightly --task patch --target web --schedule nights --deadline 7d --profile ops",
        "set": "itmsctl policy set nightly --deadline 14d",
    },
)


@verb(policy_app, "list")
@looks_back
def list_policies(ctx: typer.Context, sort: Sort = "name", limit: Limit = None) -> None:
    """List every policy.

    Example: itmsctl policy list -o table
    """
    from itmsctl.policies.service import listing
    from itmsctl.policies.service.policies import POLICIES

    context: Context = ctx.obj
    order = {"sort": sort.lstrip("-"), "descending": sort.startswith("-"), "limit": limit}
    past = past_of(context, POLICY)
    with context.store.read() as reader:
        docs = list((past or POLICIES).list(reader, **order))  # type: ignore[arg-type]  # by their names
        rows = list(listing.rows(reader, docs, last=past is None))
    context.out.list(columns.POLICY, rows)


list_policies.columns = columns.POLICY  # type: ignore[attr-defined]  # a bare --fields lists them


@verb(policy_app, "enable")
def enable(ctx: typer.Context, names: Names, dry_run: DryRun = False) -> None:
    """Put a policy to use, or several: each counts from now, and what was due before is nobody's.

    Example: itmsctl policy enable nightly
    """
    from itmsctl.policies.service.policies import enable_all as use

    told_all(ctx.obj, names, use, given_names(ctx.obj, names, "policy"), dry_run=dry_run)


@verb(policy_app, "disable")
def disable(ctx: typer.Context, names: Names, dry_run: DryRun = False) -> None:
    """Take a policy out of use, or several. Runs that it has begun go on: `itmsctl run cancel` cancels what waits.

    Example: itmsctl policy disable nightly
    """
    from itmsctl.policies.service.policies import disable_all as use

    told_all(ctx.obj, names, use, given_names(ctx.obj, names, "policy"), dry_run=dry_run)


@verb(policy_app, "run")
def run(ctx: typer.Context, names: Names, dry_run: DryRun = False) -> None:
    """Start an occurrence now: its run is queued, and the next tick drives it. Several are all started, or none.

    Example: itmsctl policy run nightly
    """
    from itmsctl.policies.service.explaining import by_hand

    context: Context = ctx.obj
    wanted = given_names(context, names, "policy")
    found = context.write(by_hand, wanted, context.guard_max, dry_run=dry_run)
    said = " (dry run, nothing was written)" if dry_run else "; itmsctl schedule tick runs them"
    for decided in found:
        context.say(f"{decided.run}: {counted(decided.computers, 'computer is', 'computers are')} queued{said}")
    if not (context.settings.output or context.settings.json):
        return
    if is_several(names):
        context.out.list(columns.TICK, (decided.as_dict() for decided in found))
    else:
        context.out.show(columns.TICK, found[0].as_dict())


@verb(policy_app, "explain")
def explain(ctx: typer.Context, name: Name) -> None:
    """Say which step is pending until a policy does something: trigger, target, guard, windows, queue.

    Example: itmsctl policy explain nightly
    """
    from itmsctl.policies.service import explaining as service

    context: Context = ctx.obj
    found = context.write(service.explained, name, context.guard_max, dry_run=True)
    context.out.list(columns.STEP, found)
    context.say(service.first_pending(found))


explain.columns = columns.STEP  # type: ignore[attr-defined]  # a bare --fields lists them
