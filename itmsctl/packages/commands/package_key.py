"""The group `package-key`: keys that sign the catalogue of packages."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli import connection as over
from itmsctl.cli.context import Context
from itmsctl.cli.options import Confirm, group, verb
from itmsctl.cli.prompts import confirm
from itmsctl.packages import columns
from itmsctl.packages.commands.signing import KeyPassphraseFile, desk_of, words_of
from itmsctl.values.kind import Danger

package_key_app = group("Sign the catalogue of packages: make, list, rotate and retire its keys.")

KeyName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the key.")]
To = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="PLACE", help="Where the private half goes: file, or vault (the default where one is)."
    ),
]
NewPassphraseFile = Annotated[
    str | None,
    typer.Option("--new-passphrase-file", metavar="FILE", help="File with the passphrase that a key in a file gets."),
]


@verb(package_key_app, "list", columns=columns.PACKAGE_KEY)
def list_(context: Context) -> None:
    """List the keys that the catalogue names: what they sign, and where their private halves lie.

    Example: itmsctl package-key list -o table
    """
    from itmsctl.packages.service import key_changes

    context.out.list(
        columns.PACKAGE_KEY, key_changes.listed(desk_of(context)), empty="no key yet: itmsctl package-key make packages"
    )


@verb(package_key_app, "make")
def make(
    context: Context,
    name: KeyName,
    role: Annotated[
        list[str],
        typer.Option("--role", metavar="ROLE", help="What it signs: root, targets, snapshot, timestamp. Default: all."),
    ] = [],
    to: To = None,
    new_passphrase_file: NewPassphraseFile = None,
    begin_again: Annotated[
        bool, typer.Option("--begin-again", help="Forget the catalogue and its keys: all is to be published again.")
    ] = False,
    given: Confirm = None,
    passphrase_file: over.PassphraseFile = None,
    key_passphrase_file: KeyPassphraseFile = None,
) -> None:
    """Make a key that signs beside the others. The first one makes the catalogue, and signs everything.

    Who lost the last key of role root has to begin again, with a key of another name.

    Examples:

      itmsctl package-key make packages --to file --new-passphrase-file ~/.config/itmsctl/signing

      itmsctl package-key make ann --role targets
    """
    from itmsctl.packages.service import key_changes, publishing
    from itmsctl.packages.trust.metadata import ROLES

    desk = desk_of(context, passphrase_file, key_passphrase_file)
    words = None if new_passphrase_file is None else words_of(new_passphrase_file)
    if begin_again:
        confirm(context, Danger.SEVERE, "forget the catalogue of packages and its keys", "catalogue", given=given)
        kept = publishing.begin_again(desk)
        context.say(f"the catalogue is forgotten{'' if kept is None else f'; its files are in {kept}'}")
    founded = publishing.found(desk, name, to, words)
    if founded is not None:
        context.say(f"{name}: made, {founded.fingerprint} in {founded.where}; it signs the new catalogue")
        return
    made = key_changes.add(desk, name, role or ROLES, to, words)
    context.say(f"{name}: made, {made.fingerprint} in {made.where}; it signs {', '.join(made.roles)}")


@verb(package_key_app, "rotate")
def rotate(
    context: Context,
    name: KeyName,
    new_name: Annotated[
        str | None,
        typer.Option("--new-name", metavar="NAME", help="Name of the new key. Default: a number behind the old."),
    ] = None,
    to: To = None,
    new_passphrase_file: NewPassphraseFile = None,
    passphrase_file: over.PassphraseFile = None,
    key_passphrase_file: KeyPassphraseFile = None,
) -> None:
    """Put a fresh key in the place of another: it signs everything again, and the other one counts no more.

    A key of role root has to be here. After a theft: versions that the thief drove up are forgotten with the key.

    Example: itmsctl package-key rotate packages --to vault
    """
    from itmsctl.packages.service import key_changes

    desk = desk_of(context, passphrase_file, key_passphrase_file)
    words = None if new_passphrase_file is None else words_of(new_passphrase_file)
    made = key_changes.rotate(desk, name, new_name or key_changes.next_name(desk, name), to, words)
    context.say(f"{name}: rotated; {made.name} {made.fingerprint} in {made.where} signs {', '.join(made.roles)}")


@verb(package_key_app, "retire")
def retire(
    context: Context,
    name: KeyName,
    given: Confirm = None,
    passphrase_file: over.PassphraseFile = None,
    key_passphrase_file: KeyPassphraseFile = None,
) -> None:
    """Let a key sign no more; what it signed is signed again by those that are left.

    Example: itmsctl package-key retire ann --yes
    """
    from itmsctl.packages.service import key_changes

    confirm(context, Danger.MODERATE, f"retire key `{name}`", name, given=given)
    roles = key_changes.retire(desk_of(context, passphrase_file, key_passphrase_file), name)
    context.say(f"{name}: retired; it signed {', '.join(roles)}")


@verb(package_key_app, "export")
def export(context: Context) -> None:
    """Print who may sign packages, as the file of signers of `ssh-keygen -Y verify`.

    Bring it to computers over SSH, never by a package server. A manifest is checked there by: ssh-keygen -Y verify -f
    signers -I itmsctl -n itmsctl-package -s DIGEST.json.sig < DIGEST.json

    Example: itmsctl package-key export > signers
    """
    from itmsctl.packages.service import key_changes

    context.stdout.write(key_changes.signers_file(desk_of(context)))
