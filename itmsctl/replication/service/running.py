"""Runs of rules: what a rule gives a neighbour, sent as batches, and what came of it. Nothing is sent twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import BatchBehindError, IntegrityError, ItmsError, PartialError
from itmsctl.hierarchy.peer import FILE, Peer
from itmsctl.hierarchy.service import peers
from itmsctl.replication.envelope import BatchMark
from itmsctl.replication.service import ledger, outbox, places, sending, troubles
from itmsctl.replication.service.channels import BatchChannel, channel_to
from itmsctl.replication.service.ledger import KeptBatch
from itmsctl.replication.service.planning import asked
from itmsctl.replication.service.taking import APPLIED, GAP
from itmsctl.replication.service.troubles import LinkWay
from itmsctl.replication.standing import SENDS
from itmsctl.security.vault import DataKey
from itmsctl.values.counts import counted
from itmsctl.values.times import from_text

SENT, EXPORTS, FAILED = "sent", "by file", "failed"


@dataclass
class SentRun:
    """What was sent, and what the neighbour said of each batch."""

    records: int = 0
    bytes: int = 0
    replies: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def reply(self) -> Mapping[str, Any]:
        """Return what was said last."""
        return self.replies[-1] if self.replies else {}

    @property
    def refused(self) -> list[Any]:
        """Return the objects that the neighbour refused: kind, GUID and why of each."""
        return [one for reply in self.replies for one in reply.get("refused", ())]


@dataclass
class Ran:
    """A run of a rule to a neighbour."""

    rule: str
    server: str
    state: str
    mode: str = ""
    sent: SentRun = field(default_factory=SentRun)
    error: ItmsError | None = None
    said: str = ""  # of what was prepared

    @property
    def records(self) -> int:
        """Return how many records went."""
        return self.sent.records

    @property
    def exit_status(self) -> int:
        """Return the exit status that it calls for."""
        if self.error is not None:
            return self.error.exit_status
        return PartialError.exit_status if self.sent.refused else 0

    @property
    def why(self) -> str:
        """Return why it did not go as it should, or what did not go yet."""
        if self.error is not None:
            return f"{self.error.message} [{self.error.code}]"
        refused = self.sent.refused
        return f"{counted(len(refused), 'object')} refused there: {refused[0][2]}" if refused else self.said

    def sentence(self) -> str:
        """Say it in one line."""
        said = f"{self.rule} -> {self.server}: {self.state}, {counted(self.records, 'record')}"
        return f"{said}; {self.why}" if self.why else said

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {
            "rule": self.rule,
            "server": self.server,
            "state": self.state,
            "mode": self.mode,
            "records": self.sent.records,
            "bytes": self.sent.bytes,
            "batches": len(self.sent.replies),
            "why": self.why,
        }


def run(
    store: Store, rules: Sequence[str], server: str | None = None, *, complete: bool = False,
    vault: DataKey | None = None,
) -> list[Ran]:  # fmt: skip
    """Run the rules named, else all that are enabled, to their neighbours or to one; one that fails stops no other.

    Raises CopyActsError, NotFoundError, NoIdentityError.
    """
    store.acting()
    with store.read() as reader:
        peers.own(reader)
        wanted = asked(reader, rules, server)
    return [give(store, doc, peer, complete=complete, vault=vault) for doc, peer in wanted]


def give(store: Store, rule: Doc, peer: Peer, *, complete: bool = False, vault: DataKey | None = None) -> Ran:
    """Return what came of giving one neighbour what a rule says, what kept it from that included."""
    ran = Ran(rule.name, peer.name, SENT)
    if peer.channel == FILE:
        ran.state = EXPORTS
        return ran
    link = LinkWay(peer.guid, SENDS, rule.name)
    try:
        ran.sent, prepared = _sent(store, rule, peer, complete, vault)
        ran.mode, ran.said = str(prepared.more.get("mode", "")), prepared.said
    except ItmsError as error:
        ran.state, ran.error = FAILED, error
        with suppress(ItmsError):  # a disk that is full: what failed is told all the same
            troubles.note(store, link, error)
    else:
        troubles.over(store, link)
    return ran


def _sent(
    store: Store, rule: Doc, peer: Peer, complete: bool, vault: DataKey | None
) -> tuple[SentRun, sending.PreparedRun]:
    done = SentRun()
    with places.alone(store, places.OUT, peer.guid, peer.name) as folder, channel_to(store, peer) as channel:
        for whole in (complete, True):
            try:
                _flush(store, folder, peer, channel, done)
                prepared = sending.prepare(store, peer, rule, complete=whole, vault=vault)
                _deliver(store, folder, peer, channel, outbox.make(store, folder, peer, prepared), done)
            except BatchBehindError:
                outbox.begin_again(store, folder, peer)
            else:
                return done, prepared
    raise BatchBehindError(
        f"`{peer.name}` does not take what begins again either", hint="itmsctl hierarchy status, on both"
    )


def send(store: Store, peer: Peer, prepared: sending.PreparedRun) -> SentRun:
    """Send what was prepared to a neighbour now, behind what waits for it.

    Raises what keeps it from being reached, and what it was refused for.
    """
    done = SentRun()
    with places.alone(store, places.OUT, peer.guid, peer.name) as folder, channel_to(store, peer) as channel:
        _flush(store, folder, peer, channel, SentRun())
        _deliver(store, folder, peer, channel, outbox.make(store, folder, peer, prepared), done)
    return done


def _flush(store: Store, folder: Path, peer: Peer, channel: BatchChannel, done: SentRun) -> None:
    """Send what was made before and is not known to have arrived; what a file brought there does not go again."""
    waiting = _waiting(store, peer)
    outbox.tidy(folder, waiting)
    brought = [kept for kept in waiting if kept.state == ledger.EXPORTED]
    if brought:
        have = _has(store, folder, peer, channel, brought[-1], done)
        if have is not None:
            outbox.arrived(store, folder, peer.guid, have)
            waiting = _waiting(store, peer)
    _deliver(store, folder, peer, channel, waiting, done)


def _waiting(store: Store, peer: Peer) -> list[KeptBatch]:
    with store.read() as reader:
        return ledger.waiting(reader, peer.guid)


def _has(
    store: Store, folder: Path, peer: Peer, channel: BatchChannel, last: KeptBatch, done: SentRun
) -> BatchMark | None:
    """Send the last batch that was exported, and return up to where the neighbour has what was."""
    try:
        _deliver(store, folder, peer, channel, [last], done)
    except BatchBehindError as error:
        have = error.details.get("have")
        return BatchMark(*have) if have else None
    return last.mark


def _deliver(
    store: Store, folder: Path, peer: Peer, channel: BatchChannel, batches: list[KeptBatch], done: SentRun
) -> None:
    skew = None
    for kept in batches:
        sent_at = store.clock()
        try:
            reply = channel.deliver(outbox.batch_at(folder, kept.mark))
        except IntegrityError as error:
            _refused(store, folder, peer, error)
            raise
        if reply.get("outcome") == GAP:
            raise BatchBehindError(
                f"`{peer.name}` lost what it had",
                hint="itmsctl replication run --complete",
                details={"have": reply.get("have")},
            )
        skew = _skew(reply, sent_at, store.clock())
        outbox.settle(store, folder, peer, kept.mark, ledger.TAKEN, reply)
        done.replies.append(reply)
        done.records, done.bytes = done.records + kept.records, done.bytes + kept.size
    if batches:
        store.write(lambda unit: peers.note_seen(unit, peer, skew))


def _refused(store: Store, folder: Path, peer: Peer, error: ItmsError) -> None:
    """Have what waits behind a batch that was refused for what it is wait no more: it would follow nothing."""
    waiting = _waiting(store, peer)

    def note(unit: UnitOfWork) -> None:
        for kept in waiting:
            ledger.note_state(unit, peer.guid, kept.mark, ledger.REFUSED, {"code": error.code})
        unit.note("batch", refused=len(waiting))

    store.write(note)
    for kept in waiting:
        outbox.batch_at(folder, kept.mark).drop()


def _skew(reply: Mapping[str, Any], sent_at: datetime, heard_at: datetime) -> float | None:
    """Return by how much the clock of a neighbour is ahead, from when it says that it applied a batch; None if unsaid.

    It did so between sending and hearing: within that the clocks agree.
    """
    if reply.get("outcome") != APPLIED:
        return None
    try:
        at = from_text(str(reply["at"]))
    except (KeyError, ValueError, ItmsError):
        return None
    return (at - heard_at).total_seconds() if at > heard_at else min(0.0, (at - sent_at).total_seconds())
