"""Which servers a computer or an address may use for a service, and why (SITE-24)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from itmsctl.cmdb.work import Reader
from itmsctl.errors import FieldError
from itmsctl.resources.service.computers import COMPUTERS
from itmsctl.sites.estate import SERVICES
from itmsctl.sites.selection import Requester, ServerSelection, select
from itmsctl.sites.service.estate import addresses_of, estate_of
from itmsctl.values.addresses import address_text, is_address, to_bytes
from itmsctl.values.names import near_or_all


@dataclass(frozen=True)
class ServerChoice:
    """The answer: who asked, and what is chosen."""

    asked: str
    selection: ServerSelection

    def rows(self) -> list[dict[str, Any]]:
        """Return the candidates in their order, as flat objects."""
        return [
            {"id": c.guid, "name": c.name, "rule": c.rule, "why": c.why, "also": list(c.also), "near": c.near}
            for c in self.selection.candidates
        ]


def servers_for(reader: Reader, asked: str, service: str) -> ServerChoice:
    """Return which servers are offered to a computer, by all its addresses (SITE-13), or to one address.

    Raises NotFoundError for a computer that is not there, FieldError for a service that does not exist.
    """
    if service not in SERVICES:
        hint = near_or_all(service, SERVICES)
        raise FieldError(f"`{service}` is no service", hint=hint)
    estate = estate_of(reader)
    computer = COMPUTERS.find(reader, asked)
    if computer is None and is_address(asked):
        data = to_bytes(asked)
        return ServerChoice(address_text(data), select(estate, Requester((data,)), service))
    found = computer or COMPUTERS.get(reader, asked)
    by_hand = {server.name: server.sites for server in estate.servers}.get(found.name, frozenset())
    requester = Requester(addresses_of(reader, found.id), by_hand)
    return ServerChoice(found.name, select(estate, requester, service))
