"""`apply`: make the CMDB what documents say, or exactly what a saved plan says."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import Confirm, DryRun, root_command
from itmsctl.cli.prompts import confirm
from itmsctl.errors import UsageError
from itmsctl.plans import columns
from itmsctl.plans.commands.files import Files, Group, Prune, Recursive, Take, batch, order
from itmsctl.plans.outcome import ApplySummary
from itmsctl.plans.service import planning, saved
from itmsctl.plans.service.opened import OpenedBatch


def _apply(
    context: Context,
    plan: Annotated[str | None, typer.Argument(metavar="PLAN", help="A plan that `plan --out` saved.")] = None,
    files: Files = None,
    recursive: Recursive = False,
    group: Group = None,
    prune: Prune = False,
    take: Take = False,
    given: Confirm = None,
    dry_run: DryRun = False,
) -> None:
    """Apply documents: YAML or JSON, kinds in any order, all in one change-set or not at all.

    What a document does not say is left alone; `null` empties a field; `state: absent` deletes. With --set NAME --prune
    what was applied under that name before, and is declared no longer, is deleted too.

    Examples:

      itmsctl apply -f estate.yaml

      itmsctl apply -f estate/ -R --set estate --prune --confirm estate:3

      itmsctl plan -f estate.yaml --out change.plan && itmsctl apply change.plan
    """
    if plan is not None:
        if files or group or prune or take:
            raise UsageError("a saved plan and documents are both given", hint="itmsctl apply PLAN, or apply -f FILE")
        _saved(context, plan, given, dry_run)
        return
    asked = order(context, group, prune, take)
    with OpenedBatch(batch(context, files, recursive, group, prune)) as opened:
        expected = _confirmed(context, planning.deletions, opened, asked, given, dry_run)
        done = context.write(planning.carry_out, opened, asked, expected, dry_run=dry_run)
    _tell(context, done, dry_run)


def _saved(context: Context, path: str, given: str | None, dry_run: bool) -> None:
    found = saved.read(path)
    found.refuse_stale(context.store)
    with OpenedBatch(found.batch) as opened:
        _ask(context, found.removals, found.order, given, dry_run)
        done = context.write(found.apply, opened, dry_run=dry_run)
    _tell(context, done, dry_run)


def _confirmed(context: Context, find: Any, opened: OpenedBatch, asked: Any, given: str | None, dry_run: bool) -> Any:
    if dry_run:
        return None
    removals = context.read(find, opened.batch, asked)
    _ask(context, removals, asked, given, dry_run)
    return removals


def _ask(context: Context, removals: Any, asked: Any, given: str | None, dry_run: bool) -> None:
    if dry_run or not removals:
        return
    name = asked.prune or removals[0].name
    guard_max = context.guard_max
    context.read(planning.guard, removals, f"{name}:{len(removals)}", given, guard_max)
    more = f" and {len(removals) - 1} more" if len(removals) > 1 else ""
    what = f"delete {removals[0].kind} `{removals[0].name}`{more}"
    confirm(context, planning.danger_of(removals, asked), what, name, count=len(removals), given=given)


def _tell(context: Context, done: ApplySummary, dry_run: bool) -> None:
    for_person = context.out.format() in {"table", "wide"} and not context.settings.verbose
    rows = (row for row in columns.applied(done) if not for_person or row["action"] != "unchanged")
    context.out.list(columns.APPLIED, rows, empty="")
    for one in done.kept:
        context.say(f"kept: {one.object} (set {', '.join(one.sets)} holds it too)")
    for text in columns.other_guids(done):
        context.say(text)
    context.done(columns.summary_applied(done), dry_run=dry_run)


apply_app = root_command("apply", _apply, columns=columns.APPLIED)
