"""A secret sealed for one server, by the public half of its Ed25519 key: only who has the private half opens it.

X25519 with a key of its own for each secret, HKDF-SHA256 and AES-256-GCM, bound to what the secret is for. The key of
Ed25519 stands for the one of X25519 on the same curve (RFC 7748), as `age` has it for keys of SSH (decision 31).
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from itmsctl.security.vault import NONCE_BYTES, TAG_BYTES, Random

_P = 2**255 - 19
_POINT = 32
_LABEL = b"itmsctl secret for a server 1"
_PAD = 256  # a sealed secret tells no more of its length


def bound(*parts: Any) -> bytes:
    """Return what a sealed secret is bound to, as bytes."""
    return json.dumps(parts, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def seal_for(public: bytes, secret: bytes, bound_to: bytes, random: Random) -> bytes:
    """Return a secret that only the owner of a public Ed25519 key opens. Raises ValueError for a key that is none."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    once = X25519PrivateKey.from_private_bytes(random(_POINT))
    sent, to = once.public_key().public_bytes_raw(), _montgomery(public)
    shared = once.exchange(X25519PublicKey.from_public_bytes(to))
    nonce = random(NONCE_BYTES)
    padded = secret + b" " * (-len(secret) % _PAD)
    return sent + nonce + AESGCM(_derived(shared, sent, to)).encrypt(nonce, padded, bound_to)


def open_sealed(seed: bytes, sealed: bytes, bound_to: bytes) -> bytes | None:
    """Return a secret that was sealed for the Ed25519 key of this seed, or None: for another one, or changed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(sealed) < _POINT + NONCE_BYTES + TAG_BYTES:
        return None
    sent, nonce, text = sealed[:_POINT], sealed[_POINT : _POINT + NONCE_BYTES], sealed[_POINT + NONCE_BYTES :]
    private = X25519PrivateKey.from_private_bytes(hashlib.sha512(seed).digest()[:_POINT])
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(sent))
        key = _derived(shared, sent, private.public_key().public_bytes_raw())
        return AESGCM(key).decrypt(nonce, text, bound_to).rstrip(b" ")
    except (InvalidTag, ValueError):
        return None


def _montgomery(public: bytes) -> bytes:
    """Return the X25519 key of an Ed25519 one: u = (1 + y) / (1 - y)."""
    y = int.from_bytes(public, "little") & (2**255 - 1)
    if len(public) != _POINT or y % _P == 1:
        raise ValueError("this is not the public half of a key of Ed25519")
    return ((1 + y) * pow(1 - y, -1, _P) % _P).to_bytes(_POINT, "little")


def _derived(shared: bytes, sent: bytes, to: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), 32, None, _LABEL + sent + to).derive(shared)
