"""`package approve`, `publish` and `withdraw`: what stands between an import and the computers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itmsctl.cli import connection as over
from itmsctl.cli.context import Context
from itmsctl.cli.naming import given_names, is_several, names_argument
from itmsctl.cli.nouns import report_all
from itmsctl.cli.options import DryRun, verb
from itmsctl.errors import SigningKeyMissingError, VaultLockedError
from itmsctl.packages.commands.signing import KeyPassphraseFile, desk_of
from itmsctl.packages.kinds import IMPORTED, PUBLISHED
from itmsctl.values.untrusted import shell_arg

if TYPE_CHECKING:
    from itmsctl.packages.service.signing import SigningDesk

Names = Annotated[list[str], names_argument("package")]


def register(app: typer.Typer) -> None:
    """Add the verbs to the group `package`."""
    verb(app, "approve")(approve)
    verb(app, "publish")(publish)
    verb(app, "withdraw")(withdraw)


def approve(context: Context, names: Names, dry_run: DryRun = False) -> None:
    """Approve packages as they are now. Whoever changes one afterwards needs another approval.

    With `package-catalogue set --approval people` it has to be somebody else than who imported it: else exit 9.

    Example: itmsctl package approve nano --reason 'tested on three computers'
    """
    from itmsctl.packages.service.publishing import looked
    from itmsctl.packages.service.steps import approve as approving
    from itmsctl.packages.trust.metadata import OFF

    wanted = given_names(context, names, "package")
    believed = context.read(looked)
    approval = believed.root.approval if believed else OFF
    outcomes = context.write(approving, wanted, context.store.actor.name, approval, dry_run=dry_run)
    report_all(context, outcomes, dry_run, several=is_several(names))


def publish(
    context: Context,
    names: Names,
    passphrase_file: over.PassphraseFile = None,
    key_passphrase_file: KeyPassphraseFile = None,
    dry_run: DryRun = False,
) -> None:
    """Publish packages: their manifests enter the signed catalogue, and only so they are sent to computers.

    The first one makes the catalogue and its key. A signature for `ssh-keygen -Y verify` is written beside each
    manifest in the library.

    Examples:

      itmsctl package publish nano

      itmsctl package list --fields name -o name | itmsctl package publish -
    """
    wanted = given_names(context, names, "package")
    publish_all(context, desk_of(context, passphrase_file, key_passphrase_file), wanted, names, dry_run=dry_run)


def withdraw(
    context: Context,
    names: Names,
    passphrase_file: over.PassphraseFile = None,
    key_passphrase_file: KeyPassphraseFile = None,
    dry_run: DryRun = False,
) -> None:
    """Withdraw packages: all their revisions leave the signed catalogue, and are sent to nobody any more.

    Example: itmsctl package withdraw nano --reason 'breaks the editor of root'
    """
    from itmsctl.packages.service import publishing

    desk = desk_of(context, passphrase_file, key_passphrase_file)
    outcomes = publishing.withdraw(desk, given_names(context, names, "package"), dry_run=dry_run)
    report_all(context, outcomes, dry_run, several=is_several(names))


def publish_all(
    context: Context, desk: SigningDesk, wanted: Sequence[str], words: Sequence[str], *, dry_run: bool
) -> None:
    """Publish packages, and say so; makes the catalogue where there is none."""
    from itmsctl.packages.service import publishing

    asked = context.read(publishing.may_publish, wanted, desk.actor)
    if not dry_run:
        _found(context, desk)
    outcomes = publishing.publish(desk, asked, dry_run=dry_run)
    report_all(context, outcomes, dry_run, several=is_several(words))


def after_import(context: Context, outcome: Any, passphrase_file: str | None = None) -> Any:
    """Publish what was imported where the catalogue asks for no approval; else say what is left to do.

    Return the outcome of the import, with the package as it is now. What came in stays where it cannot be published
    for want of a passphrase.
    """
    return _by_itself(context, [outcome], "imported", passphrase_file)[0]


def after_change(context: Context, outcomes: list[Any]) -> list[Any]:
    """Publish again what was published before it was changed, as `after_import` does what came in."""
    ours = [
        one
        for one in outcomes
        if one.doc.fields["state"] == IMPORTED and one.before and one.before.fields["state"] == PUBLISHED
    ]
    if not ours:
        return outcomes
    now = {one.doc.guid: one for one in _by_itself(context, ours, "changed")}
    return [now.get(one.doc.guid, one) for one in outcomes]


def after_arrival(context: Context, outcome: Any, passphrase_file: str | None = None, *, alone: bool = False) -> None:
    """Publish a package whose content came from another server, as `after_import` does; `alone`: nobody is asked."""
    _by_itself(context, [outcome], "fetched", passphrase_file, alone=alone)


def _by_itself(
    context: Context, outcomes: Sequence[Any], what: str, passphrase_file: str | None = None, *, alone: bool = False
) -> list[Any]:
    from itmsctl.packages.service import publishing
    from itmsctl.packages.trust.metadata import OFF

    names = " ".join(shell_arg(one.doc.name) for one in outcomes)
    believed = context.read(publishing.looked)
    if believed is not None and believed.root.approval != OFF:
        if any(one.doc.fields["state"] == IMPORTED for one in outcomes):
            context.say(f"next: itmsctl package approve {names}, then publish, as approval asks for")
        return list(outcomes)
    desk = desk_of(context, passphrase_file, alone=alone)
    try:
        asked = context.read(publishing.may_publish, [one.doc.guid for one in outcomes], desk.actor)
        _found(context, desk)
        published = publishing.publish(desk, asked)
    except (VaultLockedError, SigningKeyMissingError) as error:
        typed = f"itmsctl package publish {names}"
        context.insist(f"{names} {what}, and not published: {error.message}; {typed}")
        return list(outcomes)
    return [_noted(one, now.doc) for one, now in zip(outcomes, published, strict=True)]


def _noted(outcome: Any, doc: Any) -> Any:
    notes = (f"{doc.name}: published",) if doc.fields["state"] != outcome.doc.fields["state"] else ()
    return replace(outcome, doc=doc, notes=(*outcome.notes, *notes))


def _found(context: Context, desk: SigningDesk) -> None:
    from itmsctl.packages.service import publishing

    made = publishing.found(desk)
    if made is None:
        return
    where = "in the vault" if made.where == "vault" else f"in {made.path}, which only you can read"
    context.say(f"made the signed catalogue of packages, and key `{made.name}` {made.fingerprint} {where}")
    if made.where != "vault":
        context.say("keep a copy of it; for a passphrase: itmsctl package-key rotate (docs/trust.md)")
