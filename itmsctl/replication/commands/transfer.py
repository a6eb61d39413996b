"""Verbs of `replication` that carry batches: taken in from a stream or a file, and written to one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from itmsctl.cli.connection import PassphraseFile
from itmsctl.cli.context import Context
from itmsctl.cli.options import verb
from itmsctl.cli.out import Force, refuse_in_use
from itmsctl.replication import columns
from itmsctl.values.counts import counted

To = Annotated[str, typer.Option("--to", metavar="SERVER", help="Neighbour that the file is for.")]
Out = Annotated[str, typer.Option("--out", metavar="FILE", help="File to write.")]
Complete = Annotated[bool, typer.Option("--complete", help="Give everything, as to one that has nothing.")]
Batches = Annotated[str, typer.Argument(metavar="FILE", help="File of `replication export`.")]


def register(app: Any) -> None:
    """Add the verbs to `replication`."""
    verb(app, "receive")(receive)
    verb(app, "export", columns=columns.CARRIED)(export)
    verb(app, "import", columns=columns.CARRIED)(import_)


def receive(context: Context) -> int:
    """Take in batches from standard input, and answer each in a line: what a neighbour runs here over SSH.

    Example: itmsctl replication receive <batch
    """
    from itmsctl.hierarchy.commands import joining
    from itmsctl.replication.service.receiving_stream import serve

    def answer(line: str) -> None:
        context.stdout.write(line)
        context.stdout.flush()

    return serve(context.store, context.stdin.buffer, answer, lambda peer: joining.revoke(context, peer))


def export(context: Context, to: To, out: Out, complete: Complete = False, force: Force = False,
           passphrase_file: PassphraseFile = None) -> None:  # fmt: skip
    """Write a file for a neighbour that no network reaches: what has changed, and all that it has not confirmed yet.

    What it took is known from the next file that comes back from it.

    Example: itmsctl replication export --to mine --out mine.batches
    """
    from itmsctl.replication.commands.replication import vault_of
    from itmsctl.replication.service import carrying

    path = Path(out).expanduser()
    refuse_in_use(context, path)
    done = carrying.export(
        context.store, to, path, complete=complete, force=force, vault=vault_of(context, passphrase_file)
    )
    context.say(
        f"{out}: {counted(done.batches, 'batch', 'batches')} for {done.server}, {counted(done.records, 'record')}"
    )
    if context.settings.output or context.settings.json:
        context.out.show(columns.CARRIED, done.as_dict())


def import_(context: Context, file: Batches) -> int:
    """Take in a file that a neighbour wrote for this server. Twice does no harm.

    Exit 6 where a file before this one is missing, 7 where objects were refused, 14 where it is not to be believed.

    Example: itmsctl replication import mine.batches
    """
    from itmsctl.errors import PartialError
    from itmsctl.replication.service import carrying

    done = carrying.bring_in(context.store, Path(file).expanduser())
    before = f", {done.already} of them taken in before" if done.already else ""
    came = f"{counted(done.batches, 'batch', 'batches')} of {done.server or 'nobody'}{before}"
    context.say(f"{file}: {came}, {counted(done.records, 'record')} applied")
    if context.settings.output or context.settings.json:
        context.out.show(columns.CARRIED, done.as_dict())
    return PartialError.exit_status if done.refused else 0
