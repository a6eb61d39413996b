"""Verbs of the group `db` that keep the database small, fast and known: purge, maintain, size, preallocate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from itmsctl.admin import columns, retention, service
from itmsctl.admin.commands.db import desk_of
from itmsctl.cli.context import Context
from itmsctl.cli.options import DryRun, verb
from itmsctl.cli.prompts import confirm
from itmsctl.values.kind import Danger


def register(app: typer.Typer) -> None:
    """Add the verbs to the group `db`."""
    verb(app, "purge", columns=columns.PURGE)(purge)
    verb(app, "maintain", columns=columns.STEP)(maintain)
    verb(app, "size", columns=columns.SIZE)(size)
    verb(app, "preallocate", columns=columns.PREALLOCATED)(preallocate)


def _kept(name: str) -> Any:
    return typer.Option(f"--{name}", metavar="TIME", help=f"Older than this (90d): {retention.CLASSES[name]}.")


def purge(
    context: Context,
    outputs: Annotated[str | None, _kept("outputs")] = None,
    runs: Annotated[str | None, _kept("runs")] = None,
    events: Annotated[str | None, _kept("events")] = None,
    memberships: Annotated[str | None, _kept("memberships")] = None,
    inventory: Annotated[str | None, _kept("inventory")] = None,
    inventory_class: Annotated[
        list[str] | None,
        typer.Option(
            "--inventory-class", metavar="CLASS=TIME", help="The same of a data class: software=2y. Comma or again."
        ),
    ] = None,
    metering: Annotated[str | None, _kept("metering")] = None,
    files: Annotated[str | None, _kept("files")] = None,
    merged: Annotated[str | None, _kept("merged")] = None,
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
    given = {
        "outputs": outputs, "runs": runs, "events": events, "memberships": memberships, "inventory": inventory,
        "metering": metering, "files": files, "merged": merged, "tombstones": tombstones, "changes": changes,
        **service.parts_of("inventory", inventory_class or ()),
    }  # fmt: skip
    settings = _settings(context) if configured else None
    keeps = service.keeps_of(given, settings)
    if not dry_run:
        confirm(context, Danger.MODERATE, f"remove for good what is older: {', '.join(keeps)}", "purge")
    context.out.list(columns.PURGE, _rows(service.purge(context.store, keeps, dry_run=dry_run)))
    if dry_run:
        context.say("dry run: nothing was removed")


def _settings(context: Context) -> dict[str, str | None]:
    """Return how long the settings keep each class, and data classes of inventory that have a time of their own."""
    own, _ = context.option("keep_inventory_classes")
    keeps = {name: context.option(f"keep_{name}")[0] for name in retention.CLASSES}
    return {**keeps, **service.parts_of("inventory", [own] if own else ())}


def _rows(found: Iterator[service.Purged]) -> Iterator[dict[str, Any]]:
    return (one.as_dict() for one in found)


def maintain(
    context: Context,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="PART", help="integrity, leftovers, indexes, space or statistics; again."),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="PostgreSQL: rewrite tables, each locked meanwhile. SQLite always does.")
    ] = False,
    advice: Annotated[
        bool, typer.Option("--advice", help="What becomes of the suite's advice for its database server here.")
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Check pages, remove what nothing refers to, rebuild indexes, rewrite tables without gaps, renew statistics.

    Example: itmsctl db maintain --only statistics
    """
    if advice:
        context.out.list(columns.ADVICE, service.advice(desk_of(context).place))
        return
    context.out.list(columns.STEP, service.maintain(context.store, only or (), full=full, dry_run=dry_run))


def size(
    context: Context,
    tables: Annotated[bool, typer.Option("--tables", help="Each table, instead of classes of them.")] = False,
    forecast: Annotated[bool, typer.Option("--forecast", help="How large it will be, from what it grew by.")] = False,
    growth: Annotated[
        float, typer.Option("--growth", metavar="PCT", min=-100, max=1000, help="Computers more each year, in percent.")
    ] = 0.0,
    years: Annotated[int, typer.Option("--years", metavar="N", min=1, max=30, help="Years ahead.")] = 3,
) -> None:
    """Show what takes how much room, and with --forecast how much it will be.

    The forecast goes by the age of what is kept and by the retention of the settings; beside it stands what the suite
    plans with: 300 MB and 0.75 to 1 MB for each computer. A size counts as in `ls -h`: 1 MB is 2^20 bytes.

    Example: itmsctl db size --forecast --growth 20 --years 5
    """
    found = service.size(context.store)
    context.say(found.sentence())
    if not forecast:
        context.out.list(columns.TABLES if tables else columns.SIZE, found.by_table() if tables else found.by_class())
        return
    keeps = {name: context.option(f"keep_{name}")[0] for name in retention.CLASSES}
    ahead = service.forecast(found, keeps, growth, years)
    context.out.list(columns.FORECAST, ahead.rows)
    if ahead.too_young:
        context.say(f"less than a day old, so taken as they are: {', '.join(ahead.too_young)}")


def preallocate(
    context: Context,
    size: Annotated[str, typer.Argument(metavar="SIZE", help="Size of the file: 500M or 20G; 0 to reserve no more.")],
) -> None:
    """Grow the database file to a size at once, so that the disk cannot run full under it before.

    The whole or nothing: where the disk is full (exit 11), the database is as it was. `db maintain` keeps the reserve.
    PostgreSQL has no such thing, and says so.

    Example: itmsctl db preallocate 20G
    """
    row = service.preallocate(context.store, size)
    context.say(f"{row['name']}: {row['action']}{', ' + row['why'] if 'why' in row else ''}")
    context.out.show(columns.PREALLOCATED, row)
