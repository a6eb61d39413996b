"""Two servers linked, and taken apart again: each keeps who the other is, with its key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from itmsctl.cmdb.engine import DatabasePlace, place_of
from itmsctl.cmdb.opening import open_store, refuse_unreadable
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import ConflictError, InsecureUrlError
from itmsctl.hierarchy import card as cards
from itmsctl.hierarchy.card import ServerCard
from itmsctl.hierarchy.peer import DIRECT, JOINED, LEFT, OPPOSITE, Peer, refuse_link, too_many
from itmsctl.hierarchy.service import identity, peers
from itmsctl.hierarchy.service.tree import show_in_tree, take_out_of_tree
from itmsctl.values.kind import house
from itmsctl.values.names import check_name, name_key


@dataclass(frozen=True, slots=True)
class Parting:
    """A neighbour that was unlinked, as it was before; `untold` is why it does not know, empty where it does."""

    peer: Peer
    changed: bool = True
    untold: str = ""


def url_of(place: DatabasePlace) -> str:
    """Return how a database is reached, as it is kept. Raises InsecureUrlError where that holds a password."""
    if place.path is not None:
        return str(place.path)
    if place.url.password is not None:
        raise InsecureUrlError(
            f"the password in {place} would be kept in the other database",
            why="a link keeps how its other end is reached, and never a secret",
            hint="keep the password in ~/.pgpass (mode 0600), and give the URL without it",
        )
    return place.url.render_as_string(hide_password=False)


def opened_beside(store: Store, url: str, tell: Callable[[str], None] = lambda _: None, *, make: bool = True) -> Store:
    """Open the CMDB of another server, as who opened this one. Without `make` it has to be there already."""
    if not make:
        refuse_unreadable(place_of(url), store.seen.folder)
    return open_store(
        place_of(url),
        clock=store.clock,
        actor=store.actor,
        state_folder=store.seen.folder,
        busy_timeout_s=store.busy_timeout_s,
        ask_zone=store.ask_zone,
        tell=tell,
    )


def add_direct(store: Store, name: str, url: str, relation: str, tell: Callable[[str], None]) -> tuple[Peer, bool]:
    """Link a server whose database is at `url`, which becomes one that can stand in a hierarchy where it is not yet.

    Return it, and whether anything changed. Raises CopyActsError, NoIdentityError, ConflictError where it has another
    name, HierarchyCycleError, SecondParentError.
    """
    store.acting()
    here = url_of(store.place)
    _refuse_before(store, name, place_of(url))
    there = opened_beside(store, url, tell)
    try:
        mine = own_card(store)
        identity.init(there, name)
        _refuse_here(store, own_card(there), relation)
        far = join(there, mine, OPPOSITE[relation], DIRECT, here)
        near = join(store, own_card(there), relation, DIRECT, url_of(there.place))
    finally:
        there.close()
    return near[0], near[1] or far[1]


def _refuse_before(store: Store, name: str, place: DatabasePlace) -> None:
    """Refuse what would leave a new database behind for nothing."""
    check_name(name, "name of the server")
    with store.read() as reader:
        peers.own(reader)
        if place.path is not None and not place.path.exists():
            _refuse_taken(name, "", peers.all_of(reader))


def _refuse_here(store: Store, card: ServerCard, relation: str) -> None:
    """Refuse a link at this end before the other end is changed."""
    with store.read() as reader:
        there = card.as_peer(relation, reader.now, channel=DIRECT, address=None)
        refuse_link(peers.own(reader), there, peers.all_of(reader))


def refuse_otherwise(store: Store, name: str, relation: str) -> None:
    """Refuse to link a server of this name where it is linked otherwise, before anything is done at the other end.

    Raises NoIdentityError, HierarchyCycleError, SecondParentError, ConflictError.
    """
    with store.read() as reader:
        own, known = peers.own(reader), peers.find(reader, name)
        if known is not None:
            refuse_link(own, replace(known, relation=relation), peers.all_of(reader))


def own_card(store: Store, *, channel: str = DIRECT, address: str | None = None) -> ServerCard:
    """Return what this server says of itself. Raises NoIdentityError, IdentityKeyMissingError."""
    from itmsctl import __version__

    with store.read() as reader:
        own, above = peers.own(reader), above_of(reader)
    key = identity.signing_key(store, own)
    now = store.identity
    return ServerCard(own.guid, own.name, key.public, now.nonce, now.epoch, __version__, above, channel, address)


def signed_card(store: Store, card: ServerCard) -> bytes:
    """Return a card of this server as text."""
    with store.read() as reader:
        own = peers.own(reader)
    return cards.written(card, identity.signing_key(store, own))


def above_of(reader: Reader) -> tuple[str, ...]:
    """Return the GUIDs of those that stand above this server, the nearest first, as far as it knows."""
    parent = peers.parent(reader)
    return () if parent is None else (parent.guid, *parent.above)


def join(store: Store, card: ServerCard, relation: str, channel: str, address: str | None) -> tuple[Peer, bool]:
    """Keep a server as a neighbour of this one; return it, and whether anything changed.

    Raises NoIdentityError, HierarchyCycleError, SecondParentError, ConflictError.
    """
    return store.write(lambda unit: _join(unit, card, relation, channel, address))


def _join(unit: UnitOfWork, card: ServerCard, relation: str, channel: str, address: str | None) -> tuple[Peer, bool]:
    own, known = peers.own(unit), peers.all_of(unit)
    peer = card.as_peer(relation, unit.now, channel=channel, address=address)
    refuse_link(own, peer, known)
    _refuse_taken(peer.name, peer.guid, known)
    before = next((one for one in known if one.guid == peer.guid), None)
    if before is not None and before.state == JOINED:
        peer = replace(peer, joined_at=before.joined_at, seen_at=before.seen_at, skew_s=before.skew_s, id=before.id)
        if peer == before:
            return before, False
    show_in_tree(unit, peer, own)
    stored = peers.put(unit, peer)
    for call in house().calls("peer_joined"):
        call(unit, stored)
    return stored, True


def _refuse_taken(name: str, guid: str, known: list[Peer]) -> None:
    for one in known:
        if one.guid != guid and name_key(one.name) == name_key(name) and one.state == JOINED:
            raise ConflictError(
                f"another server of the name `{one.name}` is known here",
                why="neighbours are told apart by their names",
                hint="give one of them another name: itmsctl hierarchy init NAME, in a database that is not linked yet",
            )


def crowded(reader: Reader) -> str:
    """Return the warning for more children than advised (HIER-2); empty for fewer."""
    return too_many(peers.all_of(reader))


def leave(store: Store, name: str | None, out: Path | None = None, *, force: bool = False) -> Parting:
    """Unlink a neighbour, by default the parent, and have it unlink this server; its key is revoked.

    What came from it stays, and is this server's own from now on. Who left before is left alone. With `out` what has
    it unlink this server is written into that file. Raises NotFoundError; OutputExistsError and StorageError of `out`.
    """
    store.acting()
    with store.read() as reader:
        peer = peers.leaving(reader, name)
    if peer.state == LEFT:
        return Parting(peer, changed=False)
    untold = [why for call in house().calls("peer_leaving") if (why := call(store, peer, out, force=force))]
    store.write(lambda unit: unlink(unit, peers.of_guid(unit, peer.guid) or peer))
    for call in house().calls("peer_gone"):
        call(store, peer)
    return Parting(peer, untold="; ".join(untold))


def unlink(unit: UnitOfWork, peer: Peer) -> None:
    """Unlink a neighbour at this end: nothing is given to it, and nothing of it is believed from now on."""
    take_out_of_tree(unit, peer, peers.own(unit))
    for call in house().calls("peer_left"):
        call(unit, peer)
    peers.put(unit, peer.left())


def trust(store: Store, name: str) -> Peer:
    """Believe a suspended neighbour again, in its next epoch: a person stopped its clone. Raises NotFoundError."""

    def work(unit: UnitOfWork) -> Peer:
        peer = peers.get(unit, name)
        return peers.put(unit, replace(peer, state=JOINED))

    return store.write(work)
