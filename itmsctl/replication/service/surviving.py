"""GUIDs that survive where another server made one of two objects: taken over here (HIER-13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from itmsctl.cmdb.work import UnitOfWork
from itmsctl.hierarchy.peer import Peer
from itmsctl.replication.replicated import Replicated, held_hash
from itmsctl.replication.service.adopting import adopt
from itmsctl.replication.service.kept import keep, known_of
from itmsctl.replication.service.locks import unlocked
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.service import merge
from itmsctl.values.kind import house


class Survivor(NamedTuple):
    """An object of this server, the GUID by which it goes on, and whose it is from now on."""

    kind: str
    guid: str
    survivor: str
    owner: str


def survivors_of(reply: Mapping[str, Sequence[str]]) -> list[Survivor]:
    """Return what the `survivors` of an answer say."""
    return [Survivor(kind, guid, survivor, owner) for guid, (kind, survivor, owner) in reply.items()]


def take(unit: UnitOfWork, peer: Peer, found: Iterable[Survivor]) -> int:
    """Let objects go on under the GUIDs that a parent or child says; return how many were there.

    One that another server owns now came from that neighbour from now on: it is locked here, and is not sent again.
    """
    with unlocked(unit):
        return sum(_take(unit, peer, one) for one in found)


def _take(unit: UnitOfWork, peer: Peer, one: Survivor) -> bool:
    kind = house().kind(one.kind)
    if kind is None:
        return False
    shelf = kind.load_shelf()
    here = shelf.of_guids(unit, [one.guid, one.survivor])
    old, new = here.get(one.guid), here.get(one.survivor)
    if old is not None and one.guid != one.survivor:
        if new is None:
            adopt(unit, shelf, old, one.survivor)
        elif kind is COMPUTER:
            merge.merge(unit, one.survivor, one.guid)
    after = shelf.of_guids(unit, [one.survivor]).get(one.survivor)
    if after is None:
        return False
    if one.owner != unit.server_guid and known_of(unit, kind.name, one.survivor) is None:
        held = held_hash(kind, after.document(), ())
        moment, place = unit.now, (kind.name, one.survivor, after.name)
        keep(unit, [Replicated(*place, peer.guid, one.owner, "", "", held, moment, "", moment)])
    return True
