"""The key with which this server signs policy; agents are built to believe its public half."""

from __future__ import annotations

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader
from itmsctl.errors import SigningKeyMissingError
from itmsctl.packages.service.server_keys import private_key, server_key
from itmsctl.packages.trust.keys import SigningKey, VerifyKey

_FOLDER = "agents"


def policy_key(store: Store) -> SigningKey:
    """Return what signs policy for this server, made where there is none. Raises as `server_key` does."""
    return server_key(store, _FOLDER)


def policy_public(reader: Reader) -> VerifyKey:
    """Return the public half of that key. Raises SigningKeyMissingError where it was not made yet."""
    path = reader.marks / _FOLDER / f"{reader.server_guid}.key"
    if not path.is_file():
        raise SigningKeyMissingError("this server has no key for policy yet", hint="itmsctl agent publish makes it")
    return VerifyKey(private_key(path).public_key().public_bytes_raw())
