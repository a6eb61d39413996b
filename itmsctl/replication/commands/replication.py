"""The group `replication`: give neighbours what rules say, now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from itmsctl.cli.connection import PassphraseFile
from itmsctl.cli.context import Context
from itmsctl.cli.naming import given_names, names_argument
from itmsctl.cli.options import Limit, group, verb
from itmsctl.replication import columns

if TYPE_CHECKING:
    from itmsctl.security.vault import DataKey

replication_app = group("Give neighbours what rules say, and see what would go.")

Rules = Annotated[
    list[str] | None,
    names_argument("replication-rule", "Rule that is run. Default: all that are enabled.", metavar="[RULE]"),
]
Whole = Annotated[bool, typer.Option("--complete", help="Give everything, not only what has changed (REPL-3).")]
OnlyPlan = Annotated[
    bool, typer.Option("--dry-run", help="List each object that would go, with why; nothing goes (REPL-27).")
]
Server = Annotated[str | None, typer.Option("--to", metavar="SERVER", help="Only this neighbour.")]


@verb(replication_app, "run", columns=columns.RAN)
def run(
    context: Context,
    rules: Rules = None,
    complete: Whole = False,
    to: Server = None,
    dry_run: OnlyPlan = False,
    passphrase_file: PassphraseFile = None,
) -> int:
    """Give neighbours what rules say, by default all that are enabled: what has changed since the last run.

    Credentials go where the vault is opened by a file or by systemd: each to a child whose sites alone it is for.

    Examples:

      itmsctl replication run

      itmsctl replication run configuration-down --dry-run
    """
    from itmsctl.errors import worst

    vault = vault_of(context, passphrase_file)
    names = given_names(context, rules, "replication-rule") if rules else []
    if dry_run:
        from itmsctl.replication.service.planning import plans

        planned = plans(context.store, names, to, complete=complete, vault=vault)
        context.out.list(columns.PLANNED, planned, empty="nothing would go")
        return 0
    from itmsctl.replication.service.running import run as run_rules

    ran = run_rules(context.store, names, to, complete=complete, vault=vault)
    context.out.list(columns.RAN, (one.as_dict() for one in ran), empty="no rule goes to anybody")
    for one in ran:
        if one.error is not None:
            context.warn(f"{one.rule} -> {one.server}: {one.error.message} [{one.error.code}]")
            context.say(f"  try: {one.error.hint or 'itmsctl hierarchy status'}")
    return worst({one.exit_status for one in ran} - {0})


def vault_of(context: Context, passphrase_file: str | None) -> DataKey | None:
    """Return the key of the vault where a file or systemd gives its passphrase, else None."""
    from itmsctl.replication.service.secrets import opened_vault
    from itmsctl.security.commands.unlocking import unlocking

    return opened_vault(context.store, unlocking(context, passphrase_file))


@verb(replication_app, "now")
def now(
    context: Context,
    item: Annotated[str, typer.Argument(metavar="KIND/NAME", help="Object that goes, such as policy/nightly.")],
    to: Annotated[str, typer.Option("--to", metavar="SERVER", help="Neighbour that it goes to.")],
    passphrase_file: PassphraseFile = None,
) -> int:
    """Give a neighbour one object at once, with all that it needs there: an emergency waits for no schedule.

    Example: itmsctl replication now delivery/crm --to rome
    """
    from itmsctl.errors import PartialError
    from itmsctl.replication.service.urgent import give_now
    from itmsctl.values.counts import counted

    server, sent = give_now(context.store, item, to, vault_of(context, passphrase_file))
    for _, _, why in sent.refused:
        context.warn(f"refused by {server}: {why}")
    context.say(f"{item}: {counted(sent.records, 'record')} to {server}")
    return PartialError.exit_status if sent.refused else 0


@verb(replication_app, "events", columns=columns.EVENT)
def events(
    context: Context,
    server: Annotated[str | None, typer.Option("--server", metavar="SERVER", help="Only of this server.")] = None,
    state: Annotated[
        list[str] | None, typer.Option("--state", metavar="STATE", help="Only results that ended so; again for more.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="TIME", help="Only what ended since: 7d.")] = None,
    limit: Limit = None,
) -> None:
    """List events that other servers told of: what their runs came to on each computer, the newest first (REPL-14).

    They come where a rule of that server gives `events`, for a time, once their run has ended. So they are for people
    and reports (v_arrived_event), not for alerts: nothing is driven by them (REPL-15). `db purge` removes them.

    Examples:

      itmsctl --db rome.sqlite replication-rule add told --kind events --direction up --until 2026-12-31

      itmsctl replication events --state failed --since 7d
    """
    from itmsctl.errors import UsageError
    from itmsctl.replication.records import RESULT_STATES
    from itmsctl.replication.service.told import EventsAsked, listed
    from itmsctl.values.times import moment

    for one in state or ():
        if one not in RESULT_STATES:
            raise UsageError(f"`{one[:40]}` is not how a result ends", hint=", ".join(sorted(RESULT_STATES)))
    begin = None if since is None else moment(since, context.store.clock())
    found = context.read(listed, EventsAsked(server, state or (), begin, limit))
    context.out.list(columns.EVENT, found, empty="no other server told of events")


def ticked(context: Context) -> str:
    """Return what came of what does not wait for schedules: merges, removals, secrets are given now (hook `ticked`)."""
    from itmsctl.hierarchy.service import peers

    if not context.read(peers.joined):
        return ""
    from itmsctl.replication.service import at_once

    found = context.read(at_once.waiting)
    return "; ".join(at_once.give_waiting(context.store, found, vault_of(context, None))) if any(found) else ""
