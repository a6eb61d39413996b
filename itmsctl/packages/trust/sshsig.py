"""Signatures in the form of `ssh-keygen -Y` (PROTOCOL.sshsig of OpenSSH), which every computer with OpenSSH 8.1 checks.

The key signs neither form in the other's stead: here what is signed begins with SSHSIG, a catalogue with a brace.
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct

from itmsctl.packages.trust.keys import SigningKey, VerifyKey

NAMESPACE = "itmsctl-package"
PRINCIPAL = "itmsctl"
MAX_SIGNATURE = 8 << 10
_MAGIC, _VERSION, _HASH, _TYPE = b"SSHSIG", 1, b"sha512", b"ssh-ed25519"
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_ARMOURED = re.compile(rf"\A{_BEGIN}\n(?P<body>[A-Za-z0-9+/=\n]+)\n{_END}\n?\Z")
_LINE = 70


def ssh_public(key: VerifyKey) -> str:
    """Return a public key as a line of OpenSSH holds it: type and base64."""
    return f"{_TYPE.decode()} {base64.b64encode(_blob(key)).decode()}"


def fingerprint(key: VerifyKey) -> str:
    """Return the fingerprint of a key as `ssh-keygen -l` writes it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(_blob(key)).digest()).decode().rstrip("=")


def allowed_signers(keys: list[VerifyKey], namespace: str = NAMESPACE) -> str:
    """Return the file of `ssh-keygen -Y verify -f` that lets these keys sign for packages."""
    return "".join(f'{PRINCIPAL} namespaces="{namespace}" {ssh_public(key)}\n' for key in keys)


def signature(key: SigningKey, data: bytes, namespace: str = NAMESPACE) -> str:
    """Return the text of a signature file of these bytes."""
    signed = key.sign(_to_sign(data, namespace))
    blob = _MAGIC + struct.pack(">I", _VERSION) + _string(_blob(key.public)) + _string(namespace.encode())
    blob += _string(b"") + _string(_HASH) + _string(_string(_TYPE) + _string(signed))
    body = base64.b64encode(blob).decode()
    lines = [body[start : start + _LINE] for start in range(0, len(body), _LINE)]
    return "\n".join([_BEGIN, *lines, _END]) + "\n"


def signer(text: str, data: bytes, namespace: str = NAMESPACE) -> VerifyKey | None:
    """Return the key that signed these bytes; None where the text is no such signature, or one of other bytes."""
    found = _ARMOURED.fullmatch(text) if len(text) <= MAX_SIGNATURE else None
    try:
        blob = base64.b64decode(found["body"].replace("\n", ""), validate=True) if found else b""
        if not blob.startswith(_MAGIC) or struct.unpack_from(">I", blob, len(_MAGIC)) != (_VERSION,):
            return None
        public, space, _, digest, signed = _strings(blob[len(_MAGIC) + 4 :], 5)
        kinds = _strings(public, 2), _strings(signed, 2)
    except (ValueError, struct.error):
        return None
    if space != namespace.encode() or digest != _HASH or {kind for kind, _ in kinds} != {_TYPE}:
        return None
    key = VerifyKey(kinds[0][1])
    return key if key.signed(_to_sign(data, namespace), kinds[1][1]) else None


def _to_sign(data: bytes, namespace: str) -> bytes:
    digest = hashlib.sha512(data).digest()
    return _MAGIC + _string(namespace.encode()) + _string(b"") + _string(_HASH) + _string(digest)


def _blob(key: VerifyKey) -> bytes:
    return _string(_TYPE) + _string(key.raw)


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _strings(data: bytes, count: int) -> list[bytes]:
    """Return the strings that bytes are made of. Raises ValueError, struct.error."""
    found, at = [], 0
    for _ in range(count):
        (length,) = struct.unpack_from(">I", data, at)
        if at + 4 + length > len(data):
            raise ValueError("cut off")
        found.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    if at != len(data):
        raise ValueError("more than that")
    return found
