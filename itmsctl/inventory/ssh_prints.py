"""Fingerprints of public SSH keys, as `ssh-keygen -l` writes them; the keys themselves are not kept."""

from __future__ import annotations

import base64
import hashlib


def key_print(key: bytes) -> str:
    """Return the fingerprint of a public key."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def short_type(kind: str) -> str:
    """Return the type of a key in small letters: `ssh-rsa` is rsa."""
    plain = kind.removeprefix("ssh-")
    return "ecdsa" if kind.startswith("ecdsa") else {"dss": "dsa"}.get(plain, plain)
