"""Host keys read over the network. Nothing is recorded here: a scan shows, `accept` decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from itmsctl.cmdb.store import Store
from itmsctl.errors import ItmsError
from itmsctl.security.service.endpoints import Endpoints
from itmsctl.security.service.host_keys import Known
from itmsctl.security.via import CONNECT_TIMEOUT_S, Via
from itmsctl.transports.endpoint import Endpoint, HostKeyPin, SeenHostKey


@dataclass(frozen=True, slots=True)
class Scan:
    """What one computer showed, or why it showed nothing."""

    computer: Known
    known: str  # pinned, retired, revoked, new, or empty where nothing was seen
    key: HostKeyPin | None = None
    error: ItmsError | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output."""
        return {
            "computer": self.computer.name,
            "id": self.computer.guid,
            "name": self.computer.name,
            "fingerprint": self.key.fingerprint if self.key else None,
            "key_type": self.key.key_type if self.key else None,
            "known": self.known,
            "reason": self.error.code if self.error else "",
            "message": self.error.message if self.error else "",
        }


def scan(store: Store, ids: Sequence[int], via: Via, workers: int) -> Iterator[Scan]:
    """Read the host keys of computers, as they answer. No transaction is open meanwhile.

    Those in a blockout are not contacted: a BlockoutError is what is said of them. Raises CopyActsError.
    """
    store.acting()
    with store.read() as reader:
        endpoints = Endpoints(via).load(reader, ids)
    limit = via.connect_timeout_s or CONNECT_TIMEOUT_S
    with ThreadPoolExecutor(max_workers=max(1, min(workers, len(endpoints)))) as pool:
        waiting = {pool.submit(_one, id_, endpoint, limit) for id_, endpoint in endpoints.items()}
        for future in as_completed(waiting):
            yield future.result()


def _one(id_: int, endpoint: Endpoint, limit: float) -> Scan:
    from itmsctl.transports.ssh_scan import scan as read_key

    computer = Known(id_, endpoint.guid, endpoint.name)
    if endpoint.refused is not None:
        return Scan(computer, "", error=endpoint.refused)
    try:
        seen: SeenHostKey = read_key(endpoint, limit)
    except ItmsError as error:
        return Scan(computer, "", error=error)
    known = next((pin.state for pin in endpoint.pins if pin.fingerprint == seen.fingerprint), "new")
    return Scan(computer, known, HostKeyPin(seen.key_type, seen.fingerprint, seen.blob))
