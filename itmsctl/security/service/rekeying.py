"""Another passphrase, or another key, for the vault: prepared outside of a unit of work, stored in one."""

from __future__ import annotations

from dataclasses import dataclass, field

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.security import vault
from itmsctl.security.service import vaults
from itmsctl.security.service.unlocking import Unlocking, new_passphrase, passphrase, random
from itmsctl.values.names import new_guid


@dataclass(frozen=True, slots=True)
class Prepared:
    """The header to be, and the keys before and after it (the same where only the passphrase changes)."""

    header: vault.VaultHeader
    old: vault.DataKey = field(repr=False)
    new: vault.DataKey = field(repr=False)


def prepare(store: Store, ways: Unlocking, new: Unlocking | None, *, rotate_key: bool) -> Prepared:
    """Open the vault, also a locked one, and derive what it will have; without `new` the passphrase stays.

    Raises as `vaults.unlocked` does, and InputError for a new passphrase that will not do.
    """
    with store.read() as reader:
        vaults.get(reader)
    words = passphrase(ways)
    old = vaults.unlocked(store, ways, even_locked=True, words=words)
    future = words if new is None else new_passphrase(new)
    key = vault.another_key(old, new_guid(), random) if rotate_key else old
    return Prepared(vault.wrap(key, future, random), old, key)


def store(unit: UnitOfWork, prepared: Prepared) -> int:
    """Store it: all of it, or nothing. Return how many secrets were sealed again."""
    if prepared.new is prepared.old:
        vaults.rewrap(unit, prepared.header, prepared.old)
        return 0
    return vaults.rotate(unit, prepared.header, prepared.old, prepared.new)
