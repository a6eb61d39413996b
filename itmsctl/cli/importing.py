"""What every `import` and `export` verb shares: options, where the table comes from or goes to, and the summary."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol, TextIO, cast

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.options import DryRun
from itmsctl.cli.out import refuse_in_use
from itmsctl.cli.output import Column
from itmsctl.errors import InputError, UsageError
from itmsctl.values.kind import house
from itmsctl.values.lean import dataclass

if TYPE_CHECKING:
    from itmsctl.documents.ledger import ImportOptions
    from itmsctl.documents.ledger import OnError as Policy
    from itmsctl.documents.shapes import Columns
    from itmsctl.documents.table_mapping import TableMapping

Form = Literal["csv", "ndjson"]
_MAX_MAP = 1 << 16  # bytes of a file of --map
SUMMARY = tuple(Column(name, right=True) for name in ("created", "updated", "unchanged", "rejected", "rejects"))

File = Annotated[str, typer.Argument(metavar="FILE", help="CSV, NDJSON or .xlsx; - reads standard input.")]
OnError = Annotated[
    str, typer.Option("--on-error", metavar="HOW", help="Bad rows: collect (then nothing is applied), skip, or abort.")
]
RejectsFile = Annotated[Path | None, typer.Option("--rejects", metavar="FILE", help="New file for the bad rows.")]
Map = Annotated[
    list[str],
    typer.Option(
        "--map",
        metavar="HEADER=FIELD",
        help="Read a column as a field; `HEADER=` leaves it out; @FILE holds one a line. Repeatable.",
    ),
]
Saved = Annotated[
    str | None,
    typer.Option(
        "--mapping",
        metavar="NAME",
        help="Read columns as this import-mapping says; --map goes before it.",
        autocompletion=names_of("import-mapping"),
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding", metavar="NAME", help="How the file is written, such as cp1252. Default: UTF-8 or UTF-16."
    ),
]
Sheet = Annotated[
    str | None, typer.Option("--sheet", metavar="NAME|NUMBER", help="The sheet of a workbook. Default: the first.")
]
AllFields = Annotated[
    bool, typer.Option("--all-fields", help="Also the fields that NetBox has no column for; NetBox refuses those.")
]
IgnoreUnknown = Annotated[bool, typer.Option("--ignore-unknown", help="Leave unknown columns out, and say which.")]
Empty = Annotated[
    str, typer.Option("--empty", metavar="HOW", help="An empty cell: keep (its field stays as it is) or clear.")
]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write to this new file, not to stdout.")]


class ImportedTable(Protocol):
    """What reads the tables of a noun."""

    noun: str
    columns: Columns

    def __init__(self, options: ImportOptions) -> None: ...


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


def mapping(
    context: Context, columns: Columns, noun: str, given: Sequence[str], saved: str | None
) -> tuple[TableMapping, Mapping[str, Any]]:
    """Return what `--mapping` and `--map` say of columns, and the fields of the saved mapping.

    Raises NotFoundError, UsageError for a mapping of another noun, for what is not HEADER=FIELD, and for a field that
    is none.
    """
    from itmsctl.documents.table_mapping import TableMapping

    fields = _saved(context, noun, saved) if saved else {}
    try:
        found = TableMapping.of(fields)
        found = found.typed(list(_lines_of(given)))
        columns.told(found, ignore_unknown=False)
    except InputError as error:
        raise UsageError(f"--map {error.message}", hint=error.hint) from None
    return found, fields


def _saved(context: Context, noun: str, name: str) -> Mapping[str, Any]:
    """Return the fields of a saved mapping; its source is its name where it says none."""
    kind = house().kind("import-mapping")
    assert kind is not None
    with context.store.read() as reader:
        doc = kind.load_shelf().get(reader, name)
    fields: dict[str, Any] = dict(doc.fields)
    if fields["noun"] != noun:
        raise UsageError(
            f"`{doc.name}` is a mapping of tables of {fields['noun']}s", hint=f"itmsctl {fields['noun']} import ..."
        )
    fields["source"] = fields["source"] or doc.name
    return fields


def _lines_of(given: Sequence[str]) -> Iterator[str]:
    for text in given:
        if not text.startswith("@"):
            yield text
            continue
        from itmsctl.documents.files import read_text

        lines = read_text(text[1:], _MAX_MAP).splitlines()
        yield from (line for line in lines if line.strip() and not line.lstrip().startswith("#"))


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class TableOptions:
    """How a table is imported, as every verb that imports one asks it."""

    on_error: OnError = "collect"
    rejects: RejectsFile = None
    empty: Empty = "keep"
    map_: Map = field(default_factory=list)
    saved: Saved = None
    ignore_unknown: IgnoreUnknown = False
    encoding: Encoding = None
    sheet: Sheet = None
    dry_run: DryRun = False


def imported(
    context: Context,
    made: type[ImportedTable],
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
    from itmsctl.documents.encodings import checked_encoding
    from itmsctl.documents.ledger import ClaimedBy, ImportOptions, rejects_path
    from itmsctl.documents.rows import ReadAs

    told_of, fields = mapping(context, made.columns, made.noun, asked.map_, asked.saved)
    if fields and made.noun == "computer" and clears(asked.empty):
        raise UsageError(
            "--empty clear does not go with --mapping",
            why="what a source says nothing of, it takes nothing away from",
            hint="leave one of them out",
        )
    encoding = asked.encoding or fields.get("encoding") or ""
    read_as = ReadAs(checked_encoding(encoding) if encoding else "", asked.sheet or fields.get("sheet") or "")
    place = asked.rejects or rejects_path(context.state_folder / "rejects", file, context.clock())
    how = policy(asked.on_error), place, from_export, clears(asked.empty)
    source_of = ClaimedBy(fields["source"], fields["priority"]) if fields else None
    table = made(ImportOptions(*how, told_of, read_as, asked.ignore_unknown, shared, asked.dry_run, source_of))
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
