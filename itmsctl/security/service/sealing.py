"""Sealed secrets in the CMDB: stored, read, sealed again. Only ciphertext is ever a value of a statement."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from itmsctl.cmdb.sealing import rows_digest
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import VaultPlaintextError, VaultTamperedError
from itmsctl.security.credential import KEY_PASSPHRASE, SECRET, Secret
from itmsctl.security.rows import credentials, secrets
from itmsctl.security.service.unlocking import random
from itmsctl.security.vault import DataKey, SecretPlace

KIND = "secret"

_SHORTEST = 4  # a shorter text may stand in a ciphertext by chance


def count(reader: Reader) -> int:
    """Return how many secrets there are."""
    return int(reader.connection.execute(sa.select(sa.func.count()).select_from(secrets)).scalar_one())


def has(reader: Reader, id_: int, version: int) -> bool:
    """Return whether the secret of a credential is here in this version."""
    where = (secrets.c.credential_id == id_, secrets.c.version == version)
    return reader.scalar(sa.select(secrets.c.version).where(*where).limit(1)) is not None


def store(unit: UnitOfWork, key: DataKey, id_: int, guid: str, version: int, secret: Secret) -> None:
    """Seal the secret of a credential under its version; what was stored before goes.

    The rows are read back: what is in them must not show the secret, and must open. Raises VaultPlaintextError.
    """
    unit.connection.execute(sa.delete(secrets).where(secrets.c.credential_id == id_))
    for field, text in secret.fields().items():
        place, plain = SecretPlace(guid, field, version), text.encode("utf-8")
        row = {"credential_id": id_, "field": field, "version": version, "key_id": key.key_id}
        unit.connection.execute(sa.insert(secrets).values(**row, sealed=key.seal(place, plain, random)))
        _assert_sealed(unit, key, id_, place, plain)
    seal(unit, id_)


def read(reader: Reader, key: DataKey, id_: int, guid: str, version: int) -> Secret:
    """Return the secret of a credential. Raises VaultTamperedError, also where its row is gone."""
    rows = reader.connection.execute(
        sa.select(secrets.c.field, secrets.c.sealed).where(secrets.c.credential_id == id_, secrets.c.version == version)
    ).all()
    found = {
        row.field: key.open(SecretPlace(guid, row.field, version), stored_bytes(row.sealed)).decode("utf-8")
        for row in rows
    }
    if SECRET not in found:
        raise VaultTamperedError(
            "the sealed secret of a credential is gone", hint="give it again: itmsctl credential rotate NAME"
        )
    return Secret(found[SECRET], found.get(KEY_PASSPHRASE))


def stored_bytes(value: object) -> bytes:
    """Return stored bytes. Raises VaultTamperedError for what this program never stores there."""
    if not isinstance(value, bytes | memoryview):
        raise VaultTamperedError("what is stored for the vault is no sealed record: it was changed")
    return bytes(value)


def reseal(unit: UnitOfWork, old: DataKey, new: DataKey) -> int:
    """Seal every secret under another key; return how many. Raises VaultTamperedError, and nothing was changed then."""
    rows = unit.connection.execute(
        sa.select(
            secrets.c.credential_id, secrets.c.field, secrets.c.version, secrets.c.sealed, credentials.c.guid
        ).join_from(secrets, credentials, credentials.c.id == secrets.c.credential_id)
    ).all()
    for row in rows:
        place = SecretPlace(row.guid, row.field, row.version)
        plain = old.open(place, stored_bytes(row.sealed))
        unit.connection.execute(
            sa.update(secrets)
            .where(
                secrets.c.credential_id == row.credential_id,
                secrets.c.field == row.field,
                secrets.c.version == row.version,
            )
            .values(sealed=new.seal(place, plain, random), key_id=new.key_id)
        )
        _assert_sealed(unit, new, row.credential_id, place, plain)
    for id_ in sorted({row.credential_id for row in rows}):
        seal(unit, id_)
    return len(rows)


def seal(unit: UnitOfWork, id_: int) -> None:
    """Record what the sealed rows of a credential are now: digests of ciphertext, which say nothing of the secret."""
    for guid, name, held in contents(unit, id_):
        unit.seal(KIND, guid, name, held)


def contents(reader: Reader, id_: int | None = None) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield GUID, name and the digest of the sealed rows of a credential, or of all that have some."""
    held = sa.exists().where(secrets.c.credential_id == credentials.c.id)
    statement = (
        sa.select(credentials.c.id, credentials.c.guid, credentials.c.name).where(held).order_by(credentials.c.id)
    )
    if id_ is not None:
        statement = statement.where(credentials.c.id == id_)
    for own, guid, name in reader.connection.execute(statement).all():
        yield guid, name, {"rows": rows_digest(reader.connection, secrets, {"credential_id": own})}


def _assert_sealed(unit: UnitOfWork, key: DataKey, id_: int, place: SecretPlace, plain: bytes) -> None:
    # Read past every type of ours, as the driver gives it. Another vault was once not wired in, and nobody noticed.
    raw = unit.connection.execute(
        sa.text("SELECT sealed FROM credential_secret WHERE credential_id = :i AND field = :f AND version = :v"),
        {"i": id_, "f": place.field, "v": place.version},
    ).scalar_one()
    seen = raw.encode("utf-8") if isinstance(raw, str) else bytes(raw)
    if (len(plain) >= _SHORTEST and plain in seen) or key.open(place, seen) != plain:
        raise VaultPlaintextError("a secret would have been stored in the clear; nothing was stored")
