"""`computer import`: a table of computers, compared with the CMDB and applied in one transaction (IM5, IM9).

collect (the default): every bad row is named, and where there is one nothing is applied. skip: the good rows are
applied. abort: the first bad row ends it. Importing a file twice changes nothing the second time.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.documents.ledger import SHOWN, OnError, RejectsLedger, rejects_path
from itmsctl.documents.rows import RowProblem
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.conflicts import problems as problems_of
from itmsctl.resources.service.plan import ImportPlan, plan_import
from itmsctl.resources.service.reading import Notes, Read, Spool, checked_rows, columns_of, open_rows
from itmsctl.resources.service.write import write_import

__all__ = ["ComputerImportOptions", "OnError", "Summary", "difference", "import_computers", "rejects_path"]

FIELD_SHOWN = 60
KEPT = "empty cells leave their fields as they are; --empty clear empties them"


@dataclass(frozen=True)
class ComputerImportOptions:
    """How to import. `rejects` is the file for bad rows; none: none is written, as in a dry run."""

    on_error: OnError = "collect"
    rejects: Path | None = None
    from_export: bool = True  # undo the protection that our own CSV gives to cells
    clear: bool = False  # an empty cell empties its field; else it leaves it as it is
    mapping: Mapping[str, str] = field(default_factory=dict)  # header -> column, as a person says
    ignore_unknown: bool = False
    shared: bool = False  # a new name with the UUID or serial number of a known computer is another computer
    dry_run: bool = False


@dataclass
class Summary:
    """What an import did: computers by what became of them, and the file of those rejected."""

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
        """Return how many computers are no longer as they were."""
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

    def add(self, plan: ImportPlan) -> None:
        """Count what a batch's plan holds."""
        self.created += len(plan.created)
        self.updated += len(plan.changed)
        self.unchanged += plan.unchanged
        self.emptied += sum(emptied(before, after) for before, after in plan.changed)
        for before, after in plan.changed[: max(0, SHOWN - len(self.changes))]:
            self.changes.append(difference(before, after))


def emptied(before: Doc, after: Doc) -> int:
    """Return how many fields held something before and hold nothing now."""
    return sum(bool(value) and not after.fields[name] for name, value in before.fields.items())


def difference(before: Doc, after: Doc) -> str:
    """Say in one line what changes of a computer: `pc1: serial 00123 -> 123`."""
    parts = [
        f"{name} {_said(before.fields[name])} -> {_said(value)}"
        for name, value in after.fields.items()
        if before.fields[name] != value
    ]
    return f"{before.name}: " + ", ".join(parts)


def _said(value: object) -> str:
    if isinstance(value, list):
        value = ";".join(map(str, value))
    elif isinstance(value, dict):
        value = ";".join(f"{k}={v}" for k, v in value.items())
    text = "empty" if value in (None, "") else str(value)
    return text if len(text) <= FIELD_SHOWN else text[:FIELD_SHOWN] + "..."


def import_computers(
    store: Store, source: BinaryIO | Path, options: ComputerImportOptions, *, name: str = "", say: Callable[[str], None]
) -> Summary:
    """Import a table. `say` gets the first bad rows, as `file:line:column reason`.

    Raises FileFormatError for what concerns the whole file, RowsRejectedError where bad rows keep it from applying.
    """
    rejects = None if options.dry_run else options.rejects
    notes = Notes()
    with (
        open_rows(source, name, columns_of(options.mapping, ignore_unknown=options.ignore_unknown)) as rows,
        Spool() as spool,
        RejectsLedger(rows, options.on_error, rejects, say) as ledger,
    ):
        for row in checked_rows(rows, notes, unguard=options.from_export and rows.form == "csv", clear=options.clear):
            if isinstance(row, Read):
                spool.add(row)
            else:
                ledger.reject(row)
        for text in notes.said(rows):
            say(text)
        if ledger.count and options.on_error == "collect":
            with store.read() as reader:
                ledger.reject_all(list(_against(reader, spool, options)))
            raise ledger.refusal()
        try:
            summary, late = store.write(lambda unit: _apply(unit, spool, options), dry_run=options.dry_run)
        except _BadComputersError as error:
            ledger.reject_all(error.problems)
            raise ledger.refusal() from None
        ledger.reject_all(late)
        if notes.blanks and not options.clear and summary.updated + summary.unchanged:
            summary.notes.append(KEPT)
        summary.rejected = ledger.count
        summary.rejects = ledger.place
    return summary


@contextmanager
def no_collector() -> Iterator[None]:
    """Keep the garbage collector away: rows make no cycles, and it would walk all change rows again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class _BadComputersError(Exception):
    """Rolls the unit of work back."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__()
        self.problems = problems


def _apply(unit: UnitOfWork, spool: Spool, options: ComputerImportOptions) -> tuple[Summary, list[RowProblem]]:
    problems = list(_against(unit, spool, options))
    if problems and options.on_error != "skip":
        raise _BadComputersError(problems[:1] if options.on_error == "abort" else problems)
    summary, bad = Summary(), {problem.line for problem in problems}
    for batch in spool.batches():
        plan = plan_import(unit, [read.record for read in batch if read.line not in bad], COMPUTERS.differing)
        write_import(unit, plan)
        summary.add(plan)
    return summary, problems


def _against(reader: Reader, spool: Spool, options: ComputerImportOptions) -> Iterator[RowProblem]:
    """Yield what the database and the other rows of the file object to: all of it, before anything is written."""
    for batch in spool.batches():
        rows, repeats = [read.record for read in batch], [read.repeats for read in batch]
        for found in problems_of(reader, rows, repeats, shared=options.shared):
            yield RowProblem(batch[found.at].line, found.column, found.reason, batch[found.at].raw)
