"""Keys of this server itself: each in a private file of its state, named by the server, made when first needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from itmsctl.cmdb.store import Store
from itmsctl.packages.service.signing import FILE, SigningDesk
from itmsctl.packages.trust.keys import SigningKey
from itmsctl.security.service.private_files import read_private
from itmsctl.security.service.unlocking import Unlocking

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_MOST = 16 << 10


def server_desk(store: Store, folder: str) -> SigningDesk:
    """Return the desk of keys in a folder of the state: one for each server, since a user may manage several."""
    return SigningDesk(store, store.seen.folder / folder, Unlocking())


def server_key(store: Store, folder: str) -> SigningKey:
    """Return what signs for this server, made where there is none.

    Raises what a desk raises: a file that others may read, or that holds no key.
    """
    desk, name = server_desk(store, folder), store.identity.server_guid
    return desk.open(name) if desk.path(name).is_file() else desk.make(name, FILE)


def private_key(path: Path) -> Ed25519PrivateKey:
    """Return the private half that a file of a desk holds. Raises as `read_private` does."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    found = load_ssh_private_key(read_private(path, "key", _MOST), None)
    assert isinstance(found, Ed25519PrivateKey)
    return found
