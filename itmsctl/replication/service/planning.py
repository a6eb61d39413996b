"""What runs of rules would give whom (REPL-27)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.several import named
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader
from itmsctl.hierarchy.peer import Peer
from itmsctl.hierarchy.service import peers
from itmsctl.replication.service.rules import REPLICATION_RULES, rules_in_use, servers_of
from itmsctl.replication.service.sending import planned
from itmsctl.security.vault import DataKey


def asked(reader: Reader, rules: Sequence[str], server: str | None) -> list[tuple[Doc, Peer]]:
    """Return rules with the neighbours that each goes to: the rules named, else all enabled; one neighbour, or all.

    Raises NotFoundError for a rule or a server that is not there.
    """
    found = named(reader, REPLICATION_RULES, rules) if rules else rules_in_use(reader)
    only = None if server is None else peers.get(reader, server).guid
    return [(doc, peer) for doc in found for peer in servers_of(reader, doc) if only in {None, peer.guid}]


def plans(
    store: Store, rules: Sequence[str], server: str | None, *, complete: bool, vault: DataKey | None = None
) -> Iterator[dict[str, Any]]:
    """Yield each object that would go to whom by which rule, and why; those that stay, too."""
    with store.read() as reader:
        wanted = asked(reader, rules, server)
    for doc, peer in wanted:
        for one in planned(store.read, peer, doc, complete=complete, vault=vault):
            yield one.as_dict(doc.name, peer.name)
