"""Batches of neighbours, taken in: judged by their signed line, copied within bounds, applied in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import (
    BatchDamagedError,
    BatchMisdirectedError,
    BatchReplayedError,
    BatchSignatureError,
    DuplicateServerError,
    HierarchyCycleError,
    IntegrityError,
    ItmsError,
    PeerUnknownError,
)
from itmsctl.hierarchy.peer import PARENT, SUSPENDED, Peer
from itmsctl.hierarchy.service import linking, peers
from itmsctl.replication import records
from itmsctl.replication.batch import ByteSource, digest_of, lines_of, take_in
from itmsctl.replication.envelope import LEAVES, BatchHeader, opened
from itmsctl.replication.sequence import BatchStanding, TakenBatch, judged
from itmsctl.replication.service import ledger, outbox, places, troubles
from itmsctl.replication.service.applying import apply_records
from itmsctl.replication.service.troubles import LinkWay
from itmsctl.replication.standing import TAKES
from itmsctl.values.kind import house
from itmsctl.values.times import to_text
from itmsctl.values.untrusted import shell_arg

APPLIED, ALREADY, GAP, OLDER = "applied", "already applied", "gap", "taken in before"


@dataclass(frozen=True, slots=True)
class BatchOffer:
    """A batch whose line holds: who sends it, and what is said at once where its stream is not needed."""

    header: BatchHeader
    peer: Peer
    answer: Mapping[str, Any] | None = None


def offered(store: Store, line: bytes, *, older: bool = False) -> BatchOffer:
    """Judge the signed line of a batch. What is refused changes nothing, and is in the audit.

    With `older`, one that was taken in before the last one is no replay, but answered as such: a file is brought twice.
    Raises BatchDamagedError, BatchTooLargeError, PeerUnknownError, BatchSignatureError, PeerSuspendedError,
    BatchMisdirectedError, BatchReplayedError, DuplicateServerError, HierarchyCycleError, CopyActsError.
    """
    store.acting()
    found = opened(line)
    with store.read() as reader:
        own, peer = peers.own(reader), peers.of_guid(reader, found.header.origin)
        last = ledger.last_taken(reader, found.header.origin)
    if peer is None or not peer.is_neighbour:
        raise PeerUnknownError(
            "a batch comes from a server that this one is not linked with",
            why=f"its GUID is {found.header.origin}",
            hint="itmsctl hierarchy show",
        )
    try:
        header = found.believed(peer.believed_key())
        _refuse_address(header, own, peer, store)
        standing = _standing(header, peer, last)
        if standing is BatchStanding.CLONED:
            _suspend(store, peer)
        if older and standing is BatchStanding.REPLAYED and _was_taken(store, header):
            return BatchOffer(header, peer, {"outcome": OLDER})
        _refuse_old(standing, header, peer, last)
    except (IntegrityError, HierarchyCycleError) as error:
        _audit(store, peer, found.header, error)
        raise
    return BatchOffer(header, peer, _at_once(store, header, standing, last))


def take(store: Store, offer: BatchOffer, source: ByteSource) -> dict[str, Any]:
    """Copy the stream of a batch and apply it; return what is said of it. What was copied stays if it is cut off.

    Raises BatchDamagedError, BatchTooLargeError, BadRecordError, NotOwnerError: nothing of it stays then.
    """
    header, peer = offer.header, offer.peer
    with places.alone(store, places.IN, peer.guid, peer.name) as folder:
        kept = _kept(folder, header)
        with kept.open("r+b" if kept.exists() else "w+b") as file:
            digest, taken = digest_of(file)
            try:
                take_in(source, file, header.body, digest, taken)
            except BatchDamagedError:
                if file.tell() >= header.body.size:
                    kept.unlink(missing_ok=True)  # it is whole, and another one
                raise
        try:
            said = store.write(lambda unit: _apply(unit, header, peer, kept))
        except IntegrityError as error:
            kept.unlink(missing_ok=True)
            _audit(store, peer, header, error)
            raise
        kept.unlink(missing_ok=True)
    _arrived(store, header, peer)
    if header.more.get(LEAVES):
        for call in house().calls("peer_gone"):
            call(store, peer)
    return said


def _arrived(store: Store, header: BatchHeader, peer: Peer) -> None:
    """Drop what was kept for a neighbour that says that it has it."""
    if header.have is not None:
        outbox.arrived(store, places.folder(store, places.OUT, peer.guid), peer.guid, header.have)


def begun(store: Store, offer: BatchOffer) -> int:
    """Return how many bytes of a stream arrived before."""
    kept = _kept(places.folder(store, places.IN, offer.peer.guid), offer.header)
    size = kept.stat().st_size if kept.exists() else 0
    if size > offer.header.body.size:
        kept.unlink()
        return 0
    return size


def _apply(unit: UnitOfWork, header: BatchHeader, peer: Peer, kept: Path) -> dict[str, Any]:
    last = ledger.last_taken(unit, peer.guid)
    if last is not None and last.mark == header.mark:  # another process was quicker
        return ledger.reply_of(unit, header)
    known = peers.of_guid(unit, peer.guid) or peer
    known.believed_key()
    if (known.epoch, known.nonce, known.above) != (header.mark.epoch, header.nonce, header.above):
        known = peers.put(unit, replace(known, epoch=header.mark.epoch, nonce=header.nonce, above=header.above))
    skew = (unit.now - header.made_at).total_seconds()
    applied = apply_records(unit, header, _records(kept, header), known)
    said = {"outcome": APPLIED, "at": to_text(unit.now), **applied.as_dict()}
    peers.note_seen(unit, known, skew if skew < 0 else 0.0 if (known.skew_s or 0) < 0 else None)
    troubles.forget(unit, LinkWay(peer.guid, TAKES, header.rule))
    ledger.note_taken(unit, header, said)
    if header.more.get(LEAVES):
        linking.unlink(unit, known)
    unit.note("batch", taken=1, records=header.body.records)
    return said


def _records(kept: Path, header: BatchHeader) -> Iterator[dict[str, Any]]:
    with kept.open("rb") as file:
        yield from map(records.parsed, lines_of(file, header.body))


def _kept(folder: Path, header: BatchHeader) -> Path:
    wanted = folder / f"{places.stem(header.mark)}-{header.body.sha256[:16]}.zz"
    for other in folder.glob("*.zz"):
        if other != wanted:
            other.unlink(missing_ok=True)  # one at a time: a sender that begins another has given that one up
    return wanted


def _refuse_address(header: BatchHeader, own: Peer, peer: Peer, store: Store) -> None:
    if header.to != own.guid:
        raise BatchMisdirectedError(
            "a batch is for another server than this one",
            why=f"it is for {header.to}, and `{own.name}` is {own.guid}",
            hint="itmsctl hierarchy show",
        )
    if peer.relation == PARENT and own.guid in header.above:
        raise HierarchyCycleError(
            f"`{peer.name}` is the parent of this server, and says that it stands below it",
            why="a hierarchy is a tree (HIER-3)",
            hint="itmsctl hierarchy show, on both; then itmsctl hierarchy leave, on one",
        )
    if store.clock() > header.expires:
        raise BatchReplayedError(
            f"batch {header.mark.seq} expired on {to_text(header.expires)}",
            why="what lay about that long may be a replay",
            hint="make it again there: itmsctl replication export, or run",
        )


def _standing(header: BatchHeader, peer: Peer, last: TakenBatch | None) -> BatchStanding:
    if header.mark.epoch == peer.epoch and header.nonce != peer.nonce:
        return BatchStanding.CLONED
    if header.mark.epoch < peer.epoch:
        return BatchStanding.REPLAYED
    return judged(header, last, peer.joined_at)


def _refuse_old(standing: BatchStanding, header: BatchHeader, peer: Peer, last: TakenBatch | None) -> None:
    if standing is BatchStanding.CLONED:
        raise DuplicateServerError(
            f"two servers use the identity of `{peer.name}`; neither is believed from now on",
            why="its machine, its database or its state folder was copied, and both run",
            hint=f"stop the copy, then: itmsctl hierarchy trust {shell_arg(peer.name)}",
            details={"peer": peer.guid, "batch": header.mark.seq},
        )
    if standing is BatchStanding.REPLAYED:
        newest = f"{last.mark.epoch}/{last.mark.seq}" if last else f"epoch {peer.epoch}"
        raise BatchReplayedError(
            f"batch {header.mark.epoch}/{header.mark.seq} of `{peer.name}` comes after {newest}",
            why="somebody sends an old batch again, or an older copy of that server runs",
            hint="itmsctl hierarchy status",
            details={"peer": peer.guid, "batch": header.mark.seq},
        )


def _was_taken(store: Store, header: BatchHeader) -> bool:
    with store.read() as reader:
        return ledger.was_taken(reader, header)


def _at_once(
    store: Store, header: BatchHeader, standing: BatchStanding, last: TakenBatch | None
) -> dict[str, Any] | None:
    if standing is BatchStanding.ALREADY:
        _kept(places.folder(store, places.IN, header.origin), header).unlink(missing_ok=True)  # killed just before that
        with store.read() as reader:
            return ledger.reply_of(reader, header) | {"outcome": ALREADY}
    if standing is BatchStanding.GAP:
        return {"outcome": GAP, "have": None if last is None else list(last.mark)}
    return None


def _suspend(store: Store, peer: Peer) -> None:
    store.write(lambda unit: peers.put(unit, replace(_current(unit, peer), state=SUSPENDED)))


def _current(reader: Reader, peer: Peer) -> Peer:
    return peers.of_guid(reader, peer.guid) or peer


def _audit(store: Store, peer: Peer, header: BatchHeader, error: ItmsError) -> None:
    """Keep that a batch was refused: on the link each time, in the audit where it is worth a record."""
    rule = "" if isinstance(error, BatchSignatureError) else header.rule  # else anybody fills the table with names
    said = {"code": error.code, "batch": f"{header.mark.epoch}/{header.mark.seq}", "rule": header.rule}

    def keep(unit: UnitOfWork) -> None:
        count = troubles.noted(unit, LinkWay(peer.guid, TAKES, rule), error)
        if count.is_worth_a_record:
            unit.record("refused", "batch", peer.guid, peer.name, None, {**said, "times": count.times})

    store.write(keep)
