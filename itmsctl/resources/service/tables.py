"""A table of computers: for `computer import`, and as part of something larger, inside a unit of work of others."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

import sqlalchemy as sa

from itmsctl.cmdb.bulk import no_collector
from itmsctl.cmdb.guards import refuse_guarded
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.documents.rows import RowProblem, Rows
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.rows import resources
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.conflicts import Repeat, problems
from itmsctl.resources.service.filling import Contest
from itmsctl.resources.service.importing import ImportOptions, ImportTable, See, Summary, TableChange, import_table
from itmsctl.resources.service.plan import ImportPlan, ImportRecord, plan_import
from itmsctl.resources.service.reading import COLUMNS, Notes, Read, checked_rows
from itmsctl.resources.service.scope import scoped
from itmsctl.resources.service.write import write_import
from itmsctl.values.names import name_key

_SAME, _NAME = 2, 3  # where in a row that waits (`Read.plain`) its repeats stand, and its record begins

__all__ = ["ComputerDocument", "ComputerTable", "import_table"]


class ComputerTable(ImportTable):
    """The computers of a CSV or NDJSON file."""

    columns = COLUMNS
    noun = "computer"

    def __init__(self, options: ImportOptions) -> None:
        super().__init__(options)
        self._notes = Notes()
        self._contests: list[Contest] = []

    def checked(self, rows: Rows) -> Iterator[tuple[Any, ...] | RowProblem]:
        """Yield every row, checked, or what is wrong with it."""
        unguard = self.options.from_export and rows.form == "csv"
        for row in checked_rows(rows, self._notes, unguard=unguard, clear=self.options.clear):
            yield row.plain() if isinstance(row, Read) else row
        self.blanks = self._notes.blanks

    def said(self, rows: Rows) -> Iterable[str]:
        """Return what is to be said beside bad rows: columns left out, serial numbers that were cut."""
        return self._notes.said(rows)

    def against(self, reader: Reader) -> Iterator[RowProblem]:
        """Yield what the database and the other rows object to: all of it, before anything is written."""
        for batch in self.spool.chunks():
            repeats = [[Repeat(*one) for one in row[_SAME]] for row in batch]
            for found in problems(reader, list(map(_record, batch)), repeats, shared=self.options.shared):
                line, raw = batch[found.at][:2]
                yield RowProblem(line, found.column, found.reason, raw)

    def write(self, unit: UnitOfWork, done: Summary, see: See | None) -> list[RowProblem]:
        """Apply the rows that nothing speaks against, in bulk; none where some are bad and not to be skipped."""
        found = list(self.against(unit))
        if found and self.options.on_error != "skip":
            return found
        bad = {problem.line for problem in found}
        self._contests = []
        for batch in self.spool.chunks():
            plan = self._written(unit, [_record(row) for row in batch if row[0] not in bad])
            done.created += len(plan.created)
            done.updated += len(plan.changed)
            done.unchanged += plan.unchanged
            if see is not None:
                _show(plan, see)
        return found

    def _written(self, unit: UnitOfWork, records: Sequence[ImportRecord]) -> ImportPlan:
        """Write rows: as a person says so, or as a source among others."""
        if self.options.claimed_by is None:
            plan = plan_import(unit, records, COMPUTERS.differing)
            refuse_guarded(unit, COMPUTER, plan.changed)
            write_import(unit, plan)
            return plan
        from itmsctl.resources.service.claiming import write_claims

        plan, contests = write_claims(unit, records, self.options.claimed_by)
        self._contests += contests
        return plan

    def notes(self) -> Sequence[str]:
        """Return which values of its source are kept beside those that stay."""
        if self.options.claimed_by is None:
            return ()
        from itmsctl.resources.service.claiming import contest_lines

        return list(contest_lines(self._contests, self.options.claimed_by.source))


class ComputerDocument:
    """A table that a document names: read and checked once, applied as often as a unit of work is tried.

    Raises FileFormatError for what concerns the whole file; `bad` holds the rows that cannot be used.
    """

    def __init__(self, path: Path, name: str, *, shared: bool = False) -> None:
        self.bad: list[RowProblem] = []
        self._table = ComputerTable(ImportOptions(shared=shared))
        try:
            self._read(path, name)
        except BaseException:
            self.close()
            raise

    def _read(self, path: Path, name: str) -> None:
        digest = hashlib.sha256()
        with (
            no_collector(),
            path.open("rb") as stream,
            self._table.read(cast("BinaryIO", _Hashing(stream, digest)), name) as rows,
        ):
            for row in self._table.checked(rows):
                if isinstance(row, RowProblem):
                    self.bad.append(row._replace(raw=[]))  # bad rows are named, and kept nowhere
                else:
                    self._table.spool.append((row[0], [], *row[2:]))
        self.sha256 = digest.hexdigest()

    @property
    def count(self) -> int:
        """Return how many good rows there are."""
        return self._table.spool.count

    def lines(self, keys: Collection[str]) -> dict[str, int]:
        """Return the lines of those of these names (as keys) that stand in the table."""
        if not keys:
            return {}
        named = ((name_key(row[_NAME]), row[0]) for batch in self._table.spool.chunks() for row in batch)
        wanted = frozenset(keys)
        return {key: line for key, line in named if key in wanted}

    def apply(self, unit: UnitOfWork, see: See | None = None) -> tuple[Summary, Sequence[RowProblem]]:
        """Apply all rows; `see` gets each change. Where some are bad the unit of work must be given up."""
        done = Summary()
        with no_collector():
            return done, self._table.write(unit, done, see)

    def state(self, reader: Reader) -> str:
        """Return a digest of what the database holds under its names: GUIDs and revisions."""
        digest = hashlib.sha256()
        for batch in self._table.spool.chunks():
            keys = sorted(name_key(row[_NAME]) for row in batch)
            statement = (
                sa.select(resources.c.name_key, resources.c.guid, resources.c.revision)
                .where(resources.c.kind == COMPUTER.name, member_of(reader.connection, resources.c.name_key, keys))
                .order_by(resources.c.name_key)
            )
            for key, guid, revision in reader.connection.execute(scoped(statement, reader)):
                digest.update(f"{key}\0{guid}\0{revision}\n".encode())
        return digest.hexdigest()

    def close(self) -> None:
        """Release the rows."""
        self._table.close()


def _record(row: tuple[Any, ...]) -> ImportRecord:
    return ImportRecord(*row[_NAME:])


def _show(plan: ImportPlan, see: See) -> None:
    for made in plan.created:
        see(TableChange(made.name, made.guid, None, made.fields))
    for before, after in plan.changed:
        see(TableChange(after.name, after.guid, before.fields, after.fields))


class _Hashing:
    """A stream that is read through a digest."""

    def __init__(self, stream: BinaryIO, digest: hashlib._Hash) -> None:
        self._stream = stream
        self._digest = digest

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._digest.update(data)
        return data

    def readline(self, size: int = -1) -> bytes:
        data = self._stream.readline(size)
        self._digest.update(data)
        return data
