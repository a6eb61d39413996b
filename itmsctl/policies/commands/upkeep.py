"""What this room adds to the group `membership`: when ticks update it, shown and set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import DryRun, verb
from itmsctl.errors import UsageError
from itmsctl.policies import columns
from itmsctl.policies.cadence import DEFAULTS, OFF
from itmsctl.values.names import near_or_all

Kind = Annotated[str, typer.Argument(metavar="KIND", help=f"One of {', '.join(DEFAULTS)}.")]
When = Annotated[str, typer.Argument(metavar="WHEN", help="5m, 'daily 02:17', off, or default.")]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    verb(app, "status", columns=columns.UPKEEP)(status)
    verb(app, "set")(set_)


def status(context: Context) -> None:
    """Show when ticks update membership, when they did last, and whether something waits for it.

    Example: itmsctl membership status -o table
    """
    from itmsctl.policies.service import calling, upkeep

    with context.store.read() as reader:
        context.out.list(columns.UPKEEP, _drawn(context, upkeep.rows(reader)))
        calls = calling.calls(reader.connection, reader.now)
    if calls.missing:
        context.warn(f"nothing calls the tick that makes them (last called: {calls.said}): itmsctl schedule install")


def _drawn(context: Context, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield rows as they are shown: a person is told what an empty time means."""
    for row in rows:
        never = row["last"] is None and row["when"] != OFF and context.out.format() in {"table", "wide"}
        yield row | {"last": "never run", "due": "next tick" if row["waits"] else ""} if never else row


def set_(context: Context, kind: Kind, when: When, dry_run: DryRun = False) -> None:
    """Say when ticks make an update of membership: after so long, at a time of the server's day, or never.

    Example: itmsctl membership set complete 'daily 03:30'
    """
    from itmsctl.policies.service import upkeep

    if kind not in DEFAULTS:
        raise UsageError(f"`{kind}` is not an update of membership", hint=near_or_all(kind, DEFAULTS))
    changed = context.write(upkeep.put, kind, when, dry_run=dry_run)
    context.done(f"{kind}: {'set' if changed else 'unchanged'}", dry_run=dry_run)
