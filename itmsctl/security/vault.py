"""How secrets are sealed: a passphrase makes a wrapping key, which wraps a random data key, which seals each secret.

Argon2id makes the wrapping key; AES-256-GCM does the rest, each time under a fresh nonce and bound to its place, so
that a ciphertext which was moved does not open (docs/decisions/0005-vault.md). Randomness is an argument.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any

from itmsctl.errors import InputError, StorageError, VaultTamperedError, WrongPassphraseError
from itmsctl.values.lean import dataclass

Random = Callable[[int], bytes]

KEY_BYTES, SALT_BYTES, NONCE_BYTES, TAG_BYTES = 32, 16, 12, 16
SHORTEST_PASSPHRASE = 12
_KNOWN = b"itmsctl vault: this is the right passphrase"
_FORMAT = 1
# What a header may ask of the machine: a changed one must not take all of its memory.
_MOST_MEMORY_KIB, _MOST_ITERATIONS, _MOST_LANES = 1024 * 1024, 64, 64
_MOST_WORK_KIB = 16 * 3 * 64 * 1024  # memory times passes: sixteen times today's


@dataclass(frozen=True)
class Kdf:
    """What Argon2id costs (RFC 9106, the second recommended choice); kept with the header, so that it can grow."""

    memory_kib: int = 64 * 1024
    iterations: int = 3
    lanes: int = 4

    def as_dict(self) -> dict[str, int]:
        """Return the form in which a header keeps it."""
        return {"memory_kib": self.memory_kib, "iterations": self.iterations, "lanes": self.lanes}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Kdf:
        """Read it; raises VaultTamperedError for what this program never wrote."""
        most = {"memory_kib": _MOST_MEMORY_KIB, "iterations": _MOST_ITERATIONS, "lanes": _MOST_LANES}
        if (
            not isinstance(kept, dict)
            or set(kept) != set(most)
            or not all(type(kept[k]) is int and 1 <= kept[k] <= most[k] for k in most)
        ):
            raise VaultTamperedError("the header of the vault asks for a key derivation that was never written")
        if kept["memory_kib"] * kept["iterations"] > _MOST_WORK_KIB:
            raise VaultTamperedError("the header of the vault asks for more work than this program ever wrote")
        return cls(**kept)


@dataclass(frozen=True)
class VaultHeader:
    """What is stored of a vault's keys. Without the passphrase it opens nothing."""

    vault_id: str
    key_id: str
    kdf: Kdf
    salt: bytes
    wrapped_key: bytes
    check_record: bytes

    def binding(self, what: str) -> bytes:
        """Return what the records of the header are bound to: all of the header but themselves."""
        return _canonical("vault", _FORMAT, what, self.vault_id, self.key_id, self.kdf.as_dict(), self.salt.hex())


@dataclass(frozen=True)
class SecretPlace:
    """Where a sealed secret belongs: the credential's GUID, the field, and the version."""

    credential: str
    field: str
    version: int


@dataclass(frozen=True)
class DataKey:
    """The open vault: what seals and opens secrets. Lives in the memory of one process."""

    vault_id: str
    key_id: str
    data: bytes = field(repr=False)

    def seal(self, place: SecretPlace, secret: bytes, random: Random) -> bytes:
        """Return nonce and ciphertext of a secret, bound to its place."""
        return _seal(self.data, secret, self._binding(place), random)

    def open(self, place: SecretPlace, sealed: bytes) -> bytes:
        """Return the secret; raises VaultTamperedError where the bytes were changed, or belong to another place."""
        secret = _open(self.data, sealed, self._binding(place))
        if secret is None:
            raise VaultTamperedError(
                "a sealed secret does not open under the right key",
                why="its bytes were changed in the database, or moved there from another row",
                hint="itmsctl audit verify, then give the secret again: itmsctl credential rotate NAME",
                details={"credential": place.credential, "field": place.field, "version": place.version},
            )
        return secret

    def _binding(self, place: SecretPlace) -> bytes:
        return _canonical("secret", _FORMAT, self.vault_id, place.credential, place.field, place.version, self.key_id)


def make(
    vault_id: str, key_id: str, passphrase: bytes, random: Random, kdf: Kdf | None = None
) -> tuple[VaultHeader, DataKey]:
    """Make a vault: answer what is stored of it, and its key."""
    key = DataKey(vault_id, key_id, random(KEY_BYTES))
    return wrap(key, passphrase, random, kdf), key


def wrap(key: DataKey, passphrase: bytes, random: Random, kdf: Kdf | None = None) -> VaultHeader:
    """Return the header under which a passphrase opens this key; raises InputError for a short passphrase."""
    check_passphrase(passphrase)
    bare = VaultHeader(key.vault_id, key.key_id, kdf or Kdf(), random(SALT_BYTES), b"", b"")
    wrapping = _derived(bare, passphrase)
    return replace(
        bare,
        wrapped_key=_seal(wrapping, key.data, bare.binding("key"), random),
        check_record=_seal(wrapping, _KNOWN, bare.binding("check"), random),
    )


def another_key(key: DataKey, key_id: str, random: Random) -> DataKey:
    """Return a fresh data key for the same vault."""
    return DataKey(key.vault_id, key_id, random(KEY_BYTES))


def unlock(header: VaultHeader, passphrase: bytes) -> DataKey:
    """Return the data key.

    Two records lie under the passphrase. Where neither opens it is the wrong one: WrongPassphraseError. Where one does,
    the passphrase is right and the other record was changed: VaultTamperedError.
    """
    wrapping = _derived(header, passphrase)
    data = _open(wrapping, header.wrapped_key, header.binding("key"))
    known = _open(wrapping, header.check_record, header.binding("check"))
    if data is None and known is None:
        raise WrongPassphraseError(
            "this passphrase does not open the vault",
            why="it is another one, or the header of the vault was changed",
            hint="give the right one: --passphrase-file FILE",
        )
    if data is None or len(data) != KEY_BYTES or known != _KNOWN:
        raise VaultTamperedError(
            "the passphrase is right, but the header of the vault was changed",
            why="the wrapped key" if data is None else "the check record",
            hint="itmsctl db restore --from BACKUP",
        )
    return DataKey(header.vault_id, header.key_id, data)


def check_passphrase(passphrase: bytes) -> None:
    """Raise InputError for a passphrase that is guessed at once."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise InputError(
            f"a passphrase of the vault has at least {SHORTEST_PASSPHRASE} characters",
            hint="make one: openssl rand -base64 24",
        )


# --- primitives -------------------------------------------------------------------------------------------------------


def _canonical(*parts: Any) -> bytes:
    return json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _derived(header: VaultHeader, passphrase: bytes) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    kdf = header.kdf
    try:
        argon = Argon2id(
            salt=header.salt, length=KEY_BYTES, iterations=kdf.iterations, lanes=kdf.lanes, memory_cost=kdf.memory_kib
        )
    except (UnsupportedAlgorithm, ValueError) as error:
        raise StorageError(
            "this machine cannot derive the key of the vault",
            why=str(error),
            hint="install the wheel of `cryptography` from PyPI: its OpenSSL has Argon2id",
        ) from None
    return argon.derive(passphrase)


def _seal(key: bytes, secret: bytes, bound_to: bytes, random: Random) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = random(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret, bound_to)


def _open(key: bytes, sealed: bytes, bound_to: bytes) -> bytes | None:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        return None
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except InvalidTag:
        return None
