"""Fingerprints of public SSH keys, as `ssh-keygen -l` writes them; the keys themselves are not kept."""

from __future__ import annotations

from typing import Any

from itmsctl.values.fingerprints import fingerprint


def host_key(blob: bytes, kind: str) -> dict[str, Any]:
    """Return the row of a key of the host, of which no path is told."""
    return {"fingerprint": fingerprint(blob), "type": short_type(kind), "use": "host"}


def short_type(kind: str) -> str:
    """Return the type of a key in small letters: `ssh-rsa` is rsa."""
    plain = kind.removeprefix("ssh-")
    return "ecdsa" if kind.startswith("ecdsa") else {"dss": "dsa"}.get(plain, plain)
