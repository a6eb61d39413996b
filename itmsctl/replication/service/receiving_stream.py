"""Batches that come by a stream, one after the other: judged, asked for, taken in, and answered in one line each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from itmsctl import __version__
from itmsctl.cmdb.store import Store
from itmsctl.errors import BatchDamagedError, ItmsError
from itmsctl.hierarchy.peer import JOINED, SELF, Peer
from itmsctl.hierarchy.service import peers
from itmsctl.replication.envelope import LEAVES, MAX_HEADER
from itmsctl.replication.service import taking
from itmsctl.values.times import to_text

REFUSED, GO = "refused", "go"
HELLO = b"hello "  # and the GUID of who asks: what a preflight sends in place of a batch


class LineSource(Protocol):
    """What batches are read from."""

    def readline(self, size: int, /) -> bytes:
        """Return a line of at most so many bytes."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""


def serve(
    store: Store, source: LineSource, answer: Callable[[str], None], gone: Callable[[Peer], object] = bool
) -> int:
    """Take in what comes until it ends, or a batch is refused; return the exit status of that.

    `gone` is called with a neighbour that unlinked this server.
    """
    while line := source.readline(MAX_HEADER + 2):
        if line.startswith(HELLO):
            answer(_line(hello(store, line[len(HELLO) :].strip().decode("ascii", "replace"))))
            continue
        try:
            if not line.endswith(b"\n"):
                raise BatchDamagedError("the line of a batch was cut off, or is too long")
            offer = taking.offered(store, line.rstrip(b"\n"))
            if offer.answer is None:
                answer(_line({GO: taking.begun(store, offer)}))
            answer(_line(offer.answer or taking.take(store, offer, source)))
            if offer.header.more.get(LEAVES):
                gone(offer.peer)
        except ItmsError as error:
            answer(_line({"outcome": REFUSED, **error.as_dict()}))
            return error.exit_status
    return 0


def hello(store: Store, asker: str) -> dict[str, Any]:
    """Return who this server is, its version and time, and whether it believes who asks."""
    with store.read() as reader:
        peer = peers.of_guid(reader, asker)
    return {
        "server": store.identity.server_guid,
        "version": __version__,
        "at": to_text(store.clock()),
        "knows": peer is not None and peer.state == JOINED and peer.relation != SELF,
    }


def _line(said: Mapping[str, Any]) -> str:
    return json.dumps(said, default=str, ensure_ascii=True) + "\n"
