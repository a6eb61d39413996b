"""Fingerprints of public keys."""

from __future__ import annotations

import base64
import hashlib


def fingerprint(blob: bytes) -> str:
    """Return the SHA-256 fingerprint of a public key as OpenSSH writes it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")
