"""Keys of Ed25519: the public half as metadata hold it, and what signs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from itmsctl.packages.trust.written import as_object, canonical, damaged, sha256

TYPE = "ed25519"
_RAW = 32


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """The public half of a key."""

    raw: bytes

    def as_dict(self) -> dict[str, Any]:
        """Return the form in which metadata hold it."""
        return {"keytype": TYPE, "scheme": TYPE, "keyval": {"public": self.raw.hex()}}

    @property
    def id(self) -> str:
        """Return what it is known by: the digest of its written form."""
        return sha256(canonical(self.as_dict()))

    def signed(self, data: bytes, signature: bytes) -> bool:
        """Return whether it signed these bytes."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, data)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What signs: the public half, and a function of bytes. Where the private half lies, that function knows."""

    public: VerifyKey
    sign: Callable[[bytes], bytes] = field(repr=False)


def key_of(value: Any, key_id: str, what: str) -> VerifyKey:
    """Return a key as metadata hold it. Raises CatalogDamagedError, also where it is known by an id not its own."""
    given = as_object(value, what)
    if given.get("keytype") != TYPE or given.get("scheme") != TYPE:
        raise damaged(what, f"a key that is not of {TYPE}")
    text = as_object(given.get("keyval"), what).get("public")
    try:
        key = VerifyKey(bytes.fromhex(text) if isinstance(text, str) else b"")
    except ValueError:
        key = VerifyKey(b"")
    if len(key.raw) != _RAW or key.id != key_id:
        raise damaged(what, "a key that is not what it is known by")
    return key
