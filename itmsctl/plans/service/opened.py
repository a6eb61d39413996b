"""Documents with their tables read and checked: done before the unit of work, which may be tried several times."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

from itmsctl.documents.located import DocumentPlace
from itmsctl.documents.shapes import RowProblem
from itmsctl.errors import ItmsError
from itmsctl.plans.declared import Batch, DeclaredTable
from itmsctl.plans.problems import Problem, refuse, taken

if TYPE_CHECKING:
    from itmsctl.resources.service.tables import ComputerDocument


class OpenedBatch:
    """A batch whose tables are read. Use it in a `with` block.

    Raises DocumentsRejectedError that names every bad row, and every object that stands in a table too.
    """

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.tables: list[tuple[DeclaredTable, ComputerDocument]] = []
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        try:
            refuse([problem for declared in self.batch.tables for problem in self._open(declared)])
        except BaseException:
            self._closing.close()
            raise
        return self

    def _open(self, declared: DeclaredTable) -> list[Problem]:
        try:
            table: ComputerDocument = declared.kind.load_importer()(
                declared.path, declared.name, shared=declared.shared
            )
        except ItmsError as error:
            return [taken(declared.at.place("from"), error)]
        self._closing.callback(table.close)
        problems = [bad_row(declared, bad) for bad in table.bad] + self._twice(declared, table)
        self.tables.append((declared, table))
        return problems

    def _twice(self, declared: DeclaredTable, table: ComputerDocument) -> list[Problem]:
        """Refuse an object that stands in a document and in a table: each would undo the other for ever."""
        mine = {one.key: one for one in self.batch.objects if one.kind.name == declared.kind.name}
        return [
            Problem(mine[key].place(), f"{mine[key].kind.name} `{mine[key].name}` stands in {declared.name}:{line} too")
            for key, line in table.lines(mine.keys()).items()
        ] + [
            Problem(declared.at.place("from"), f"`{declared.name}` is imported twice")
            for other, _ in self.tables
            if other.path == declared.path
        ]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()


def bad_row(declared: DeclaredTable, bad: RowProblem) -> Problem:
    """Return what is wrong with a row of a table."""
    return Problem(DocumentPlace(declared.name, bad.line, bad.column), bad.reason, field=bad.column)
