"""The key with which this server signs policy: in a private file of its state, made when it is needed first."""

from __future__ import annotations

from itmsctl.cmdb.store import Store
from itmsctl.packages.service.signing import FILE, SigningDesk
from itmsctl.packages.trust.keys import SigningKey
from itmsctl.security.service.unlocking import Unlocking


def policy_key(store: Store) -> SigningKey:
    """Return what signs policy for this server; agents are built to believe its public half.

    Raises what a signing desk raises: a file that others may read, or that holds no key.
    """
    desk, name = SigningDesk(store, store.seen.folder / "agents", Unlocking()), store.identity.server_guid
    return desk.open(name) if desk.path(name).is_file() else desk.make(name, FILE)
