"""`plan` and `diff`: what applying documents would change. Neither writes anything to the CMDB."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import root_command
from itmsctl.cli.out import Force, refuse_in_use
from itmsctl.plans import columns
from itmsctl.plans.commands.files import ExitCode, Files, Group, Prune, Recursive, Take, batch, order
from itmsctl.plans.service import planning, saved
from itmsctl.plans.service.opened import OpenedBatch
from itmsctl.values.untrusted import shell_arg

NESTED = frozenset({"json", "ndjson", "yaml"})


def _plan(
    context: Context,
    files: Files = None,
    recursive: Recursive = False,
    group: Group = None,
    prune: Prune = False,
    take: Take = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Save the plan in this file.")] = None,
    force: Force = False,
    exit_code: ExitCode = False,
) -> int:
    """Say what applying documents would do: every deletion, every membership lost, what is created and updated.

    A plan that was saved applies exactly that: where anything that it touches has changed since, `apply` ends with 6.

    Examples:

      itmsctl plan -f estate.yaml

      itmsctl plan -f estate/ -R --out change.plan && itmsctl apply change.plan
    """
    if out is not None:
        refuse_in_use(context, out)
    asked = order(context, group, prune, take)
    with OpenedBatch(batch(context, files, recursive, group, prune)) as opened:
        made = planning.compare(context.store, opened, asked)
        if out is not None:
            context.read(saved.save, out, context.store, opened, asked, made, force=force)
    form = context.out.format()
    changes = [*made.done.changes, *made.rows]
    if form in NESTED:
        context.out.list(columns.PLANNED, [*columns.planned(changes, made.losses), *columns.kept(made.done)])
    elif form in {"table", "wide"} and (made.differs or made.done.kept):
        rows = columns.planned_table(made.done.changes, made.rows, made.done.tables, made.losses)
        context.out.list(columns.PLANNED, [*rows, *columns.kept(made.done)])
    elif form not in {"table", "wide"}:
        context.out.list(columns.PLANNED, [*columns.planned_lines(changes, made.losses), *columns.kept(made.done)])
    for text in columns.other_guids(made.done):
        context.say(text)
    context.say(f"plan: {columns.summary(made.done, len(made.losses))}" if made.differs else "nothing would change")
    if out is not None:
        context.say(f"saved; to do exactly this: itmsctl apply {shell_arg(str(out))}")
    return 20 if exit_code and made.differs else 0


def _diff(
    context: Context,
    files: Files = None,
    recursive: Recursive = False,
    group: Group = None,
    prune: Prune = False,
    take: Take = False,
    exit_code: ExitCode = False,
) -> int:
    """Show field by field how the CMDB differs from documents: deletions first, counts at the end.

    Example: itmsctl diff -f estate.yaml --exit-code
    """
    asked = order(context, group, prune, take)
    with OpenedBatch(batch(context, files, recursive, group, prune)) as opened:
        made = planning.compare(context.store, opened, asked)
    short = context.out.format() in {"table", "wide"}
    if made.differs or not short:
        rows = columns.differences([*made.done.changes, *made.rows], short=short)
        context.out.list(columns.DIFFERENCE, rows)
    context.say(f"diff: {columns.summary(made.done)}" if made.differs else "no differences")
    return 20 if exit_code and made.differs else 0


plan_app = root_command("plan", _plan, columns=columns.PLANNED)
diff_app = root_command("diff", _diff, columns=columns.DIFFERENCE)
