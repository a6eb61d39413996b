"""Files of other tools, loaded one after the other: a bad one is put aside, and never blocks the next."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from itmsctl.cmdb import bulk
from itmsctl.cmdb.store import Store
from itmsctl.documents.faults import reading
from itmsctl.errors import BusyError, FileFormatError, IntegrityError, ItmsError, NotFoundError, StorageError
from itmsctl.inventory.inbox import ATTEMPTS, FileOutcome, FileState, belies_its_name, ends_early
from itmsctl.inventory.service.file_storing import (
    BatchStored,
    FileBatch,
    FilePart,
    FileProgress,
    LoadOptions,
    store_batch,
)
from itmsctl.inventory.service.inbox_files import Folder, InboxFile, spooled
from itmsctl.inventory.service.loading import read_inventory
from itmsctl.inventory.service.received import arrived_before
from itmsctl.inventory.told import Told
from itmsctl.values.times import to_text
from itmsctl.values.untrusted import log_text

FILES, ROWS = 64, 10_000  # of a batch
_LONGEST_WAIT_S = 15.0  # for a file that may still be written; a longer time is left to the next run
_ENDS = 8 << 20
_FATAL = (StorageError, BusyError, IntegrityError)


@dataclass
class FileLoader:
    """Loads files in batches. `begin` hears how many files there are, as far as that is known."""

    store: Store
    options: LoadOptions
    begin: Callable[[int], None]
    sleep: Callable[[float], None] = time.sleep
    _batch: FileBatch = field(default_factory=FileBatch)
    _later: list[InboxFile] = field(default_factory=list)
    _kept: dict[str, InboxFile] = field(default_factory=dict)  # files of the batch, by place

    def load(self, sources: Sequence[str], stdin: BinaryIO | None = None) -> Iterator[FileOutcome]:
        """Yield what became of each file of these: files, folders, and `-` for what comes on standard input.

        Raises NotFoundError for a source that is not there, StorageError where the database or a folder cannot be
        written: what was yielded is stored, and the rest is as it was.
        """
        with ExitStack() as held:
            files = [one for source in sources for one in self._files(source, stdin, held)]
            self.begin(len(files))
            yield from self._all(iter(files))
            if self._later:
                yield from self._all(self._second_look(self._later), last=True)

    def _files(self, source: str, stdin: BinaryIO | None, held: ExitStack) -> Iterable[InboxFile]:
        if source == "-":
            return [held.enter_context(spooled(stdin or sys.stdin.buffer))]
        path = Path(source).expanduser()
        if path.is_dir():
            return held.enter_context(Folder(path)).files()
        if path.is_fifo() or path.is_char_device():
            return [held.enter_context(spooled(held.enter_context(path.open("rb")), source))]
        if not path.exists():
            raise NotFoundError(f"there is no file {log_text(source)}")
        return [InboxFile(str(path))]

    def _second_look(self, files: list[InboxFile]) -> Iterator[InboxFile]:
        wait_s = self.options.settle_s - min(self._age_s(file) for file in files)
        self.sleep(min(max(wait_s, 0.0), _LONGEST_WAIT_S))
        return (InboxFile(file.name, file.folder) for file in files)

    def _all(self, files: Iterator[InboxFile], *, last: bool = False) -> Iterator[FileOutcome]:
        for chunk in bulk.chunks(files, FILES):
            opened = [file for file in chunk if self._opened(file)]
            with self.store.read() as reader:
                earlier = arrived_before(reader, {file.digest for file in opened if file.digest})
            for file in opened:
                known = earlier.get(file.digest)
                if known is not None and known.state is FileState.LOADED:
                    self._end(file, None)
                elif file.place not in self._batch.ended:
                    yield from self._read(file, known.times if known else 0, last=last)
                if self._batch.rows >= ROWS:
                    yield from self._write()
            yield from self._write()

    # --- one file -------------------------------------------------------------------------------------------------

    def _opened(self, file: InboxFile) -> bool:
        """Open a file; return False where it is gone, since another loader took it."""
        try:
            return file.open()
        except FileFormatError as error:
            self._end(file, _bad(file, error))
            return True

    def _read(self, file: InboxFile, times: int, *, last: bool) -> Iterator[FileOutcome]:
        """Read a file into the batch; what is too much for one is stored on the way."""
        assert file.stream is not None
        if any(one.digest == file.digest for one in self._kept.values()):
            yield from self._write()  # the same content twice in one batch: what became of the first decides
        self._kept[file.place] = file
        try:
            if self.options.format_name is None and belies_its_name(file.name, file.head()):
                raise FileFormatError("it is not what its name says", hint="--format says what wrote it")
            with reading(file.shown):
                modified = datetime.fromtimestamp(file.modified_ns / 1e9, UTC)
                told = read_inventory(file.stream, file.shown, at=modified, format_name=self.options.format_name)
                for subject, one in told:
                    self._batch.parts.append(FilePart(file, subject, one))
                    self._batch.rows += rows_of(one)
                    if self._batch.rows >= ROWS:
                        yield from self._write()
        except _FATAL:
            raise
        except Exception as error:  # noqa: BLE001 - what one file says must never keep the others out
            self._fail(file, error, times, last=last)
        else:
            if file.has_changed():
                self._fail(file, FileFormatError("it was written to while it was read"), times, last=last, cut=True)
            else:
                self._end(file, None)
        file.close()

    def _fail(self, file: InboxFile, error: Exception, times: int, *, last: bool, cut: bool = False) -> None:
        """Take a file that cannot be read out of the batch: bad, or perhaps not yet whole."""
        gone = [part for part in self._batch.parts if part.file is file]
        self._batch.parts = [part for part in self._batch.parts if part.file is not file]
        self._batch.rows -= sum(rows_of(part.told) for part in gone)
        young = file.folder is not None and self._age_s(file) < self.options.settle_s
        if young and times + 1 < ATTEMPTS and (cut or self._ends_early(file)):
            if not last and self.options.settle_s <= _LONGEST_WAIT_S:
                self._later.append(file)
                self._kept.pop(file.place, None)
                return
            self._end(file, FileOutcome(file.shown, FileState.WAITING, why="it ends too early: is it still written?"))
            return
        self._end(file, _bad(file, error))

    @staticmethod
    def _ends_early(file: InboxFile) -> bool:
        data, whole = file.ends(_ENDS)
        return ends_early(data, whole=whole)

    def _age_s(self, file: InboxFile) -> float:
        return self.store.clock().timestamp() - file.modified_ns / 1e9

    def _end(self, file: InboxFile, bad: FileOutcome | None) -> None:
        self._kept[file.place] = file
        self._batch.ended[file.place] = (file, bad)

    # --- storing --------------------------------------------------------------------------------------------------

    def _write(self) -> Iterator[FileOutcome]:
        batch, self._batch = self._batch, FileBatch()
        if not batch.parts and not batch.ended:
            return
        try:
            done = self._stored(batch)
        except _FATAL:
            raise
        except Exception as error:  # noqa: BLE001 - what one file says must never keep the others out
            done = self._one_by_one(batch, error)
        self._batch.progress = dict(done.progress)
        for name, outcome in done.outcomes.items():
            file = self._kept.pop(name)
            yield self._put(file, outcome)
            file.close()

    def _stored(self, batch: FileBatch) -> BatchStored:
        return self.store.write(lambda unit: store_batch(unit, batch, self.options), dry_run=self.options.dry_run)

    def _one_by_one(self, batch: FileBatch, error: Exception) -> BatchStored:
        """Store each file of a batch by itself, since one of them cannot be."""
        names = list(dict.fromkeys([part.file.place for part in batch.parts] + list(batch.ended)))
        outcomes: dict[str, FileOutcome] = {}
        progress: dict[str, FileProgress] = {}
        for name in names:
            own = FileBatch(
                [part for part in batch.parts if part.file.place == name],
                {name: batch.ended[name]} if name in batch.ended else {},
                {name: batch.progress[name]} if name in batch.progress else {},
            )
            found = error if len(names) == 1 else None
            if found is None:
                try:
                    done = self._stored(own)
                except _FATAL:
                    raise
                except Exception as again:  # noqa: BLE001 - as above
                    found = again
            if found is not None:
                file = self._kept[name]
                done = self._stored(replace(own, parts=[], ended={name: (file, _bad(file, found))}))
            outcomes |= done.outcomes
            progress |= done.progress
        return BatchStored(outcomes, progress)

    def _put(self, file: InboxFile, outcome: FileOutcome) -> FileOutcome:
        """Put a file where it belongs now: into quarantine, or out of its folder."""
        if file.folder is None or self.options.dry_run:
            return outcome
        if outcome.again.package:
            with suppress(OSError):  # it is asked for by its hint then
                file.folder.ask_again(outcome.again, file.digest)
        if outcome.state is FileState.QUARANTINED and not self.options.in_place:
            reason: dict[str, object] = {
                "file": file.name,
                "sha256": file.digest or None,
                "bytes": file.size,
                "why": outcome.why,
            }
            reason |= {"hint": outcome.hint or None, "at": to_text(self.store.clock())}
            try:
                return replace(outcome, moved_to=file.put_aside(reason))
            except StorageError as error:
                return _stays(outcome, error)
        if self.options.remove and outcome.state in {FileState.LOADED, FileState.DUPLICATE}:
            try:
                file.remove()
            except StorageError as error:
                return _stays(outcome, error)
        return outcome


def _stays(outcome: FileOutcome, error: StorageError) -> FileOutcome:
    """Return what became of a file that could not be moved or removed, and why not."""
    words = [outcome.why, f"it stays where it is: {error.why or error.message}"]
    return replace(outcome, why="; ".join(filter(None, words)))


def rows_of(told: Told) -> int:
    """Return how many rows a report has."""
    return 1 + len(told.usage) + sum(len(rows) for rows in told.classes.values())


def _bad(file: InboxFile, error: Exception) -> FileOutcome:
    if isinstance(error, ItmsError):
        why = error.message.removeprefix(log_text(file.shown)).lstrip(": ") + (f" ({error.why})" if error.why else "")
        return FileOutcome(file.shown, FileState.QUARANTINED, why=why, hint=error.hint)
    return FileOutcome(file.shown, FileState.QUARANTINED, why=f"it cannot be stored: {log_text(str(error))[:300]}")
