"""What a hierarchy is and what `management-server` records as a design are one: links are written there."""

from __future__ import annotations

from itmsctl.cmdb.work import UnitOfWork
from itmsctl.hierarchy.peer import PARENT, SELF, STANDALONE, Peer
from itmsctl.hierarchy.service.management_server import MANAGEMENT_SERVERS


def show_in_tree(unit: UnitOfWork, peer: Peer, own: Peer | None = None) -> None:
    """Have a management server of this name, and put the lower of two linked ones below the other."""
    if MANAGEMENT_SERVERS.find(unit, peer.name) is None:
        MANAGEMENT_SERVERS.add(unit, peer.name, {})
    if own is None or peer.relation in {SELF, STANDALONE}:
        return
    upper, lower = (peer, own) if peer.relation == PARENT else (own, peer)
    MANAGEMENT_SERVERS.set(unit, lower.name, {"parent": upper.name})


def take_out_of_tree(unit: UnitOfWork, peer: Peer, own: Peer) -> None:
    """Have the lower of two servers stand below the other no more; the other one's settings stay as a design."""
    upper, lower = (peer, own) if peer.relation == PARENT else (own, peer)
    found = MANAGEMENT_SERVERS.find(unit, lower.name)
    if found is not None and found.fields["parent"] == upper.name:
        MANAGEMENT_SERVERS.set(unit, lower.name, {"parent": None})
