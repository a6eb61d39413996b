"""What `apply`, `plan` and `diff` share: their options, and the documents that they name."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from itmsctl.cli.context import Context
from itmsctl.errors import InputError, UsageError
from itmsctl.plans.declared import Batch
from itmsctl.plans.service import planning, reading
from itmsctl.values.names import check_name

Files = Annotated[
    list[str] | None,
    typer.Option("--file", "-f", metavar="FILE", help="File or folder of documents; - is stdin. May be given again."),
]
Recursive = Annotated[bool, typer.Option("--recursive", "-R", help="Folders inside folders too.")]
Group = Annotated[
    str | None, typer.Option("--set", metavar="NAME", help="Apply set of the documents that name none themselves.")
]
Prune = Annotated[bool, typer.Option("--prune", help="Delete what was applied under --set, and is declared no longer.")]
Take = Annotated[bool, typer.Option("--take", help="Take over what other sets declare differently: it leaves them.")]
ExitCode = Annotated[bool, typer.Option("--exit-code", help="End with 20 where there are differences.")]


def order(context: Context, group: str | None, prune: bool, take: bool = False) -> planning.Order:
    """Return who asks, and what is pruned. Raises UsageError for pruning without a set, and for a set of no name."""
    if group is not None:
        try:
            check_name(group, "name of an apply set")
        except InputError as error:
            raise UsageError(f"--set: {error.message}", why=error.why, hint=error.hint or "--set NAME") from None
    if prune and not group:
        raise UsageError("--prune needs a set", hint="--set NAME: only what was applied under it is pruned")
    return planning.Order(str(context.actor().name).partition("@")[0], group or "" if prune else "", take)


def batch(context: Context, files: list[str] | None, recursive: bool, group: str | None, prune: bool = False) -> Batch:
    """Return what the files declare. Raises UsageError where none is named, and what reading raises."""
    if not files:
        raise UsageError("which documents?", hint="-f FILE, -f FOLDER, or -f - for standard input")
    stdin = getattr(context.stdin, "buffer", sys.stdin.buffer)
    found = reading.read_batch(files, stdin, recursive=recursive, group=group)
    if not found.objects and not found.tables:
        context.warn("the documents declare nothing" + (f": a prune of set {group} takes all of it" if prune else ""))
    return found
