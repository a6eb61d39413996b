"""The group `package-catalogue`: what is published, signed, and how long that is good."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli import connection as over
from itmsctl.cli.context import Context
from itmsctl.cli.options import Confirm, group, verb
from itmsctl.cli.prompts import confirm
from itmsctl.errors import UsageError
from itmsctl.packages import columns
from itmsctl.packages.commands.signing import KeyPassphraseFile, desk_of
from itmsctl.values.counts import counted
from itmsctl.values.kind import Danger

package_catalogue_app = group("Know which packages are published, by whom, and whether the signatures hold.")


@verb(package_catalogue_app, "list", columns=columns.CATALOGUE_ENTRY)
def list_(context: Context) -> None:
    """List what is published: each revision of a package by the digest of its manifest, and who let it through.

    Example: itmsctl package-catalogue list -o table
    """
    from itmsctl.packages.service import catalogue_shown

    context.out.list(columns.CATALOGUE_ENTRY, context.read(catalogue_shown.entries), empty="nothing is published yet")


@verb(package_catalogue_app, "show", columns=columns.CATALOGUE)
def show(context: Context) -> None:
    """Show versions, dates of expiry and what is asked for before a package is published. Checks all signatures.

    Example: itmsctl package-catalogue show
    """
    from itmsctl.packages.service import catalogue_shown

    context.out.show(columns.CATALOGUE, context.read(catalogue_shown.state))


@verb(package_catalogue_app, "verify")
def verify(
    context: Context,
    trust_again: Annotated[
        bool,
        typer.Option("--trust-again", help="Forget what was trusted, and begin with the root that the CMDB names."),
    ] = False,
    given: Confirm = None,
) -> None:
    """Check the catalogue: signatures, expiry, that it did not go back, and each manifest in the library.

    Exit 14 where something does not hold.

    Example: itmsctl package-catalogue verify
    """
    from itmsctl.packages.service import catalogue_shown

    if trust_again:
        confirm(context, Danger.SEVERE, "forget what was trusted of the catalogue", "catalogue", given=given)
        context.read(catalogue_shown.forget)
    count, version = context.read(catalogue_shown.verified)
    context.say(f"catalogue {version}: {counted(count, 'published revision')}, each as it was signed")


@verb(package_catalogue_app, "renew")
def renew(
    context: Context,
    days: Annotated[
        int | None, typer.Option("--days", metavar="N", help="For how long from now. Default: 180.", min=1, max=3650)
    ] = None,
    passphrase_file: over.PassphraseFile = None,
    key_passphrase_file: KeyPassphraseFile = None,
) -> None:
    """Keep the catalogue good for longer, as each publication does. `doctor` warns a month before it expires.

    Example: itmsctl package-catalogue renew --days 90
    """
    from itmsctl.packages.service import key_changes

    believed = key_changes.renew(desk_of(context, passphrase_file, key_passphrase_file), days)
    context.say(f"catalogue {believed.catalogue.version}: good until {context.local(believed.timestamp.expires)}")


@verb(package_catalogue_app, "set")
def set_(
    context: Context,
    approval: Annotated[
        str | None,
        typer.Option(
            "--approval",
            metavar="WAY",
            help="off: import publishes; steps: approve and publish apart; people: not by who imported it.",
        ),
    ] = None,
    passphrase_file: over.PassphraseFile = None,
    key_passphrase_file: KeyPassphraseFile = None,
) -> None:
    """Say what has to happen before a package is published. It is signed: who lacks a root key cannot lower it.

    Example: itmsctl package-catalogue set --approval people
    """
    from itmsctl.packages.service import key_changes

    if approval is None:
        raise UsageError("nothing to change", hint="--approval off, steps or people")
    changed = key_changes.set_approval(desk_of(context, passphrase_file, key_passphrase_file), approval)
    context.say(f"catalogue: {'approval is ' + approval if changed else 'unchanged'}")
