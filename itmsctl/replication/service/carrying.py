"""Batches in a file, for who is reached by hand only: what is not known to have arrived goes again, in order."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from itmsctl.cmdb.store import Store
from itmsctl.documents.faults import writing
from itmsctl.documents.files import replacing
from itmsctl.errors import BatchBehindError, BatchDamagedError, NotFoundError
from itmsctl.hierarchy.service import peers
from itmsctl.replication.envelope import MAX_HEADER, BatchMark
from itmsctl.replication.service import ledger, outbox, places, sending, taking
from itmsctl.replication.service.planning import asked
from itmsctl.security.vault import DataKey
from itmsctl.values.untrusted import shell_arg

_CHUNK = 64 << 10


@dataclass
class CarriedFile:
    """What a file held, or holds: batches, records, bytes; and of those that came in, how many were there before."""

    server: str
    batches: int = 0
    records: int = 0
    bytes: int = 0
    already: int = 0
    refused: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return dict(vars(self))


def export(
    store: Store, server: str, out: Path, *, complete: bool = False, force: bool = False, vault: DataKey | None = None
) -> CarriedFile:
    """Write for a neighbour what its rules say and it is not known to have, as a file of batches.

    Raises NotFoundError, OutputExistsError, StorageError, NoIdentityError.
    """
    store.acting()
    with store.read() as reader:
        peer = peers.get(reader, server)
        rules = [doc for doc, _ in asked(reader, (), peer.name)]
    done = CarriedFile(peer.name)
    with places.alone(store, places.OUT, peer.guid, peer.name) as folder:
        if complete:
            outbox.begin_again(store, folder, peer)
        with store.read() as reader:
            outbox.tidy(folder, ledger.waiting(reader, peer.guid))
        for rule in rules:
            prepared = sending.prepare(store, peer, rule, complete=complete, vault=vault)
            for kept in outbox.make(store, folder, peer, prepared):
                outbox.settle(store, folder, peer, kept.mark, ledger.EXPORTED, {})
        with store.read() as reader:
            waiting = ledger.waiting(reader, peer.guid)
        done.bytes = write(folder, [kept.mark for kept in waiting], out, force=force)
    done.batches, done.records = len(waiting), sum(kept.records for kept in waiting)
    return done


def write(folder: Path, batches: Iterable[BatchMark], out: Path, *, force: bool = False) -> int:
    """Write batches of an outbox into a file, one behind the other; return its size in bytes.

    Raises OutputExistsError, StorageError.
    """
    with writing(str(out)), replacing(out, force=force) as file:
        for mark in batches:
            batch = outbox.batch_at(folder, mark)
            file.write(batch.line())
            with batch.stream.open("rb") as stream:
                shutil.copyfileobj(stream, file, _CHUNK)
        return file.tell()


def bring_in(store: Store, path: Path) -> CarriedFile:
    """Take in a file of batches, each by itself, in order. What was taken in before is passed over.

    A file that ends before the last batch taken is a replay: its last batch is refused as one.
    Raises NotFoundError, BatchDamagedError, BatchBehindError, and what a batch is refused for; what came before stays.
    """
    store.acting()
    done, old = CarriedFile(""), b""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise NotFoundError(
            f"there is no file {path}", hint="itmsctl replication export --to SERVER --out FILE, on the other server"
        ) from None
    with writing(str(path)), file:
        while line := file.readline(MAX_HEADER + 2):
            old = line if _one(store, file, line, done) == taking.OLDER else b""
    if old:
        taking.offered(store, old.rstrip(b"\n"))
    return done


def _one(store: Store, file: IO[bytes], line: bytes, done: CarriedFile) -> str:
    """Take in a batch of a file; return what it was."""
    if not line.endswith(b"\n"):
        raise BatchDamagedError("this is not a file of batches, or it was cut off", hint="itmsctl replication export")
    offer = taking.offered(store, line.rstrip(b"\n"), older=True)
    done.server, body = offer.peer.name, offer.header.body
    if offer.answer is None:
        file.seek(taking.begun(store, offer), 1)  # what arrived before, of a file that was cut off
        said = taking.take(store, offer, file)
        done.records, done.refused = done.records + body.records, done.refused + len(said.get("refused", ()))
    elif offer.answer["outcome"] == taking.GAP:
        raise BatchBehindError(
            f"a batch of `{offer.peer.name}` follows one that never arrived here",
            why="a file was lost, or this database was put back from a backup",
            hint=f"there: itmsctl replication export --to {shell_arg(_own(store))} --out FILE --complete",
        )
    else:
        file.seek(body.size, 1)
        done.already += 1
    done.batches, done.bytes = done.batches + 1, done.bytes + len(line) + body.size
    return taking.APPLIED if offer.answer is None else str(offer.answer["outcome"])


def _own(store: Store) -> str:
    with store.read() as reader:
        return peers.own(reader).name
