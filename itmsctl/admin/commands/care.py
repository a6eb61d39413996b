"""Verbs of the group `db` that keep the database small, fast and known: purge, maintain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from itmsctl.admin import columns, retention, service
from itmsctl.cli.context import Context
from itmsctl.cli.options import DryRun, verb
from itmsctl.cli.prompts import confirm
from itmsctl.values.kind import Danger


def register(app: typer.Typer) -> None:
    """Add the verbs to the group `db`."""
    for name, function, shown in _VERBS:
        verb(app, name)(function)
        function.columns = shown


def _kept(name: str) -> Any:
    return typer.Option(f"--{name}", metavar="TIME", help=f"Remove {retention.CLASSES[name]}, older than this: 90d.")


def purge(
    ctx: typer.Context,
    outputs: Annotated[str | None, _kept("outputs")] = None,
    runs: Annotated[str | None, _kept("runs")] = None,
    events: Annotated[str | None, _kept("events")] = None,
    memberships: Annotated[str | None, _kept("memberships")] = None,
    tombstones: Annotated[str | None, _kept("tombstones")] = None,
    changes: Annotated[str | None, _kept("changes")] = None,
    configured: Annotated[
        bool, typer.Option("--configured", help="As the settings keep_runs, keep_outputs ... say.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Remove for good what is older than told, in short steps between which others write.

    Nothing goes that is not named. What is open stays: runs, queued occurrences, and the audit since they began. After
    `--changes` the audit begins at a checkpoint and still verifies. Space is given back by `itmsctl db maintain`.

    Example: itmsctl db purge --runs 90d --outputs 30d --changes 2y --dry-run
    """
    context: Context = ctx.obj
    given = {
        "outputs": outputs, "runs": runs, "events": events, "memberships": memberships, "tombstones": tombstones,
        "changes": changes,
    }  # fmt: skip
    settings = {name: context.option(f"keep_{name}")[0] for name in retention.CLASSES} if configured else None
    keeps = service.keeps_of(given, settings)
    if not dry_run:
        confirm(context, Danger.MODERATE, f"remove for good what is older: {', '.join(keeps)}", "purge")
    context.out.list(columns.PURGE, _rows(service.purge(context.store, keeps, dry_run=dry_run)))
    if dry_run:
        context.say("dry run: nothing was removed")


def _rows(found: Iterator[service.Purged]) -> Iterator[dict[str, Any]]:
    return (one.as_dict() for one in found)


def maintain(ctx: typer.Context, dry_run: DryRun = False) -> None:
    """Remove what nothing refers to, rewrite tables without gaps, rebuild indexes, renew statistics.

    Example: itmsctl db maintain
    """
    context: Context = ctx.obj
    context.out.list(columns.STEP, service.maintain(context.store, dry_run=dry_run))


_VERBS: tuple[tuple[str, Any, Any], ...] = (
    ("purge", purge, columns.PURGE),
    ("maintain", maintain, columns.STEP),
)
