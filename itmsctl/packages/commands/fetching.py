"""`package fetch`: the content of packages that came from a parent, and what a tick does of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from itmsctl.cli.connection import PassphraseFile
from itmsctl.cli.context import Context
from itmsctl.cli.naming import given_names, names_argument
from itmsctl.cli.options import DryRun, verb
from itmsctl.errors import UsageError, worst
from itmsctl.packages import columns
from itmsctl.values.untrusted import log_text

if TYPE_CHECKING:
    from itmsctl.cli.progress import Progress
    from itmsctl.packages.service.awaiting import AwaitedContent, ContentNews

_GO_S = 50.0  # for what one tick takes: the next one goes on with the rest
From = Annotated[
    str | None,
    typer.Option("--from", metavar="URL|FOLDER", help="Take it from there: the URL of a package server, or a copy of "
                 "its folder, or of the library of the parent."),
]  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the verb to its group."""
    verb(app, "fetch", columns=columns.FETCHED)(fetch)


def fetch(
    context: Context,
    names: Annotated[list[str] | None, names_argument("package")] = None,
    place: From = None,
    passphrase_file: PassphraseFile = None,
    dry_run: DryRun = False,
) -> int:
    """Take the content of packages that came from the parent: from its package servers, or as --from says.

    Every byte is compared with what the parent signed. What was begun is gone on with. Then they are published, unless
    approval is asked for. The tick does it by itself, and tries again after 3, 6, 12 ... minutes.

    Examples:

      itmsctl package fetch

      itmsctl package fetch curl --from /media/stick/packages
    """
    from itmsctl.packages.service import awaiting

    base = None if place is None else place_of(place)
    wanted = given_names(context, names, "package") if names else []
    found = context.read(awaiting.awaited, wanted)
    if base is not None:
        found = [awaiting.AwaitedContent(one.doc, (base,), one.failures) for one in found]
    if dry_run:
        for one in found:
            where = ", ".join(one.sources) or "nowhere yet"
            context.say(log_text(f"{one.doc.name}: from {where} (dry run, nothing was taken)"))
        return 0
    context.store.acting()
    told = list(taken(context, found, None, passphrase_file))
    context.out.list(columns.FETCHED, [one.as_dict() for one in told], empty="every package has its content")
    return worst({one.exit_status for one in told if one.exit_status})


def ticked(context: Context) -> str:
    """Take what is due of the content of packages, and keep said where children find it (hook `ticked`)."""
    from itmsctl.packages.service import awaiting, sources

    if not context.read(sources.is_renewed):
        context.write(sources.renew_sources)
    found = context.read(lambda reader: awaiting.awaited(reader, due=True))
    told = list(taken(context, found, time.monotonic() + _GO_S, alone=True))
    return "; ".join(log_text(f"package {one.package}: {one.state} {one.message}".rstrip()) for one in told)


def place_of(text: str) -> str:
    """Return a place to take packages from. Raises UsageError."""
    from pathlib import Path

    from itmsctl.packages.service.contents import WEB

    if text.startswith(WEB):
        return text
    folder = Path(text.removeprefix("file://")).expanduser()
    if "://" in text.removeprefix("file://") or not folder.is_dir():
        raise UsageError(f"--from `{text[:200]}` is not a folder or URL", hint="https://..., http://..., or a folder")
    return str(folder)


def _moved(bar: Progress, size: int) -> None:
    bar.update(size, 1)


def taken(
    context: Context,
    found: Sequence[AwaitedContent],
    until: float | None,
    passphrase_file: str | None = None,
    *,
    alone: bool = False,
) -> Iterator[ContentNews]:
    """Take the content of packages one by one, publish them, and yield what came of each."""
    from itmsctl.cli.progress import Progress
    from itmsctl.packages.commands.publishing import after_arrival
    from itmsctl.packages.service import awaiting
    from itmsctl.packages.service.contents import ContentTaking
    from itmsctl.packages.service.library import Library

    library = Library(context.store.library, context.store.identity.server_guid)
    for one in found:
        if until is not None and time.monotonic() > until:
            return
        context.write(awaiting.begun, one)
        with closing(Progress(context, one.doc.fields["size_bytes"] or 0, one.doc.name)) as bar:
            taking = ContentTaking(library, one.digest, one.sources, until, partial(_moved, bar))
            news = awaiting.take(one, taking)
        outcome = context.write(awaiting.ended, one, news)
        if news.state == awaiting.FETCHED:
            after_arrival(context, outcome, passphrase_file, alone=alone)
        yield news
