"""The form of a signature of `ssh-keygen -Y` (PROTOCOL.sshsig of OpenSSH): bytes only, whoever signs or checks them.

It is read on computers too, by the agent: nothing but the standard library of Python 3.6.
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct

TYPE = b"ssh-ed25519"
MAX_SIGNATURE = 8 << 10
BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_MAGIC, _VERSION, _HASH = b"SSHSIG", 1, b"sha512"
_ARMOURED = re.compile(rf"\A{BEGIN}\n(?P<body>[A-Za-z0-9+/=\n]+)\n{END}\n?\Z")
_LINE = 70


def to_sign(data: bytes, namespace: str) -> bytes:
    """Return the bytes that the key signs for these bytes."""
    digest = hashlib.sha512(data).digest()
    return _MAGIC + string(namespace.encode()) + string(b"") + string(_HASH) + string(digest)


def armoured(public: bytes, signed: bytes, namespace: str) -> str:
    """Return the text of a signature file, of the raw public key and the raw signature."""
    blob = _MAGIC + struct.pack(">I", _VERSION) + string(key_blob(public)) + string(namespace.encode())
    blob += string(b"") + string(_HASH) + string(string(TYPE) + string(signed))
    body = base64.b64encode(blob).decode()
    lines = [body[start : start + _LINE] for start in range(0, len(body), _LINE)]
    return "\n".join([BEGIN, *lines, END]) + "\n"


def taken_apart(text: str, namespace: str) -> tuple[bytes, bytes] | None:
    """Return the raw public key and the raw signature that a text claims; None where it is no such signature."""
    found = _ARMOURED.match(text) if len(text) <= MAX_SIGNATURE else None
    try:
        blob = base64.b64decode(found.group("body").replace("\n", ""), validate=True) if found else b""
        if not blob.startswith(_MAGIC) or struct.unpack_from(">I", blob, len(_MAGIC)) != (_VERSION,):
            return None
        public, space, _, digest, signed = strings(blob[len(_MAGIC) + 4 :], 5)
        kinds = strings(public, 2), strings(signed, 2)
    except (ValueError, struct.error):
        return None
    if space != namespace.encode() or digest != _HASH or {kind for kind, _ in kinds} != {TYPE}:
        return None
    return kinds[0][1], kinds[1][1]


def key_blob(public: bytes) -> bytes:
    """Return a raw public key as OpenSSH writes it."""
    return string(TYPE) + string(public)


def string(data: bytes) -> bytes:
    """Return bytes with their length before them."""
    return struct.pack(">I", len(data)) + data


def strings(data: bytes, count: int) -> list[bytes]:
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
