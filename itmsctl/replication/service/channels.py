"""How batches get to a neighbour: into its database, over SSH, or by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from itmsctl.cmdb.store import Store
from itmsctl.errors import ItmsError, PeerReplyError, UsageError, family
from itmsctl.hierarchy.peer import DIRECT, FILE, SSH, Peer
from itmsctl.hierarchy.service.linking import opened_beside
from itmsctl.hierarchy.service.ssh_ways import ANSWER_S, LineTalk, way_to
from itmsctl.replication.service import taking
from itmsctl.replication.service.outbox import OutgoingBatch
from itmsctl.replication.service.receiving_stream import GO, HELLO, REFUSED, hello
from itmsctl.transports.reader import Running
from itmsctl.values.untrusted import shell_arg

PROGRAM = ("itmsctl", "replication", "receive")  # what a key that is for this alone runs, whatever is asked
TAKING_S = 1800.0
_CHUNK = 64 << 10
_WORDS = 500


class BatchChannel(Protocol):
    """A way to a neighbour that stands."""

    def deliver(self, batch: OutgoingBatch) -> Mapping[str, Any]:
        """Send a batch, and return what the neighbour says of it. Raises what it was refused for."""

    def hello(self) -> Mapping[str, Any]:
        """Return who the neighbour says that it is, its version and its time."""


class DirectChannel:
    """The database of the neighbour itself."""

    def __init__(self, there: Store, asker: str) -> None:
        self.there, self.asker = there, asker

    def hello(self) -> Mapping[str, Any]:
        """Return what its database says of it."""
        return hello(self.there, self.asker)

    def deliver(self, batch: OutgoingBatch) -> Mapping[str, Any]:
        """Have the batch taken in there by this process, as the neighbour itself would."""
        offer = taking.offered(self.there, batch.line())
        if offer.answer is not None:
            return offer.answer
        with batch.stream.open("rb") as stream:
            stream.seek(taking.begun(self.there, offer))
            return taking.take(self.there, offer, stream)


class SshChannel:
    """The program of the neighbour, run there over SSH; one connection carries all batches of a run."""

    def __init__(self, running: Running, name: str, asker: str) -> None:
        self._talk, self.asker = LineTalk(running, name), asker

    def hello(self) -> Mapping[str, Any]:
        """Ask its program who it is."""
        self._talk.send(HELLO + self.asker.encode("ascii") + b"\n")
        return self._talk.said(ANSWER_S)

    def deliver(self, batch: OutgoingBatch) -> Mapping[str, Any]:
        """Send the line of a batch, then what it does not have of the stream, and return what it says."""
        self._talk.send(batch.line())
        said = self._talk.said(ANSWER_S)
        if GO in said:
            self._send_from(batch, said[GO])
            said = self._talk.said(TAKING_S)
        if said.get("outcome") == REFUSED:
            raise refusal(said)
        return said

    def _send_from(self, batch: OutgoingBatch, begun: Any) -> None:
        with batch.stream.open("rb") as stream:
            stream.seek(begun if type(begun) is int and begun > 0 else 0)
            while data := stream.read(_CHUNK):
                self._talk.send(data)


def refusal(said: Mapping[str, Any]) -> ItmsError:
    """Return as an error what a neighbour refused a batch for."""
    known = {kind.code: kind for kind in family(ItmsError)}
    kind = known.get(str(said.get("code")), PeerReplyError)
    message, why, hint = (str(said.get(name, ""))[:_WORDS] for name in ("message", "why", "hint"))
    return kind(f"refused there: {message}", why=why, hint=f"there: {hint}" if hint else "")


@contextmanager
def channel_to(store: Store, peer: Peer) -> Iterator[BatchChannel]:
    """Yield the way to a neighbour. Raises what keeps it from being reached, UsageError where it is by hand."""
    store.acting()
    if peer.channel == DIRECT and peer.address:
        there = opened_beside(store, peer.address, make=False)
        try:
            yield DirectChannel(there, store.identity.server_guid)
        finally:
            there.close()
        return
    if peer.channel == SSH and peer.address:
        with way_to(store, peer) as transport:
            running = transport.start(PROGRAM)
            try:
                yield SshChannel(running, peer.name, store.identity.server_guid)
            finally:
                running.end_input()
                running.close()
        return
    if peer.channel == FILE:
        raise UsageError(
            f"`{peer.name}` is reached by files only",
            hint=f"itmsctl replication export --to {shell_arg(peer.name)} --out FILE",
        )
    raise UsageError(f"`{peer.name}` cannot be reached from here", hint="itmsctl hierarchy show")
