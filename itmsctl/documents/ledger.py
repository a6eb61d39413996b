"""The ledger of an import: which rows were bad, said to the user and kept to be fixed and read again (IM5).

collect (the default): every bad row is named, and where there is one nothing is applied. skip: the good rows are
applied. abort: the first bad row ends it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple, Self

from itmsctl.documents.rejects import Rejects
from itmsctl.documents.rows import ReadAs, RowProblem, Rows
from itmsctl.documents.table_mapping import TableMapping
from itmsctl.errors import RowsRejectedError
from itmsctl.values.times import to_text

OnError = Literal["collect", "skip", "abort"]
SHOWN = 20


class ClaimedBy(NamedTuple):
    """Whose table it is, where that is a source among others; its rank, None for the usual one."""

    source: str
    priority: int | None = None


@dataclass(frozen=True)
class ImportOptions:
    """How to import. `rejects` is the file for bad rows; None: none is written, as in a dry run."""

    on_error: OnError = "collect"
    rejects: Path | None = None
    from_export: bool = True  # undo the protection that our own CSV gives to cells
    clear: bool = False  # an empty cell empties its field; else it leaves it as it is
    mapping: TableMapping = field(default_factory=TableMapping)
    read_as: ReadAs = field(default_factory=ReadAs)
    ignore_unknown: bool = False
    shared: bool = False  # a new name with the UUID or serial number of a known computer is another computer
    dry_run: bool = False
    claimed_by: ClaimedBy | None = None  # None: a person says so


class RejectsLedger:
    """Bad rows: the first are said, all go to the rejects file (none: they are only said). Use it in a `with` block."""

    def __init__(self, rows: Rows, on_error: OnError, rejects: Path | None, say: Callable[[str], None]) -> None:
        self._name = rows.name
        self._on_error = on_error
        self._say = say
        self.count = 0
        self._file: Rejects | None = None
        if rejects is not None:
            rejects.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = Rejects(rejects, rows.form, rows.header, rows.delimiter)

    @property
    def place(self) -> str | None:
        """Return the rejects file; None where it was not needed."""
        return str(self._file.path) if self._file is not None and self.count else None

    def reject(self, problem: RowProblem) -> None:
        """Take a bad row; raises RowsRejectedError for the first where it ends the import."""
        self.count += 1
        where = f"{self._name}:{problem.line}" + (f":{problem.column}" if problem.column else "")
        if self.count <= SHOWN:
            self._say(f"{where} {problem.reason}")
        elif self.count == SHOWN + 1:
            self._say("... and more" + (f": {self._file.path}" if self._file else ""))
        if self._file is not None:
            reason = f"{problem.column}: {problem.reason}" if problem.column else problem.reason
            self._file.add(problem.raw, reason)
        if self._on_error == "abort":
            raise self.refusal()

    def reject_all(self, problems: Sequence[RowProblem]) -> None:
        """Take bad rows."""
        for problem in problems:
            self.reject(problem)

    def refusal(self) -> RowsRejectedError:
        """Return the error that says that nothing was applied."""
        rows = "1 row" if self.count == 1 else f"{self.count} rows"
        first = "the first bad row ended it; " if self._on_error == "abort" else ""
        hint = "" if self.place is None else f"fix {self.place} and the rest, or import the good rows: --on-error skip"
        return RowsRejectedError(
            f"{self._name}: {rows} rejected; {first}nothing was imported",
            hint=hint or "import the good rows: --on-error skip",
            details={"rejected": self.count, "rejects": self.place},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()


def rejects_path(folder: Path, source: str, at: datetime) -> Path:
    """Return where the bad rows of a source go when nobody says: named for the file and the moment, always new."""
    stem = Path(source).stem[:100] if source != "-" else "stdin"  # names of files are limited, to 255 bytes mostly
    stamp = to_text(at)[:19].replace(":", "").replace("-", "")
    suffix = Path(source).suffix[:20] or ".rows"
    suffix = ".csv" if suffix.casefold() in {".xlsx", ".xlsm"} else suffix  # rows of a workbook are kept as CSV
    tries = (f"{stem}-{stamp}{n}{suffix}" for n in ("", *(f"-{i}" for i in range(2, 1000))))
    return next(folder / name for name in tries if not (folder / name).exists())
