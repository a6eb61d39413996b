"""How batches get to a neighbour: into its database, over SSH, or by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from itmsctl.cmdb.store import Store
from itmsctl.errors import UsageError
from itmsctl.hierarchy.peer import DIRECT, FILE, Peer
from itmsctl.hierarchy.service.linking import opened_beside
from itmsctl.replication.service import taking
from itmsctl.replication.service.outbox import OutgoingBatch
from itmsctl.values.untrusted import shell_arg


class BatchChannel(Protocol):
    """A way to a neighbour that stands."""

    def deliver(self, batch: OutgoingBatch) -> Mapping[str, Any]:
        """Send a batch, and return what the neighbour says of it. Raises what it was refused for."""


class DirectChannel:
    """The database of the neighbour itself."""

    def __init__(self, there: Store) -> None:
        self.there = there

    def deliver(self, batch: OutgoingBatch) -> Mapping[str, Any]:
        """Have the batch taken in there by this process, as the neighbour itself would."""
        offer = taking.offered(self.there, batch.line())
        if offer.answer is not None:
            return offer.answer
        with batch.stream.open("rb") as stream:
            stream.seek(taking.begun(self.there, offer))
            return taking.take(self.there, offer, stream)


@contextmanager
def channel_to(store: Store, peer: Peer) -> Iterator[BatchChannel]:
    """Yield the way to a neighbour. Raises what keeps it from being reached, UsageError where it is by hand."""
    store.acting()
    if peer.channel == DIRECT and peer.address:
        there = opened_beside(store, peer.address, make=False)
        try:
            yield DirectChannel(there)
        finally:
            there.close()
        return
    if peer.channel == FILE:
        raise UsageError(
            f"`{peer.name}` is reached by files only",
            hint=f"itmsctl replication export --to {shell_arg(peer.name)} --out FILE",
        )
    raise UsageError(f"`{peer.name}` cannot be reached from here", hint="itmsctl hierarchy show")
