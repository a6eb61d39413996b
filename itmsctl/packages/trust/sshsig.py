"""Signatures in the form of `ssh-keygen -Y` (PROTOCOL.sshsig of OpenSSH), which every computer with OpenSSH 8.1 checks.

The key signs neither form in the other's stead: here what is signed begins with SSHSIG, a catalogue with a brace.
"""

from __future__ import annotations

import base64
import hashlib

from itmsctl.packages.trust.keys import SigningKey, VerifyKey
from itmsctl.packages.trust.sshsig_form import MAX_SIGNATURE, TYPE, armoured, key_blob, taken_apart, to_sign

__all__ = [
    "MAX_SIGNATURE",
    "NAMESPACE",
    "PRINCIPAL",
    "allowed_signers",
    "fingerprint",
    "signature",
    "signer",
    "ssh_public",
]

NAMESPACE = "itmsctl-package"
PRINCIPAL = "itmsctl"


def ssh_public(key: VerifyKey) -> str:
    """Return a public key as a line of OpenSSH holds it: type and base64."""
    return f"{TYPE.decode()} {base64.b64encode(key_blob(key.raw)).decode()}"


def fingerprint(key: VerifyKey) -> str:
    """Return the fingerprint of a key as `ssh-keygen -l` writes it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key_blob(key.raw)).digest()).decode().rstrip("=")


def allowed_signers(keys: list[VerifyKey], namespace: str = NAMESPACE) -> str:
    """Return the file of `ssh-keygen -Y verify -f` that lets these keys sign for packages."""
    return "".join(f'{PRINCIPAL} namespaces="{namespace}" {ssh_public(key)}\n' for key in keys)


def signature(key: SigningKey, data: bytes, namespace: str = NAMESPACE) -> str:
    """Return the text of a signature file of these bytes."""
    return armoured(key.public.raw, key.sign(to_sign(data, namespace)), namespace)


def signer(text: str, data: bytes, namespace: str = NAMESPACE) -> VerifyKey | None:
    """Return the key that signed these bytes; None where the text is no such signature, or one of other bytes."""
    found = taken_apart(text, namespace)
    if found is None:
        return None
    key = VerifyKey(found[0])
    return key if key.signed(to_sign(data, namespace), found[1]) else None
