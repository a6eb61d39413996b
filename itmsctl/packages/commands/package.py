"""The group `package`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from itmsctl.cli.connection import PassphraseFile
from itmsctl.cli.context import Context
from itmsctl.cli.nouns import noun_group, report
from itmsctl.cli.options import DryRun, verb
from itmsctl.packages import columns
from itmsctl.packages.commands.publishing import after_change, after_import
from itmsctl.packages.kinds import PACKAGE
from itmsctl.values.counts import counted
from itmsctl.values.sizes import size_text


def _sections(reader: Any, doc: Any) -> Mapping[str, Any]:
    from itmsctl.packages.service import showing

    return showing.sections(reader, doc)


def _sweep(context: Context) -> None:
    """Remove the files that no package needs now; where somebody adds meanwhile, the next maintenance does."""
    from itmsctl.packages.service import stale_copies, sweeping

    gone = context.write(sweeping.swept)
    if gone is None:
        context.say("files of the library stay until `itmsctl db maintain`: somebody adds to it")
    elif gone.files:
        context.say(f"library: {counted(gone.files, 'file')} that no package needs removed, {size_text(gone.size)}")
    held = context.read(stale_copies.on_servers)
    if held:
        servers = counted(len(held), "package server holds", "package servers hold")
        context.say(f"{servers} what no package needs: {stale_copies.PRUNE}, or the next copying")


package_app = noun_group(
    PACKAGE,
    columns.PACKAGE,
    verbs=("add", "set", "list", "show", "remove"),
    removed=_sweep,
    changed=after_change,
    sections=_sections,
    help_texts={"add": "Add a package that has no files yet: `package import FILE --name NAME` brings them."},
    examples={
        "add": "itmsctl package add curl --program 'install=apt-get install -y ./curl.deb'",
        "set": "itmsctl package set curl --detect 'package curl >= 8.5' --enabled",
        "list": "itmsctl package list -o wide",
        "show": "itmsctl package show curl -o json",
        "remove": "itmsctl package remove curl --yes",
    },
)


@dataclass(frozen=True, kw_only=True)
class SaidOfImport:
    """What is said of a package that comes in, beside what its file says."""

    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="Name of the package. Default: as its file says.")
    ] = None
    version: Annotated[
        str | None, typer.Option("--version", metavar="TEXT", help="Its version. Default: as its file says, else 1.")
    ] = None
    detect: Annotated[
        str | None, typer.Option("--detect", metavar="RULE", help="Rule that says whether it is installed.")
    ] = None
    description: Annotated[
        str | None, typer.Option("--description", metavar="TEXT", help="What people should know about it.")
    ] = None
    unread: Annotated[
        bool, typer.Option("--unread", help="Do not read what the file says of itself: only its name counts.")
    ] = False


@verb(package_app, "import")
def import_(
    context: Context,
    path: Annotated[str, typer.Argument(metavar="FILE|FOLDER", help="File to install, or a folder of files.")],
    said: SaidOfImport,
    passphrase_file: PassphraseFile = None,
    dry_run: DryRun = False,
) -> None:
    """Import a package: its files into the library, and what they say of themselves. It is published at once.

    The same name again is its next content; the former one is kept. The same content again changes nothing.
    Where approval is asked for (`package-catalogue set --approval`) it is imported only.

    Examples:

      itmsctl package import ./curl_8.5.0_amd64.deb

      itmsctl package import ./printer-driver --name printer-driver --version 3.1
    """
    from itmsctl.packages.service import importing

    asked = importing.AskedImport(
        path=Path(path).expanduser(),
        name=said.name,
        version=said.version,
        detect=said.detect,
        description=said.description,
        unread=said.unread,
    )
    with importing.taking_in(context.store, asked, dry_run=dry_run) as taken:
        outcome = context.write(importing.stored, taken, asked, dry_run=dry_run)
    said_now = outcome if dry_run else after_import(context, outcome, passphrase_file)
    report(context, said_now, dry_run)
