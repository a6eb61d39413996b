"""Documents with their tables read and checked: done before the unit of work, which may be tried several times."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Self

from itmsctl.errors import ItmsError
from itmsctl.plans.declared import Batch, DeclaredTable
from itmsctl.plans.problems import Problems

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
        problems = Problems()
        try:
            for declared in self.batch.tables:
                self._open(declared, problems)
            problems.refuse()
        except BaseException:
            self._closing.close()
            raise
        return self

    def _open(self, declared: DeclaredTable, problems: Problems) -> None:
        try:
            table: ComputerDocument = declared.kind.load_importer()(
                declared.path, declared.name, shared=declared.shared
            )
        except ItmsError as error:
            problems.take(declared.place("from"), error)
            return
        self._closing.callback(table.close)
        for bad in table.bad:
            at = f"{declared.name}:{bad.line}" + (f":{bad.column}" if bad.column else "")
            problems.add(at, bad.reason)
        self._refuse_twice(declared, table, problems)
        self.tables.append((declared, table))

    def _refuse_twice(self, declared: DeclaredTable, table: ComputerDocument, problems: Problems) -> None:
        """Refuse an object that stands in a document and in a table: each would undo the other for ever."""
        mine = {one.key: one for one in self.batch.objects if one.kind.name == declared.kind.name}
        for key, line in table.lines(mine.keys()).items():
            one = mine[key]
            problems.add(one.place(), f"{one.kind.name} `{one.name}` stands in {declared.name}:{line} too")
        for other, _ in self.tables:
            if other.path == declared.path:
                problems.add(declared.place("from"), f"`{declared.name}` is imported twice")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()
