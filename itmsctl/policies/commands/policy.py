"""The group `policy`."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.later import later
from itmsctl.cli.looking_back import looks_back, past_of
from itmsctl.cli.nouns import NounShelf, noun_group, report, shown_with
from itmsctl.cli.options import DryRun, Limit, Sort, verb
from itmsctl.policies import columns
from itmsctl.policies.kinds import POLICY
from itmsctl.values.counts import counted

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the policy.", autocompletion=names_of("policy"))]


@later
def _policies() -> NounShelf:
    from itmsctl.policies.service.policies import POLICIES

    return POLICIES


policy_app = noun_group(
    POLICY,
    columns.POLICY,
    _policies,
    verbs=("add", "set", "remove"),
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


@verb(policy_app, "show", columns=columns.POLICY)
@looks_back
def show(ctx: typer.Context, name: Name) -> None:
    """Show one policy and its last occurrences."""
    from itmsctl.policies.service import listing
    from itmsctl.policies.service.policies import POLICIES

    context: Context = ctx.obj
    past = past_of(context, POLICY)
    with context.store.read() as reader:
        doc = (past or POLICIES).get(reader, name)
        (row,) = listing.rows(reader, [doc], last=past is None)
        sections = {"occurrences": listing.told_of(reader, doc)} if past is None else {}
        row |= shown_with(reader, doc.guid) if past is None else {}
    context.out.show(columns.POLICY, row, sections)


@verb(policy_app, "enable")
def enable(ctx: typer.Context, name: Name, dry_run: DryRun = False) -> None:
    """Put a policy to use: it counts from now, and what was due before is nobody's.

    Example: itmsctl policy enable nightly
    """
    from itmsctl.policies.service.policies import enable as use

    context: Context = ctx.obj
    report(context, context.write(use, name, dry_run=dry_run), dry_run)


@verb(policy_app, "disable")
def disable(ctx: typer.Context, name: Name, dry_run: DryRun = False) -> None:
    """Take a policy out of use. Runs that it has begun go on: `itmsctl run cancel` cancels what they have not started.

    Example: itmsctl policy disable nightly
    """
    context: Context = ctx.obj
    change = {"enabled": False}
    outcome = context.write(_policies.set, name, change, rename=None, revision=None, dry_run=dry_run)
    report(context, outcome, dry_run)


@verb(policy_app, "run")
def run(ctx: typer.Context, name: Name, dry_run: DryRun = False) -> None:
    """Start an occurrence now: its run is queued, and the next tick drives it.

    Example: itmsctl policy run nightly
    """
    from itmsctl.policies.service.explaining import by_hand

    context: Context = ctx.obj
    guard_max = int(context.option("guard_max")[0] or 1000)
    decided = context.write(by_hand, name, guard_max, dry_run=dry_run)
    said = " (dry run, nothing was written)" if dry_run else "; itmsctl schedule tick runs them"
    context.say(f"{decided.run}: {counted(decided.computers, 'computer is', 'computers are')} queued{said}")
    if context.settings.output or context.settings.json:
        context.out.show(columns.TICK, decided.as_dict())


@verb(policy_app, "explain")
def explain(ctx: typer.Context, name: Name) -> None:
    """Say which step is pending until a policy does something: trigger, target, guard, windows, queue.

    Example: itmsctl policy explain nightly
    """
    from itmsctl.policies.service import explaining as service

    context: Context = ctx.obj
    guard_max = int(context.option("guard_max")[0] or 1000)
    found = context.write(service.explained, name, guard_max, dry_run=True)
    context.out.list(columns.STEP, found)
    context.say(service.first_pending(found))


explain.columns = columns.STEP  # type: ignore[attr-defined]  # a bare --fields lists them
