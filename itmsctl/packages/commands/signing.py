"""How a command signs: where the private halves of keys lie, and how their passphrases come in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from itmsctl.cli.context import Context

if TYPE_CHECKING:
    from itmsctl.packages.service.signing import SigningDesk

KeyPassphraseFile = Annotated[
    str | None,
    typer.Option("--key-passphrase-file", metavar="FILE", help="File with the passphrase of the signing key itself."),
]


def desk_of(
    context: Context,
    passphrase_file: str | None = None,
    key_passphrase_file: str | None = None,
    *,
    alone: bool = False,
) -> SigningDesk:
    """Return how this command signs; `alone`: nobody is there to be asked."""
    from itmsctl.cli.prompts import ask_secret
    from itmsctl.packages.service.signing import SigningDesk
    from itmsctl.security.commands.unlocking import unlocking

    def passphrase(name: str) -> bytes | None:
        if key_passphrase_file is not None:
            return words_of(key_passphrase_file)
        typed = ask_secret(context, f"Passphrase of key {name}")
        return None if typed is None else typed.encode("utf-8", "surrogateescape")

    keys = context.data_folder / "keys"
    if alone:
        ways = replace(unlocking(context, passphrase_file), ask=lambda _: None)
        return SigningDesk(context.store, keys, ways)
    return SigningDesk(context.store, keys, unlocking(context, passphrase_file), passphrase)


def ticked(context: Context) -> str:
    """Renew the catalogue where that is due and its keys are at hand; say so (hook `ticked`). Nobody is asked."""
    from itmsctl.packages.service.renewing import due, renewed_in_time

    days = context.read(due)
    if days is None:
        return ""
    believed = renewed_in_time(desk_of(context, alone=True), days)
    return "" if believed is None else f"package catalogue: good until {context.local(believed.timestamp.expires)}"


def words_of(file: str) -> bytes:
    """Return the passphrase in a private file. Raises as `read_private` does."""
    from itmsctl.security.service.unlocking import from_file

    return from_file(str(Path(file).expanduser()))
