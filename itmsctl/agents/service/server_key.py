"""The key with which this server signs policy: in a private file of its state, made when it is needed first."""

from __future__ import annotations

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader
from itmsctl.errors import SigningKeyMissingError
from itmsctl.packages.service.signing import FILE, SigningDesk
from itmsctl.packages.trust.keys import SigningKey, VerifyKey
from itmsctl.security.service.private_files import read_private
from itmsctl.security.service.unlocking import Unlocking

_FOLDER = "agents"
_MOST = 16 << 10


def policy_key(store: Store) -> SigningKey:
    """Return what signs policy for this server; agents are built to believe its public half.

    Raises what a signing desk raises: a file that others may read, or that holds no key.
    """
    desk, name = SigningDesk(store, store.seen.folder / _FOLDER, Unlocking()), store.identity.server_guid
    return desk.open(name) if desk.path(name).is_file() else desk.make(name, FILE)


def policy_public(reader: Reader) -> VerifyKey:
    """Return the public half of that key. Raises SigningKeyMissingError where it was not made yet."""
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    path = reader.marks / _FOLDER / f"{reader.server_guid}.key"
    if not path.is_file():
        raise SigningKeyMissingError("this server has no key for policy yet", hint="itmsctl agent publish makes it")
    private = load_ssh_private_key(read_private(path, "key", _MOST), None)
    return VerifyKey(private.public_key().public_bytes_raw())  # type: ignore[union-attr]  # it is of Ed25519: we made it
