"""A discovery from its area to the CMDB: results as they end, stored in batches; what was found is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from itmsctl.cmdb.store import Store
from itmsctl.discovery import telling, way
from itmsctl.discovery.area import Area
from itmsctl.discovery.found import SILENT, FoundAddress
from itmsctl.discovery.service.probing import SnmpKey
from itmsctl.discovery.service.scanning import Scanning
from itmsctl.discovery.service.storing import store_found
from itmsctl.discovery.way import Way
from itmsctl.transports.neighbourhood import own_neighbours

_BATCH = 64


class Discovery:
    """Iterate over `results`, also after an interrupt over `rest`: nothing that was found is lost."""

    def __init__(
        self, store: Store, area: Area, asked: Way, keys: Sequence[SnmpKey], *, add: str, dry_run: bool
    ) -> None:
        self.store, self.way, self.add, self.dry_run = store, asked, add, dry_run
        self.area = area
        self.scanning = Scanning(area, asked, keys)
        self.done = 0
        self._waiting: list[FoundAddress] = []
        self._silent: list[FoundAddress] = []
        self._relayed: dict[str, tuple[str, str]] = {}  # address -> MAC address, and which router said so

    def results(self) -> Iterator[FoundAddress]:
        """Yield addresses as they end, those that nobody answered from last."""
        for one in self.scanning:
            self._take(one)
            # A dry run stores nothing in between: all is tried at once, as it would be.
            if len(self._waiting) >= _BATCH and not self.dry_run:
                yield from self._stored()
        yield from self.rest()

    def rest(self) -> Iterator[FoundAddress]:
        """Stop, where it still runs, and yield what ended and was not told yet."""
        for one in self.scanning.close():
            self._take(one)
        yield from self._stored()
        own = own_neighbours() if way.ARP in self.way.methods else {}
        silent, self._silent = self._silent, []
        for one in silent:
            self._hear(one, own)
        self._waiting = [one for one in silent if one.state != SILENT]
        yield from self._stored()
        yield from (one for one in silent if one.state == SILENT)

    def _take(self, one: FoundAddress) -> None:
        self.done += 1
        if way.ARP in self.way.methods:
            for row in telling.neighbours_known(one.values):
                self._relayed.setdefault(row["address"], (row["mac_address"], str(one.address)))
        (self._silent if one.state == SILENT else self._waiting).append(one)

    def _hear(self, one: FoundAddress, own: dict[str, str]) -> None:
        """Look for an address among those that this machine, or a router that was met, has heard of."""
        if own.get(str(one.address)):
            one.mac = own[str(one.address)]
            one.seen.append(way.ARP)
        elif str(one.address) in self._relayed:
            one.mac, router = self._relayed[str(one.address)]
            one.seen.append(f"arp of {router}")

    def _stored(self) -> list[FoundAddress]:
        batch = self._waiting
        if not batch:
            return []
        own = own_neighbours() if way.ARP in self.way.methods else {}
        for one in batch:
            one.mac = one.mac or own.get(str(one.address), "") or self._relayed.get(str(one.address), ("", ""))[0]
        self.store.write(lambda unit: store_found(unit, batch, self.add), dry_run=self.dry_run)
        self._waiting = []
        return batch
