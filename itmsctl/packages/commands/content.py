"""`package program` and `package revisions`: what runs from a package, and its contents that are kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.noun_fields import pair
from itmsctl.cli.nouns import report
from itmsctl.cli.options import DryRun, verb
from itmsctl.errors import UsageError
from itmsctl.packages import columns
from itmsctl.packages.commands.publishing import after_change
from itmsctl.packages.kinds import REBOOTS
from itmsctl.values.counts import counted

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the package.", autocompletion=names_of("package"))]


@dataclass(frozen=True, kw_only=True)
class SaidOfProgram:
    """What is said of a program; what is not named is left alone, and an empty text takes it away."""

    linux: Annotated[
        str | None,
        typer.Option("--linux", metavar="COMMAND", help="Command line on Linux, in the folder of the package."),
    ] = None
    windows: Annotated[str | None, typer.Option("--windows", metavar="COMMAND", help="Command line on Windows.")] = None
    macos: Annotated[str | None, typer.Option("--macos", metavar="COMMAND", help="Command line on macOS.")] = None
    any: Annotated[
        str | None, typer.Option("--any", metavar="COMMAND", help="Command line where a system has none of its own.")
    ] = None
    code: Annotated[
        list[str],
        typer.Option(
            "--code",
            metavar="CODE=MEANING",
            help="What a code means: success, reboot, retry or failed. Again.",
        ),
    ] = field(default_factory=list)
    run_as: Annotated[str | None, typer.Option("--run-as", metavar="USER", help="User that runs it, by sudo.")] = None
    reboot: Annotated[
        str | None,
        typer.Option("--reboot", metavar="WORD", help=f"Whether the computer restarts after it: {', '.join(REBOOTS)}."),
    ] = None
    limit: Annotated[str | None, typer.Option("--limit", metavar="TIME", help="How long it may take: 30m.")] = None

    def parts(self) -> dict[str, object]:
        """Return what was given."""
        words = ("linux", "windows", "macos", "any", "run_as", "reboot", "limit")
        found: dict[str, object] = {name: getattr(self, name) for name in words if getattr(self, name) is not None}
        return found | ({"codes": dict(map(pair, self.code))} if self.code else {})


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    verb(app, "program", columns=columns.PROGRAM)(program)
    verb(app, "revisions", columns=columns.REVISION)(revisions)


def program(
    context: Context,
    name: Name,
    said: SaidOfProgram,
    which: Annotated[
        str | None, typer.Argument(metavar="PROGRAM", help="install, upgrade, repair, uninstall or a word of your own.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the program away.")] = False,
    proposed: Annotated[
        bool,
        typer.Option("--proposed", help="Take what the last import proposed, for PROGRAM or all."),
    ] = False,
    dry_run: DryRun = False,
) -> None:
    """Show the programs of a package, or say what one of them does (SW-27).

    A change makes a new revision of the package: what is approved and copied is a program with its files. Where no
    approval is asked for, a package that was published is published again at once.

    Examples:

      itmsctl package program curl

      itmsctl package program viewer install --windows '"viewer-setup.exe" /S' --code 3010=reboot --limit 20m
    """
    from itmsctl.packages.service import programming

    parts = said.parts()
    if sum(map(bool, (parts, remove, proposed))) > 1:
        raise UsageError("--remove and --proposed stand alone", hint="give one of them, or command lines")
    if which is None and (parts or remove):
        raise UsageError("which program?", hint="itmsctl package program NAME install ...")
    if not (parts or remove or proposed):
        context.out.list(columns.PROGRAM, context.read(programming.listed, name, which), empty="no program")
        return
    if proposed:
        outcome = context.write(programming.take_proposed, name, which, dry_run=dry_run)
    elif remove:
        outcome = context.write(programming.remove, name, which, dry_run=dry_run)
    else:
        outcome = context.write(programming.change, name, which, parts, dry_run=dry_run)
    report(context, outcome if dry_run else after_change(context, [outcome])[0], dry_run)


def revisions(
    context: Context,
    name: Name,
    remove: Annotated[
        list[int] | None,
        typer.Option("--remove", metavar="N", help="Remove a former one and its files. Again."),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """List the contents of a package that are kept, the last first; give up former ones.

    Example: itmsctl package revisions curl --remove 1 --remove 2
    """
    from itmsctl.packages.service import packages, sweeping

    if not remove:
        rows = context.read(lambda reader: packages.revisions_of(reader, packages.PACKAGES.get(reader, name).id))
        kept = ("number", "version", "manifest", "size_bytes", "imported_at")
        context.out.list(columns.REVISION, [{key: getattr(row, key) for key in kept} for row in rows])
        return
    gone = context.write(packages.remove_revisions, name, remove, dry_run=dry_run)
    if not dry_run:
        context.write(sweeping.swept)
    context.done(f"{name}: {counted(gone, 'revision')} removed", dry_run=dry_run)
