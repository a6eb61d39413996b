"""What every `import` and `export` verb shares: options, where the table comes from or goes to, and the summary."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Protocol, TextIO, cast

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import DryRun
from itmsctl.cli.out import refuse_in_use
from itmsctl.cli.output import Column
from itmsctl.errors import UsageError

if TYPE_CHECKING:
    from itmsctl.documents.ledger import ImportOptions
    from itmsctl.documents.ledger import OnError as Policy

Form = Literal["csv", "ndjson"]
_MAX_MAP = 1 << 16  # bytes of a file of --map
SUMMARY = tuple(Column(name, right=True) for name in ("created", "updated", "unchanged", "rejected", "rejects"))

File = Annotated[str, typer.Argument(metavar="FILE", help="CSV or NDJSON; - reads standard input.")]
OnError = Annotated[
    str, typer.Option("--on-error", metavar="HOW", help="Bad rows: collect (then nothing is applied), skip, or abort.")
]
RejectsFile = Annotated[Path | None, typer.Option("--rejects", metavar="FILE", help="New file for the bad rows.")]
Map = Annotated[
    list[str],
    typer.Option(
        "--map",
        metavar="HEADER=COLUMN",
        help="Read a header as a column; `HEADER=` leaves it out; @FILE holds one a line. Repeatable.",
    ),
]
AllFields = Annotated[
    bool, typer.Option("--all-fields", help="Also the fields that NetBox has no column for; NetBox refuses those.")
]
IgnoreUnknown = Annotated[bool, typer.Option("--ignore-unknown", help="Leave unknown columns out, and say which.")]
Empty = Annotated[
    str, typer.Option("--empty", metavar="HOW", help="An empty cell: keep (its field stays as it is) or clear.")
]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to this new file, not to stdout.")]


class Counted(Protocol):
    """What an import answers."""

    created: int
    updated: int
    unchanged: int
    rejected: int
    rejects: str | None
    changes: list[str]
    emptied: int
    notes: list[str]

    def as_dict(self) -> dict[str, object]:
        """Return the flat object of JSON output."""


def policy(text: str) -> Policy:
    """Read `--on-error`; raises UsageError."""
    if text not in {"collect", "skip", "abort"}:
        raise UsageError(f"--on-error does not know `{text}`", hint="collect, skip or abort")
    return cast("Policy", text)


def clears(text: str) -> bool:
    """Read `--empty`: whether an empty cell empties its field; raises UsageError."""
    if text not in {"keep", "clear"}:
        raise UsageError(f"--empty does not know `{text}`", hint="keep or clear")
    return text == "clear"


def mapping(given: Sequence[str]) -> dict[str, str]:
    """Read `--map HEADER=COLUMN`, and files of them; raises UsageError."""
    found: dict[str, str] = {}
    for text in _lines_of(given):
        header, sign, column = (part.strip() for part in text.rpartition("="))
        if not sign or not header:
            raise UsageError(f"--map `{text}` is not HEADER=COLUMN", hint="such as --map 'Serial Number=serial'")
        found[header] = column
    return found


def _lines_of(given: Sequence[str]) -> Iterator[str]:
    for text in given:
        if not text.startswith("@"):
            yield text
            continue
        from itmsctl.documents.files import read_text

        lines = read_text(text[1:], _MAX_MAP).splitlines()
        yield from (line for line in lines if line.strip() and not line.lstrip().startswith("#"))


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """How a table is imported, as every verb that imports one asks it."""

    on_error: OnError = "collect"
    rejects: RejectsFile = None
    empty: Empty = "keep"
    map_: Map = field(default_factory=list)
    ignore_unknown: IgnoreUnknown = False
    dry_run: DryRun = False


def imported(
    context: Context,
    made: Callable[[ImportOptions], object],
    run: Callable[..., Counted],
    file: str,
    asked: TableOptions,
    *,
    from_export: bool = True,
    shared: bool = False,
) -> int:
    """Have a table imported from a file or standard input, and return the exit status as `told` does.

    Raises UsageError for options that are not understood.
    """
    from itmsctl.documents.ledger import ImportOptions, rejects_path

    place = asked.rejects or rejects_path(context.state_folder / "rejects", file, context.clock())
    how, known = (policy(asked.on_error), place, from_export, clears(asked.empty)), mapping(asked.map_)
    table = made(ImportOptions(*how, known, asked.ignore_unknown, shared, asked.dry_run))
    source = getattr(context.stdin, "buffer", sys.stdin.buffer) if file == "-" else Path(file)
    summary = run(context.store, table, source, name=file, say=context.say)
    return told(context, summary, dry_run=asked.dry_run)


def told(context: Context, summary: Counted, *, dry_run: bool) -> int:
    """Say what an import did, and return the exit status: 7 where some rows were rejected, 8 where all were."""
    if dry_run or context.settings.verbose:
        for line in summary.changes:
            context.say(line)
    said = f"{summary.created + summary.updated} changed: {summary.created} created, {summary.updated} updated"
    said += f"; {summary.unchanged} unchanged"
    said += f", {summary.emptied} value{'' if summary.emptied == 1 else 's'} emptied" if summary.emptied else ""
    said += f", {summary.rejected} rejected" if summary.rejected else ""
    said += f" ({summary.rejects})" if summary.rejects else ""
    context.done(said, dry_run=dry_run)
    for note in summary.notes:
        context.say(note)
    if context.settings.output or context.settings.json:
        context.out.show(SUMMARY, summary.as_dict())
    if not summary.rejected:
        return 0
    return 7 if summary.created or summary.updated or summary.unchanged else 8


def form_of(context: Context) -> Form:
    """Return the form of an export; raises UsageError for one that no import reads."""
    form = context.settings.output or ("ndjson" if context.settings.json else "csv")
    if form not in {"csv", "ndjson"}:
        raise UsageError(f"an export is CSV or NDJSON, not {form}", hint="-o csv or -o ndjson")
    return cast("Form", form)


def exported(
    context: Context, out: Path | None, write: Callable[[TextIO], int], what: str, *, force: bool = False
) -> None:
    """Have an export written to stdout, or to a file of mode 0600, whole or not at all.

    Raises OutputExistsError where that exists, unless `force`; OutputInUseError.
    """
    if out is None:
        write(context.stdout)
        return
    import io

    from itmsctl.documents.files import replacing

    refuse_in_use(context, out)
    with replacing(out, force=force) as stream:
        sink = io.TextIOWrapper(stream, encoding="utf-8", newline="")
        count = write(sink)
        sink.detach()  # written out; the file is closed when it gets its name
    context.say(f"{count} {what} written to {out}")
