"""A table of computers as part of something larger: read and checked once, applied inside a unit of work of others."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import BinaryIO, cast

import sqlalchemy as sa

from itmsctl.cmdb.declared import Applied, BadRow, TableChange
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.rows import resources
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.resources.service.conflicts import problems
from itmsctl.resources.service.importing import no_collector
from itmsctl.resources.service.plan import ImportPlan, plan_import
from itmsctl.resources.service.reading import Notes, Read, Spool, checked_rows, open_rows
from itmsctl.resources.service.scope import scoped
from itmsctl.resources.service.write import write_import
from itmsctl.values.names import name_key


class ComputerTable:
    """The computers of a CSV or NDJSON file. Rows wait in a file of no name, so memory holds one batch of them.

    Raises FileFormatError for what concerns the whole file; `bad` holds the rows that cannot be used.
    """

    def __init__(self, path: Path, name: str, *, shared: bool = False) -> None:
        self.bad: list[BadRow] = []
        self._shared = shared
        self._spool = Spool()
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
            open_rows(cast("BinaryIO", _Hashing(stream, digest)), name) as rows,
        ):
            for row in checked_rows(rows, Notes(), unguard=rows.form == "csv", clear=False):
                if isinstance(row, Read):
                    self._spool.add(row._replace(raw=[]))  # bad rows are named, and kept nowhere
                else:
                    self.bad.append(BadRow(row.line, row.column, row.reason))
        self.sha256 = digest.hexdigest()

    @property
    def count(self) -> int:
        """Return how many good rows there are."""
        return self._spool.count

    def lines(self, keys: Collection[str]) -> dict[str, int]:
        """Return the lines of those of these names (as keys) that stand in the table."""
        if not keys:
            return {}
        wanted = frozenset(keys)
        return {key: read.line for read in self._rows() if (key := name_key(read.record.name)) in wanted}

    def _rows(self) -> Iterator[Read]:
        for batch in self._spool.batches():
            yield from batch

    def apply(self, unit: UnitOfWork, see: Callable[[TableChange], None] | None = None) -> Applied:
        """Apply all rows; `see` gets each change. Where some are bad the unit of work must be given up."""
        done = Applied()
        with no_collector():
            done.bad += self._against(unit)
            if done.bad:
                return done
            for batch in self._spool.batches():
                plan = plan_import(unit, [read.record for read in batch], COMPUTERS.differing)
                write_import(unit, plan)
                done.created += len(plan.created)
                done.updated += len(plan.changed)
                done.unchanged += plan.unchanged
                if see is not None:
                    _tell(plan, see)
        return done

    def _against(self, reader: Reader) -> Iterator[BadRow]:
        for batch in self._spool.batches():
            rows, repeats = [read.record for read in batch], [read.repeats for read in batch]
            for found in problems(reader, rows, repeats, shared=self._shared):
                yield BadRow(batch[found.at].line, found.column, found.reason)

    def state(self, reader: Reader) -> str:
        """Return a digest of what the database holds under its names: GUIDs and revisions."""
        digest = hashlib.sha256()
        for batch in self._spool.batches():
            keys = sorted(name_key(read.record.name) for read in batch)
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
        self._spool.__exit__(None, None, None)


def _tell(plan: ImportPlan, see: Callable[[TableChange], None]) -> None:
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
