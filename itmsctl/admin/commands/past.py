"""`history` and the group `audit`: what happened, by whom, when and why."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from itmsctl.admin import columns, queries, service
from itmsctl.cli.context import Context
from itmsctl.cli.options import Limit, group, root_command, verb
from itmsctl.errors import UsageError
from itmsctl.values.kind import Kind, house
from itmsctl.values.names import near_or_all
from itmsctl.values.times import moment
from itmsctl.values.untrusted import shell_arg

audit_app = group("Read and verify the audit: every change, with who, when and why, chained by hash.")

Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="Only later ones: 2026-01-31 or 2d.")]


def _nouns(_ctx: typer.Context, incomplete: str) -> list[str]:
    return [k.name for k in house().kinds() if k.name.startswith(incomplete)]


def _kind(noun: str) -> Kind:
    kind = house().kind(noun)
    if kind is None:
        known = [k.name for k in house().kinds()]
        raise UsageError(f"there is no noun `{noun}`", hint=near_or_all(noun, known))
    return kind


def _moment(text: str | None, now: datetime) -> datetime | None:
    return None if text is None else moment(text, now)


def _history(
    context: Context,
    noun: Annotated[
        str, typer.Argument(metavar="NOUN", help="What it is: site, computer, filter ...", autocompletion=_nouns)
    ],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name, a former name, or its GUID.")],
    since: Since = None,
    limit: Limit = None,
) -> None:
    """Show what happened to an object, newest first: also to one that was renamed or removed.

    Example: itmsctl history site rome
    """
    begin = _moment(since, context.clock())
    past = context.read(queries.history, _kind(noun), name, since=begin, limit=limit)
    context.out.list(columns.HISTORY, (entry.as_dict() for entry in past.entries))
    if past.purged:
        context.say(f"{past.purged}: what happened before is not told")
    if past.namesakes:
        context.say(f"others went by that name too: itmsctl history {noun} {shell_arg(past.namesakes[0])}")


history_app = root_command("history", _history, columns=columns.HISTORY)


@verb(audit_app, "list", columns=columns.AUDIT)
def audit_list(
    context: Context,
    since: Since = None,
    actor: Annotated[
        str | None, typer.Option("--actor", metavar="USER", help="Only of this user, or user@host.")
    ] = None,
    noun: Annotated[
        str | None, typer.Option("--noun", metavar="NOUN", help="Only those that touched this noun.")
    ] = None,
    limit: Limit = None,
) -> None:
    """List change-sets, newest first.

    Example: itmsctl audit list --since 2d --noun computer
    """
    begin = _moment(since, context.clock())
    with context.store.read() as reader:
        rows = queries.audit_list(reader, since=begin, actor=actor, noun=noun, limit=limit)
        context.out.list(columns.AUDIT, rows)


@verb(audit_app, "show", columns=columns.AUDIT)
def audit_show(
    context: Context, seq: Annotated[int, typer.Argument(metavar="SEQ", help="Number of the change-set.")]
) -> None:
    """Show one change-set and every change that it kept.

    Example: itmsctl audit show 42
    """
    header, changes = context.read(queries.audit_show, seq)
    if context.out.format("json") in {"table", "wide"}:
        changes = [{k: v for k, v in change.items() if k != "changes"} for change in changes]  # `what` says it there
    context.out.show(columns.AUDIT, header, {"changes": changes})


@verb(audit_app, "verify")
def audit_verify(context: Context) -> None:
    """Check the whole chain; exit 14 names the first change-set that does not hold.

    With -o the end of the chain is told with its hash: kept elsewhere, it shows a chain that was rewritten as a whole.
    The mark of this user (seen.json) does so by itself, where this user has written to the database.

    Example: itmsctl audit verify
    """
    found = service.verify_audit(context.store)
    head = service.end_of_audit(context.store)
    row: dict[str, Any] = {
        "name": str(context.store.place),
        "change_sets": found.count,
        "purged": found.purged,
        "result": "ok",
        "seq": head.seq,
        "hash": head.hash,
        "compared_with": head.compared_with,
    }
    context.say(f"{found}")
    if head.seq and head.compared_with is None:
        context.say("there is nothing to compare with: no mark of this user; compare the hash with one kept elsewhere")
    if context.settings.output or context.settings.json:
        context.out.show(columns.CHECK, row)
