"""Batches on their way: made and kept in files until the neighbour is known to have them, whatever is killed between.

Each is two files: its signed line, and its stream. A run is written whole before its first batch counts, so that one
that was cut half way leaves nothing; and what counts is sent again as it is, byte by byte.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.documents.files import new_file, replacing, sync_folder
from itmsctl.errors import StorageError
from itmsctl.hierarchy.peer import Peer
from itmsctl.hierarchy.service import identity, linking, peers
from itmsctl.replication import records
from itmsctl.replication.batch import PendingLines, lines_of, write_part
from itmsctl.replication.envelope import GOOD_FOR, BatchBody, BatchHeader, BatchMark, opened, sealed
from itmsctl.replication.service import ledger, places, sending
from itmsctl.replication.service.ledger import KeptBatch
from itmsctl.values.names import new_guid


@dataclass(frozen=True, slots=True)
class OutgoingBatch:
    """A batch in files."""

    head: Path
    stream: Path

    def line(self) -> bytes:
        """Return its signed line. Raises StorageError where it is not there any more."""
        try:
            return self.head.read_bytes()
        except OSError as error:
            raise StorageError(
                f"a batch that was not sent yet is gone: {self.head}",
                why=error.strerror or str(error),
                hint="put the state folder back; or begin again: itmsctl replication run --complete",
            ) from None

    def header(self) -> BatchHeader:
        """Return what its line says. It is our own, and was signed when it was made."""
        return opened(self.line()).header

    def heads(self) -> Iterator[dict[str, Any]]:
        """Yield its records, without rows."""
        with self.stream.open("rb") as file:
            yield from map(records.head, lines_of(file, self.header().body))

    def drop(self) -> None:
        """Remove its files: it is not needed any more."""
        self.head.unlink(missing_ok=True)
        self.stream.unlink(missing_ok=True)


def batch_at(folder: Path, mark: BatchMark) -> OutgoingBatch:
    """Return a batch of a folder by its number."""
    name = places.stem(mark)
    return OutgoingBatch(folder / f"{name}.head", folder / f"{name}.zz")


def tidy(folder: Path, waiting: Iterable[KeptBatch]) -> None:
    """Remove what lies in a folder of batches and is of none that waits: of a run that was cut, or was just noted."""
    wanted = {places.stem(kept.mark) for kept in waiting}
    for file in folder.iterdir():
        if file.name != places.LOCK and file.stem not in wanted:
            file.unlink(missing_ok=True)


def make(store: Store, folder: Path, peer: Peer, prepared: sending.PreparedRun) -> list[KeptBatch]:
    """Write the batches of a run, and return them; none where there is nothing to say and no run to close.

    Raises NoIdentityError, IdentityKeyMissingError, BatchTooLargeError, StorageError.
    """
    pending = PendingLines(prepared.lines)
    bodies = list(_written(folder, pending))
    with store.read() as reader:
        own, above = peers.own(reader), linking.above_of(reader)
        before, last = ledger.last_counting(reader, peer.guid), ledger.last_sent(reader, peer.guid)
        had = ledger.last_taken(reader, peer.guid)
        now = reader.now
    key, epoch = identity.signing_key(store, own), store.identity.epoch
    seq = last.seq if last is not None and last.epoch == epoch else 0
    run, headers = new_guid(), []
    for part, body in enumerate(bodies, 1):
        mark = BatchMark(epoch, seq + part)
        header = BatchHeader(
            own.guid, store.identity.nonce, peer.guid, mark, before, None if had is None else had.mark, run, part,
            part == len(bodies), now, now + GOOD_FOR, body, above, prepared.more,
        )  # fmt: skip
        batch = batch_at(folder, mark)
        (folder / f"{part}.part").replace(batch.stream)
        with replacing(batch.head) as file:
            file.write(sealed(header, key))
        headers.append(header)
        before = mark
    sync_folder(folder)

    def note(unit: UnitOfWork) -> None:
        for header in headers:
            ledger.note_made(unit, header)
        unit.note("batch", made=len(headers))

    store.write(note)
    return [KeptBatch(one.mark, ledger.KEPT, one.body.records, one.body.size) for one in headers]


def _written(folder: Path, pending: PendingLines) -> Iterator[BatchBody]:
    number = 1
    while number == 1 or pending.next_size is not None:
        part = folder / f"{number}.part"
        part.unlink(missing_ok=True)  # of a run that was cut
        with new_file(part) as file:
            yield write_part(file, pending)
            file.flush()
            os.fsync(file.fileno())
        number += 1


def settle(store: Store, folder: Path, peer: Peer, mark: BatchMark, state: str, reply: Mapping[str, Any]) -> None:
    """Note that a neighbour has a batch, and what it said of it. A batch is noted once, whoever is killed meanwhile."""
    batch = batch_at(folder, mark)
    header = batch.header()

    def note(unit: UnitOfWork) -> None:
        sending.settle(unit, peer.guid, header, batch.heads(), reply)
        ledger.note_state(unit, peer.guid, mark, state, reply)
        unit.note("batch", settled=1)

    store.write(note)
    if state != ledger.EXPORTED:
        batch.drop()


def arrived(store: Store, folder: Path, peer: str, have: BatchMark) -> None:
    """Note that a neighbour (its GUID) has what was exported for it up to a batch, and drop that."""

    with store.read() as reader:
        if not ledger.exported(reader, peer, have):
            return  # most neighbours get no files: each batch of theirs would be a write more

    def note(unit: UnitOfWork) -> list[BatchMark]:
        marks = ledger.exported(unit, peer, have)
        for mark in marks:
            ledger.note_state(unit, peer, mark, ledger.TAKEN)
        unit.note("batch", arrived=len(marks))
        return marks

    for mark in store.write(note):
        batch_at(folder, mark).drop()


def begin_again(store: Store, folder: Path, peer: Peer) -> None:
    """Have nothing count as sent: the neighbour lost it. What is kept is void."""

    def note(unit: UnitOfWork) -> None:
        sending.forget(unit, peer.guid)
        ledger.void_all(unit, peer.guid)
        unit.note("batch", void=1)

    store.write(note)
    for file in folder.glob("*-*.*"):
        file.unlink(missing_ok=True)
