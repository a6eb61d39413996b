"""The group `baseline`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from itmsctl.baselines import columns
from itmsctl.baselines.kinds import BASELINE, DEVIATING, FILES, UNKNOWN
from itmsctl.cli.complete import any_of, names_of
from itmsctl.cli.context import Context
from itmsctl.cli.nouns import noun_group, report
from itmsctl.cli.options import DryRun, Limit, verb
from itmsctl.cli.progress import Progress
from itmsctl.cli.selecting import ReadingSelectors
from itmsctl.errors import FindingsError, UsageError
from itmsctl.values.counts import counted

if TYPE_CHECKING:
    from itmsctl.baselines.service.scanning import ComparedComputer

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the baseline.", autocompletion=names_of("baseline"))]
_BY = ("computer", "item")


def _rows(reader: Any, docs: Any, present: bool) -> Iterable[dict[str, Any]]:
    from itmsctl.baselines.service import results

    return results.listed(reader, docs, now=present)


baseline_app = noun_group(
    BASELINE,
    columns.BASELINE_COLUMNS,
    rows=_rows,
    help_texts={"add": "Add a baseline by its rows; `baseline make` takes those of a computer."},
    examples={
        "add": "itmsctl baseline add web --rows \"$(cat web.ndjson)\" --include '/usr/bin/*'",
        "set": "itmsctl baseline set web --allow-extra",
        "list": "itmsctl baseline list -o table",
    },
)


@dataclass(frozen=True, kw_only=True)
class MadeOf:
    """What a baseline is made of."""

    reference: Annotated[
        str,
        typer.Option(
            "--from", metavar="COMPUTER", help="Computer as it should be.", autocompletion=names_of("computer")
        ),
    ]
    class_name: Annotated[
        str, typer.Option("--class", metavar="NAME", help="Data class of many rows: files, software, services ...")
    ] = FILES
    columns: Annotated[
        list[str],
        typer.Option("--column", metavar="NAME", help="Column that is compared. Default: what says what a row is."),
    ] = field(default_factory=list)
    include: Annotated[
        list[str], typer.Option("--include", metavar="PATTERN", help="Only rows whose key matches: '/usr/bin/*'.")
    ] = field(default_factory=list)
    exclude: Annotated[list[str], typer.Option("--exclude", metavar="PATTERN", help="Not those whose key matches.")] = (
        field(default_factory=list)
    )
    allow_extra: Annotated[bool, typer.Option("--allow-extra", help="Rows that it does not hold are no deviation.")] = (
        False
    )
    description: Annotated[
        str | None, typer.Option("--description", metavar="TEXT", help="What people should know.")
    ] = None


@verb(baseline_app, "make")
def make(
    context: Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the baseline.")],
    of: MadeOf,
    again: Annotated[bool, typer.Option("--again", help="Make one that is there again.")] = False,
    dry_run: DryRun = False,
) -> None:
    """Make a baseline of what inventory holds of a computer (INV-10).

    Files need a file scan with digests: `inventory-policy add scan --collect files --folder /usr/bin --hash-files`.

    Examples:

      itmsctl baseline make web --from web1 --include '/usr/sbin/*' --include '/etc/nginx/*'

      itmsctl baseline make packages --from golden --class software
    """
    from itmsctl.baselines.service import making

    outcome = context.write(
        making.make,
        *(name, of.reference, of.class_name, of.columns, of.include, of.exclude),
        allow_extra=of.allow_extra,
        description=of.description,
        again=again,
        dry_run=dry_run,
    )
    report(context, outcome, dry_run)


@verb(baseline_app, "compare", columns=columns.RESULT)
def compare(
    context: Context,
    name: Name,
    chosen: ReadingSelectors,
    check: Annotated[bool, typer.Option("--check", help="Exit 20 where a computer deviates or is unknown.")] = False,
    dry_run: DryRun = False,
) -> int:
    """Compare computers with a baseline, and store what was found: all computers, or those that are selected.

    What inventory holds is compared; nothing is contacted. A computer of which nothing was collected is unknown.

    Examples:

      itmsctl baseline compare web --target web-servers

      itmsctl baseline compare web --check || mail -s 'web deviates' ops
    """
    from itmsctl.baselines.service import scanning
    from itmsctl.resources.service.selection import ordered_ids, selected

    names = chosen.listed(context)
    selection = selected(context.store, chosen, names, context.stdin, context.warn)
    with context.store.read() as reader:
        baseline = scanning.loaded(reader, name)
        computers = ordered_ids(reader, selection)
    found = [scanning.result_row(one) for one in _compared(context, baseline, computers, dry_run=dry_run)]
    context.out.list(columns.RESULT, found)
    states = [row["state"] for row in found]
    deviating, unknown = states.count(DEVIATING), states.count(UNKNOWN)
    context.done(
        f"{name}: {counted(len(found), 'computer')}, {deviating} deviating, {unknown} unknown", dry_run=dry_run
    )
    return FindingsError.exit_status if check and deviating + unknown else 0


def _compared(context: Context, baseline: Any, computers: Any, *, dry_run: bool) -> Iterator[ComparedComputer]:
    from itmsctl.baselines.service import scanning

    bar = Progress(context, len(computers), "baseline compare")
    try:
        for start in range(0, len(computers), scanning.PAGE):
            found = context.read(scanning.compare, baseline, computers[start : start + scanning.PAGE])
            context.write(scanning.store, baseline, found, dry_run=dry_run)
            yield from found
            bar.update(start + len(found), 0)
    finally:
        bar.close()


@verb(baseline_app, "deviations", columns=columns.DEVIATION)
def deviations(
    context: Context,
    name: Name,
    chosen: ReadingSelectors,
    by: Annotated[
        str,
        typer.Option(
            "--by", metavar="WHAT", help="computer (default), or item: how many have it.", autocompletion=any_of(_BY)
        ),
    ] = "computer",
    limit: Limit = None,
) -> None:
    """List what deviated when computers were compared last: by computer, or by item, such as a file.

    Examples:

      itmsctl baseline deviations web --by item

      itmsctl baseline deviations web web3 -o csv
    """
    from itmsctl.baselines.service import results
    from itmsctl.resources.service.selection import ordered_ids, selected

    if by not in _BY:
        raise UsageError(f"--by does not know `{by}`", hint="computer or item")
    selection = selected(context.store, chosen, chosen.listed(context), context.stdin, context.warn)
    with context.store.read() as reader:
        of = results.id_of(reader, name)
        computers = ordered_ids(reader, selection) if selection.given else None
        list_of = results.by_items if by == "item" else results.deviating
        rows = list_of(reader, of, computers, limit)
    context.out.list(columns.BY_ITEM if by == "item" else columns.DEVIATION, rows, empty="nothing deviates")


@verb(baseline_app, "items", columns=columns.ITEM)
def items(context: Context, name: Name, limit: Limit = None) -> None:
    """List the rows of a baseline as they should be.

    Example: itmsctl baseline items web --limit 20
    """
    from itmsctl.baselines.service import results

    context.out.list(columns.ITEM, context.read(results.items, name, limit))
