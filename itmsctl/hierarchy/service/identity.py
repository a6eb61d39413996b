"""Who this server is in a hierarchy: its name, and the key with which it signs, in a private file of its state."""

from __future__ import annotations

from pathlib import Path

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.errors import ConflictError, IdentityKeyMissingError
from itmsctl.hierarchy.peer import DIRECT, SELF, Peer
from itmsctl.hierarchy.service import peers
from itmsctl.hierarchy.service.tree import show_in_tree
from itmsctl.packages.service.server_keys import private_key, server_desk, server_key
from itmsctl.packages.trust.keys import SigningKey
from itmsctl.values.names import check_name, name_key
from itmsctl.values.untrusted import shell_arg

_FOLDER = "identity"


def key_path(store: Store) -> Path:
    """Return the file of the key: one for each server, since a user may manage several from one machine."""
    return server_desk(store, _FOLDER).path(store.identity.server_guid)


def init(store: Store, name: str) -> tuple[Peer, bool]:
    """Make this server one that can stand in a hierarchy; return it, and whether it was made just now.

    Raises ConflictError where it has another name already, IdentityKeyMissingError where its key is elsewhere.
    """
    wanted = check_name(name, "name of the server")
    with store.read() as reader:
        found = peers.find_own(reader)
    if found is not None:
        if name_key(found.name) != name_key(wanted):
            raise ConflictError(
                f"this server is `{found.name}` already",
                why="its neighbours know it by that name",
                hint=f"itmsctl hierarchy init {shell_arg(found.name)}",
            )
        signing_key(store, found)
        return found, False
    key = server_key(store, _FOLDER)
    return store.write(lambda unit: _made(unit, store, wanted, key)), True


def signing_key(store: Store, own: Peer) -> SigningKey:
    """Return what signs for this server. Raises IdentityKeyMissingError, ConflictError for another key than its own."""
    desk = server_desk(store, _FOLDER)
    if not desk.path(own.guid).is_file():
        raise IdentityKeyMissingError(
            f"the key of `{own.name}` is not on this machine",
            why=f"it would be {desk.path(own.guid)}; without it nobody believes what this server sends",
            hint="put the file back from a backup, or run this where it is",
        )
    return desk.open(own.guid, own.key)


def seed(store: Store, own: Peer) -> bytes:
    """Return the private half of this server's key: it opens what was sealed for this server.

    Raises IdentityKeyMissingError, ConflictError for another key than its own.
    """
    signing_key(store, own)
    return private_key(key_path(store)).private_bytes_raw()


def _made(unit: UnitOfWork, store: Store, name: str, key: SigningKey) -> Peer:
    identity = store.identity
    own = Peer(identity.server_guid, name, SELF, DIRECT, key.public, identity.nonce, identity.epoch, unit.now)
    show_in_tree(unit, own)
    return peers.put(unit, own)
