"""The one way that tables come in: read and checked once, then compared with the CMDB and applied in one transaction.

A noun says by an `ImportTable` how its rows are read and written; `import_table` runs one for an `import` verb, and
`apply` takes those that a `Kind` names as its `importer` (IM5, IM9).

collect (the default): every bad row is named, and where there is one nothing is applied. skip: the good rows are
applied. abort: the first bad row ends it. Importing a file twice changes nothing the second time.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Self

from itmsctl.cmdb.doc import difference
from itmsctl.cmdb.spilled import Spilled
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.documents.ledger import SHOWN, ImportOptions, RejectsLedger
from itmsctl.documents.rows import Columns, RowProblem, Rows, read_rows
from itmsctl.errors import ItmsError

__all__ = ["ImportOptions", "ImportTable", "Summary", "import_table"]

BATCH = 5000
KEPT = "empty cells leave their fields as they are; --empty clear empties them"


class TableChange(NamedTuple):
    """What a table does to one object; `before` is None for a new one, and both hold fields."""

    name: str
    guid: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]


See = Callable[[TableChange], None]


@dataclass
class Summary:
    """What an import did: objects by what became of them, and the file of the rows that were rejected."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    rejects: str | None = None
    emptied: int = 0  # values that an empty cell took away
    notes: list[str] = field(default_factory=list)  # what is to be said behind the counts
    changes: list[str] = field(default_factory=list)  # the first differences, for a person to look at before applying

    @property
    def changed(self) -> int:
        """Return how many objects are no longer as they were."""
        return self.created + self.updated

    def as_dict(self) -> dict[str, object]:
        """Return the flat object of JSON output."""
        return {
            "type": "summary",
            "created": self.created,
            "updated": self.updated,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "emptied": self.emptied,
            "rejected": self.rejected,
            "rejects": self.rejects,
        }

    def see(self, change: TableChange) -> None:
        """Note the values that a change takes away, and how the first changes look."""
        name, _, before, after = change
        if before is None:
            return
        self.emptied += sum(_is_empty(after[key]) and not _is_empty(value) for key, value in before.items())
        if len(self.changes) < SHOWN:
            self.changes.append(difference(name, before, after))


def _is_empty(value: object) -> bool:
    """Return whether a value says nothing; no and nought say something."""
    return value is None or value in ("", [], {})


class ImportTable(ABC):
    """A table of one noun. Its good rows wait in an unnamed file, so that memory holds one batch of them, and the
    transaction that follows waits for no pipe and can be tried again (IM5, F42). Use it in a `with` block.
    """

    columns: Columns
    noun: str  # whose table it is

    def __init__(self, options: ImportOptions) -> None:
        self.options = options
        self.spool = Spilled(BATCH)
        self.blanks = 0  # cells that leave their fields as they are, because they are empty

    @abstractmethod
    def checked(self, rows: Rows) -> Iterator[tuple[Any, ...] | RowProblem]:
        """Yield every row, checked, as a tuple of plain values that `write` understands, or what is wrong with it."""

    @abstractmethod
    def write(self, unit: UnitOfWork, done: Summary, see: See | None) -> Sequence[RowProblem]:
        """Apply the rows, count them, have each change seen, and return what speaks against rows.

        Called again whenever the unit of work is tried again. With such rows, and unless they are to be skipped, the
        unit of work is given up.
        """

    def settle(self, unit: UnitOfWork) -> None:  # noqa: B027 - most tables put nothing off
        """Do what `write` put off. Nothing by default."""

    def against(self, reader: Reader) -> Iterable[RowProblem] | None:  # noqa: ARG002 - what others ask
        """Return what speaks against rows; None where only `write` finds that out."""
        return None

    def said(self, rows: Rows) -> Iterable[str]:
        """Return what is to be said of a table when all its rows were read."""
        return [f"columns without a place here, ignored: {', '.join(rows.dropped)}"] if rows.dropped else ()

    def notes(self) -> Sequence[str]:
        """Return what is to be said of the rows when they were applied."""
        return ()

    def read(self, source: BinaryIO | Path, name: str) -> Rows:
        """Open the file of the table; raises FileFormatError for what concerns all of it."""
        columns = self.columns.told(self.options.mapping, ignore_unknown=self.options.ignore_unknown)
        return read_rows(source, columns, name=name, read_as=self.options.read_as)

    def close(self) -> None:
        """Release the rows."""
        self.spool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def import_table(
    store: Store, table: ImportTable, source: BinaryIO | Path, *, name: str = "", say: Callable[[str], None]
) -> Summary:
    """Import a table. `say` gets what was ignored and the first bad rows, as `file:line:column reason`.

    Raises FileFormatError for what concerns the whole file, RowsRejectedError where bad rows keep it from applying.
    """
    options = table.options
    rejects = None if options.dry_run else options.rejects
    with table, table.read(source, name) as rows, RejectsLedger(rows, options.on_error, rejects, say) as ledger:
        for row in table.checked(rows):
            if isinstance(row, RowProblem):
                ledger.reject(row)
            else:
                table.spool.append(row)
        for text in (*table.said(rows), *rows.said()):
            say(text)
        try:
            summary, late = _applied(store, table, given_up=bool(ledger.count) and options.on_error == "collect")
        except _BadRowsError as error:
            ledger.reject_all(error.problems)
            raise ledger.refusal() from None
        _say_some(table.notes(), say)
        ledger.reject_all(late)
        if table.blanks and not options.clear and options.claimed_by is None and summary.updated + summary.unchanged:
            summary.notes.append(KEPT)
        summary.rejected, summary.rejects = ledger.count, ledger.place
    return summary


class _BadRowsError(Exception):
    """Rolls the unit of work back."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__()
        self.problems = problems


def _applied(store: Store, table: ImportTable, *, given_up: bool) -> tuple[Summary, Sequence[RowProblem]]:
    """Apply the rows. One that is `given_up` stores nothing: what the database would object to is only named."""
    if given_up:
        with store.read() as reader:
            found = table.against(reader)
            if found is not None:
                raise _BadRowsError(list(found))

    def work(unit: UnitOfWork) -> tuple[Summary, Sequence[RowProblem]]:
        done = Summary()
        problems = table.write(unit, done, done.see)
        if given_up or (problems and table.options.on_error != "skip"):
            raise _BadRowsError(problems)
        table.settle(unit)
        return done, problems

    return store.write(work, dry_run=table.options.dry_run)


def _say_some(notes: Sequence[str], say: Callable[[str], None]) -> None:
    for note in notes[:SHOWN]:
        say(note)
    if len(notes) > SHOWN:
        say(f"... and {len(notes) - SHOWN} more")


def row_problem(line: int, raw: list[str] | bytes, error: ItmsError) -> RowProblem:
    """Return what an error says against a row; its details name the column, or the field."""
    column = error.details.get("column", error.details.get("field", ""))
    return RowProblem(line, str(column), error.message + (f"; {error.hint}" if error.hint else ""), raw)
