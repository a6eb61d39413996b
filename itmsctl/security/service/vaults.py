"""The vault in the CMDB: made, locked, opened, wrapped again, given another key.

Deriving the key takes a while, so it is done before a unit of work begins; each unit looks again whether the vault is
still the one that was opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.rows import change_sets
from itmsctl.cmdb.sealing import rows_digest
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import (
    ItmsError,
    VaultExistsError,
    VaultInUseError,
    VaultLockedError,
    VaultMissingError,
    VaultRekeyedError,
    WrongPassphraseError,
)
from itmsctl.security import vault
from itmsctl.security.rows import vaults as table
from itmsctl.security.service import sealing
from itmsctl.security.service.unlocking import Unlocking, open_with, passphrase, random
from itmsctl.values.lean import dataclass
from itmsctl.values.names import new_guid

KIND, REFUSED = "vault", "wrong_passphrase"
OPEN, LOCKED, ABSENT = "open", "locked", "absent"


@dataclass(frozen=True)
class Stored:
    """The vault as it is stored."""

    header: vault.VaultHeader
    state: str
    created_at: datetime
    wrapped_at: datetime
    key_made_at: datetime

    def document(self) -> dict[str, Any]:
        """Return what history keeps: not the wrapped key, which an old passphrase would open there for ever."""
        header = self.header
        return {"name": "vault", "state": self.state, "key_id": header.key_id, "kdf": header.kdf.as_dict()}


def find(reader: Reader) -> Stored | None:
    """Return the vault, or None."""
    row = reader.connection.execute(sa.select(table)).first()
    if row is None:
        return None
    header = vault.VaultHeader(
        row.vault_id, row.key_id, vault.Kdf.from_dict(row.kdf), sealing.stored_bytes(row.salt),
        sealing.stored_bytes(row.wrapped_key), sealing.stored_bytes(row.check_record),
    )  # fmt: skip
    return Stored(header, row.state, row.created_at, row.wrapped_at, row.key_made_at)


def get(reader: Reader) -> Stored:
    """Return the vault. Raises VaultMissingError."""
    found = find(reader)
    if found is None:
        raise VaultMissingError("there is no vault in this database", hint="itmsctl vault init")
    return found


def status(reader: Reader) -> dict[str, Any]:
    """Return what may be known of the vault without its passphrase."""
    found = find(reader)
    if found is None:
        return {"id": None, "name": "vault", "state": ABSENT}
    kdf = found.header.kdf
    return {
        "id": found.header.vault_id,
        "name": "vault",
        "state": found.state,
        "secrets": sealing.count(reader),
        "wrong_passphrases": _refused(reader),
        "key_id": found.header.key_id,
        "created_at": found.created_at,
        "wrapped_at": found.wrapped_at,
        "key_made_at": found.key_made_at,
        "kdf": f"argon2id m={kdf.memory_kib} KiB t={kdf.iterations} p={kdf.lanes}",
    }


def refuse_second(reader: Reader) -> None:
    """Raise VaultExistsError where there is a vault."""
    if find(reader) is not None:
        number = sealing.count(reader)
        if number:
            why, hint = f"a new one would lose its {number} secrets", "itmsctl vault rekey"
        else:
            why, hint = "it holds no secret", "itmsctl vault remove, then init, begins again; vault rekey keeps its key"
        raise VaultExistsError("there is a vault already", why=why, hint=hint)


def made(words: bytes) -> vault.VaultHeader:
    """Return the header of a new vault under a passphrase; takes as long as deriving does."""
    header, _ = vault.make(new_guid(), new_guid(), words, random)
    return header


def init(unit: UnitOfWork, header: vault.VaultHeader) -> Stored:
    """Store a new vault. Raises VaultExistsError."""
    refuse_second(unit)
    stamps = {"created_at": unit.now, "wrapped_at": unit.now, "key_made_at": unit.now}
    values = {"id": 1, "vault_id": header.vault_id, "state": OPEN, **_columns(header), **stamps}
    unit.connection.execute(sa.insert(table).values(**values, changed_by=unit.change_set_id))
    now = get(unit)
    seal(unit)
    unit.record("created", "vault", header.vault_id, "vault", None, now.document())
    return now


def refuse_full(reader: Reader) -> None:
    """Raise VaultInUseError where the vault holds secrets, VaultMissingError where there is none."""
    get(reader)
    number = sealing.count(reader)
    if number:
        raise VaultInUseError(
            f"the vault holds {number} secrets, which would be lost",
            hint="itmsctl credential list -o table; remove each: itmsctl credential remove NAME",
            details={"secrets": number},
        )


def remove(unit: UnitOfWork) -> None:
    """Remove an empty vault and its wrapped key. Raises VaultInUseError, VaultMissingError."""
    refuse_full(unit)
    before = get(unit)
    unit.connection.execute(sa.delete(table))
    unit.seal(KIND, before.header.vault_id, KIND, None)
    unit.record("removed", "vault", before.header.vault_id, "vault", before.document(), None)


def set_state(unit: UnitOfWork, state: str, key: vault.DataKey | None = None) -> bool:
    """Lock the vault, or open it again with its key; return whether anything changed. Raises VaultMissingError."""
    before = get(unit)
    if key is not None:
        _same_key(before, key)
    if before.state == state:
        return False
    _update(unit, before, {"state": state})
    return True


def rewrap(unit: UnitOfWork, header: vault.VaultHeader, key: vault.DataKey) -> None:
    """Store the header of another passphrase for the same key; secrets are not touched."""
    before = get(unit)
    _same_key(before, key)
    _update(unit, before, {**_columns(header), "wrapped_at": unit.now})


def rotate(unit: UnitOfWork, header: vault.VaultHeader, old: vault.DataKey, new: vault.DataKey) -> int:
    """Seal every secret under another key, and store its header: all in this one unit of work. Return how many."""
    before = get(unit)
    _same_key(before, old)
    count = sealing.reseal(unit, old, new)
    _update(unit, before, {**_columns(header), "wrapped_at": unit.now, "key_made_at": unit.now})
    unit.note("credential_secret", resealed=count)
    return count


def unlocked(store: Store, ways: Unlocking, *, even_locked: bool = False, words: bytes | None = None) -> vault.DataKey:
    """Return the key of the vault. No unit of work is open while it is derived.

    Raises VaultMissingError, VaultLockedError where it was locked (unless `even_locked`) or no passphrase is given,
    WrongPassphraseError, VaultTamperedError.
    """
    with store.read() as reader:
        stored = get(reader)
    if not even_locked:
        _refuse_locked(stored)
    try:
        return open_with(stored.header, words if words is not None else passphrase(ways))
    except WrongPassphraseError:
        _note_refused(store)
        raise


def _note_refused(store: Store) -> None:
    """Let the audit say who tried the vault with a wrong passphrase, where that can be written at all."""
    key, store.idempotency_key = store.idempotency_key, None  # it is the command's, which changes nothing
    try:
        store.write(lambda unit: unit.note(KIND, **{REFUSED: 1}))
    except ItmsError:
        return
    finally:
        store.idempotency_key = key


def _refused(reader: Reader) -> int:
    """Return how often the vault was tried with a wrong passphrase, as far as the audit goes back."""
    said = sa.type_coerce(change_sets.c.summary, sa.Text).contains(f'"{KIND}":{{"{REFUSED}":1')
    return int(reader.scalar(sa.select(sa.func.count()).select_from(change_sets).where(said)))


def still(reader: Reader, key: vault.DataKey) -> None:
    """Raise where the vault was locked, or got another key, since this one was opened."""
    stored = get(reader)
    _refuse_locked(stored)
    _same_key(stored, key)


def _refuse_locked(stored: Stored) -> None:
    if stored.state == LOCKED:
        raise VaultLockedError(
            "the vault was locked: nobody may use its credentials",
            why="the audit says who locked it",
            hint="itmsctl vault unlock",
        )


def _same_key(stored: Stored, key: vault.DataKey) -> None:
    if (stored.header.vault_id, stored.header.key_id) != (key.vault_id, key.key_id):
        raise VaultRekeyedError(
            "the vault got another key meanwhile; nothing was stored", hint="give the command again"
        )


def _columns(header: vault.VaultHeader) -> dict[str, Any]:
    return {
        "key_id": header.key_id,
        "kdf": header.kdf.as_dict(),
        "salt": header.salt,
        "wrapped_key": header.wrapped_key,
        "check_record": header.check_record,
    }


def _update(unit: UnitOfWork, before: Stored, values: dict[str, Any]) -> None:
    unit.connection.execute(sa.update(table).values(**values, changed_by=unit.change_set_id))
    after = get(unit)
    what = before.document(), after.document() | ({"rewrapped": True} if "wrapped_at" in values else {})
    unit.record("updated", "vault", before.header.vault_id, "vault", *what)
    seal(unit)


def seal(unit: UnitOfWork) -> None:
    """Record what the row of the vault is now."""
    for guid, held in contents(unit):
        unit.seal(KIND, guid, KIND, held)


def contents(reader: Reader) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield what the audit keeps of the row of the vault: a digest, which says nothing of the passphrase."""
    for vault_id in reader.connection.execute(sa.select(table.c.vault_id)).scalars():
        yield vault_id, {"rows": rows_digest(reader.connection, table, {"vault_id": vault_id})}
