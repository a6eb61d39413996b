"""The group `vault`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from itmsctl.cli import connection as over
from itmsctl.cli.context import Context
from itmsctl.cli.options import Confirm, DryRun, group, verb
from itmsctl.cli.prompts import confirm
from itmsctl.errors import UsageError
from itmsctl.security import columns
from itmsctl.security.commands.unlocking import unlocking
from itmsctl.security.service import rekeying, vaults
from itmsctl.security.service import unlocking as words
from itmsctl.values.kind import Danger

vault_app = group("Keep secrets sealed: make the vault, lock it, give it another passphrase or key.")

NewPassphraseFile = Annotated[
    str | None,
    typer.Option(
        "--new-passphrase-file", metavar="FILE", help="File or pipe with the new passphrase; - is standard input."
    ),
]


@verb(vault_app, "init")
def init(context: Context, passphrase_file: over.PassphraseFile = None, dry_run: DryRun = False) -> None:
    """Make the vault. Who loses the passphrase loses every secret in it: there is no other way in.

    Example: itmsctl vault init --passphrase-file ~/.config/itmsctl/passphrase
    """
    context.read(vaults.refuse_second)
    header = vaults.made(words.new_passphrase(unlocking(context, passphrase_file)))
    context.write(vaults.init, header, dry_run=dry_run)
    _done(context, "created", dry_run)


@verb(vault_app, "status", columns=columns.VAULT)
def status(context: Context) -> None:
    """Show whether there is a vault, whether it is locked, how many secrets it holds. Asks for no passphrase.

    Example: itmsctl vault status
    """
    context.out.show(columns.VAULT, context.read(vaults.status))


@verb(vault_app, "remove")
def remove(context: Context, given: Confirm = None, dry_run: DryRun = False) -> None:
    """Remove a vault that holds no secret, so that `vault init` can begin again. Needs no passphrase: it may be lost.

    A lost passphrase cannot be found again: remove the credentials first, whose secrets nobody can read any more.

    Example: itmsctl vault remove --confirm vault:0
    """
    context.read(vaults.refuse_full)
    if not dry_run:
        confirm(context, Danger.SEVERE, "remove the vault and its key", "vault", count=0, given=given)
    context.write(vaults.remove, dry_run=dry_run)
    _done(context, "removed", dry_run)


@verb(vault_app, "lock")
def lock(context: Context, dry_run: DryRun = False) -> None:
    """Forbid every use of its credentials, by anybody, also by cron, until `vault unlock`. Needs no passphrase.

    Runs that have begun keep what they hold: `touch STOP` in the state folder stops those.

    Example: itmsctl vault lock --reason "laptop of an administrator was stolen"
    """
    changed = context.write(vaults.set_state, vaults.LOCKED, dry_run=dry_run)
    _done(context, "locked" if changed else "unchanged", dry_run)


@verb(vault_app, "unlock")
def unlock(context: Context, passphrase_file: over.PassphraseFile = None, dry_run: DryRun = False) -> None:
    """Let its credentials be used again. Needs the passphrase.

    Example: itmsctl vault unlock
    """
    key = vaults.unlocked(context.store, unlocking(context, passphrase_file), even_locked=True)
    changed = context.write(vaults.set_state, vaults.OPEN, key, dry_run=dry_run)
    _done(context, "unlocked" if changed else "unchanged", dry_run)


@verb(vault_app, "rekey")
def rekey(
    context: Context,
    rotate_key: Annotated[
        bool, typer.Option("--rotate-key", help="Make another key too, and seal every secret under it.")
    ] = False,
    passphrase_file: over.PassphraseFile = None,
    new_passphrase_file: NewPassphraseFile = None,
    dry_run: DryRun = False,
) -> None:
    """Give the vault another passphrase; with --rotate-key another key (and passphrase, if given). Works while locked.

    Copies made before (backups) still open with the old passphrase: after a leak change the secrets themselves too.

    Example: itmsctl vault rekey --new-passphrase-file ~/.config/itmsctl/passphrase.new
    """
    ways = unlocking(context, passphrase_file)
    new = replace(ways, file=new_passphrase_file, systemd_folder=None, held={})
    if new.file is None and not rotate_key and not context.interactive:
        raise UsageError("where is the new passphrase?", hint="--new-passphrase-file FILE, or --rotate-key alone")
    keep = new.file is None and rotate_key
    prepared = rekeying.prepare(context.store, ways, None if keep else new, rotate_key=rotate_key)
    count = context.write(rekeying.store, prepared, dry_run=dry_run)
    _done(context, f"rekeyed, {count} secrets sealed again" if rotate_key else "rekeyed", dry_run)


def _done(context: Context, action: str, dry_run: bool) -> None:
    context.done(f"vault: {action}", dry_run=dry_run)
    if context.settings.output or context.settings.json:
        context.out.show(columns.VAULT, {"action": action, **context.read(vaults.status)})
