"""Peers in the CMDB: read, stored, and what the audit keeps of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.said import SEAL, LiveRows
from itmsctl.cmdb.types import canonical
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import NoIdentityError, NotFoundError
from itmsctl.hierarchy.peer import CHILD, JOINED, LEFT, PARENT, SELF, Peer
from itmsctl.hierarchy.rows import peers
from itmsctl.packages.trust.keys import VerifyKey
from itmsctl.values.names import did_you_mean, is_guid, name_key
from itmsctl.values.times import to_text

KIND = "peer"
_LEFT = "servers that left"  # in the memo of a view
_PASSING = ("seen_at", "skew_s", "changed_by")  # what every contact changes is not recorded


def all_of(reader: Reader) -> list[Peer]:
    """Return this server and those that it is or was linked with, oldest first."""
    return [_peer(row) for row in reader.rows(sa.select(peers).order_by(peers.c.id))]


def neighbours(reader: Reader) -> list[Peer]:
    """Return the servers that this one is linked with now, suspended ones too."""
    return [one for one in all_of(reader) if one.is_neighbour]


def joined(reader: Reader) -> list[Peer]:
    """Return the servers that this one is linked with and believes."""
    return [one for one in neighbours(reader) if one.state == JOINED]


def children(reader: Reader) -> list[Peer]:
    """Return the children that are linked now."""
    return [one for one in neighbours(reader) if one.relation == CHILD]


def parent(reader: Reader) -> Peer | None:
    """Return the parent, or None."""
    return next((one for one in neighbours(reader) if one.relation == PARENT), None)


def own(reader: Reader) -> Peer:
    """Return this server as it is in the hierarchy. Raises NoIdentityError."""
    found = find_own(reader)
    if found is None:
        raise NoIdentityError("this server has no place in a hierarchy yet", hint="itmsctl hierarchy init NAME")
    return found


def find_own(reader: Reader) -> Peer | None:
    """Return this server as it is in the hierarchy, or None."""
    row = reader.connection.execute(sa.select(peers).where(peers.c.relation == SELF)).first()
    return None if row is None else _peer(row)


def find(reader: Reader, name: str) -> Peer | None:
    """Return the server of a name or GUID that is linked now, or None."""
    for one in neighbours(reader):
        if one.guid == name.lower() if is_guid(name) else name_key(one.name) == name_key(name):
            return one
    return None


def get(reader: Reader, name: str) -> Peer:
    """Return the server of a name or GUID that is linked now. Raises NotFoundError that offers a near name."""
    found = find(reader, name)
    if found is None:
        hint = did_you_mean(name, [one.name for one in neighbours(reader)]) or "itmsctl hierarchy show"
        raise NotFoundError(f"there is no server `{name}` among the neighbours of this one", hint=hint)
    return found


def left_guids(reader: Reader) -> frozenset[str]:
    """Return the servers that were linked once: what came from them is this server's own now. Read once in a view."""
    if _LEFT not in reader.memo:
        statement = sa.select(peers.c.guid).where(peers.c.state == LEFT)
        reader.memo[_LEFT] = frozenset(reader.connection.execute(statement).scalars())
    found: frozenset[str] = reader.memo[_LEFT]
    return found


def leaving(reader: Reader, name: str | None) -> Peer:
    """Return the neighbour of a name, or the parent where none is said; of a name also one that left.

    Raises NotFoundError.
    """
    if name is not None:
        gone = (one for one in all_of(reader) if one.state == LEFT and name_key(one.name) == name_key(name))
        return find(reader, name) or next(gone, None) or get(reader, name)
    found = parent(reader)
    if found is None:
        raise NotFoundError("this server has no parent", hint="for a child: itmsctl hierarchy leave NAME")
    return found


def of_guid(reader: Reader, guid: str) -> Peer | None:
    """Return the server of a GUID, also one that left, or None."""
    row = reader.connection.execute(sa.select(peers).where(peers.c.guid == guid)).first()
    return None if row is None else _peer(row)


def put(unit: UnitOfWork, peer: Peer) -> Peer:
    """Store a server as it is now, and record the change; return it with its id."""
    before = of_guid(unit, peer.guid)
    stored = replace(peer, id=before.id if before else unit.next_ids(1)[0])
    if before == stored:
        return stored
    values = _values(stored) | {"changed_by": unit.change_set_id}
    if before is None:
        unit.connection.execute(sa.insert(peers).values(**values))
    else:
        unit.connection.execute(sa.update(peers).where(peers.c.id == stored.id).values(**values))
    unit.memo.pop(_LEFT, None)
    action = "created" if before is None else "updated"
    unit.record(action, KIND, peer.guid, peer.name, None if before is None else _document(before), _document(stored))
    unit.seal(KIND, peer.guid, peer.name, _document(stored))
    return stored


def note_seen(unit: UnitOfWork, peer: Peer, skew_s: float | None) -> None:
    """Note that a server was in touch just now, and by how much its clock differs, where that is known."""
    values = {"seen_at": unit.now} | ({} if skew_s is None else {"skew_s": skew_s})
    unit.connection.execute(sa.update(peers).where(peers.c.id == peer.id).values(**values))


def recorded(reader: Reader) -> dict[str, Iterator[LiveRows]]:
    """Return what is compared with the audit (hook)."""
    return {SEAL + KIND: _sealed(reader)}


def _sealed(reader: Reader) -> Iterator[LiveRows]:
    # Read when it is asked for: a row that was never written by us is a difference, not an error of the check.
    for one in all_of(reader):
        yield LiveRows(SEAL + KIND, one.guid, one.name, canonical(_document(one)))


def _peer(row: Any) -> Peer:
    return Peer(
        row.guid, row.name, row.relation, row.channel,
        None if row.public_key is None else VerifyKey(bytes.fromhex(row.public_key)),
        row.nonce, row.epoch, row.joined_at, row.state, row.address, tuple(row.host_keys or ()), tuple(row.above or ()),
        row.seen_at, row.skew_s, row.id,
    )  # fmt: skip


def _values(peer: Peer) -> dict[str, Any]:
    return {
        "id": peer.id,
        "guid": peer.guid,
        "name": peer.name,
        "relation": peer.relation,
        "channel": peer.channel,
        "address": peer.address,
        "public_key": None if peer.key is None else peer.key.raw.hex(),
        "host_keys": list(peer.host_keys),
        "nonce": peer.nonce,
        "epoch": peer.epoch,
        "above": list(peer.above),
        "state": peer.state,
        "joined_at": peer.joined_at,
        "seen_at": peer.seen_at,
        "skew_s": peer.skew_s,
    }


def _document(peer: Peer) -> dict[str, Any]:
    said = {name: value for name, value in _values(peer).items() if name not in _PASSING}
    return said | {"joined_at": to_text(peer.joined_at)}
