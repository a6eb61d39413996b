"""What a key file is, by its text alone: so that one that cannot be used is told before anybody is dialled."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from typing import Literal

from itmsctl.errors import PrivateKeyError
from itmsctl.values.lean import dataclass
from itmsctl.values.untrusted import shell_arg

MOST_BYTES = 65_536
Form = Literal["private", "encrypted", "public", "certificate", "putty", "foreign"]
_PUBLIC = re.compile(rb"\s*(?:ssh-|ecdsa-sha2-|sk-)[!-~]+ AAAA([A-Za-z0-9+/=]*)")
_OPENSSH = re.compile(rb"-----BEGIN OPENSSH PRIVATE KEY-----(.*?)-----END", re.DOTALL)
_MAGIC = b"openssh-key-v1\0"


@dataclass(frozen=True)
class KeyFile:
    """The form of a key file, and the public key in it where that can be read without a passphrase."""

    form: Form
    public: bytes = b""


def form_of(text: bytes) -> KeyFile:
    """Return what a text is; `foreign` where it is no key at all, or one of a kind that nobody here knows."""
    if text.lstrip().startswith(b"PuTTY-User-Key-File-"):
        return KeyFile("putty")
    public = _PUBLIC.match(text)
    if public:
        blob = _decoded(b"AAAA" + public[1])
        return KeyFile("certificate" if b"-cert-v01@" in blob[:64] else "public", blob)
    if b"BEGIN SSH2 PUBLIC KEY" in text or b"-----BEGIN PUBLIC KEY-----" in text or b"BEGIN RSA PUBLIC KEY" in text:
        return KeyFile("public")
    openssh = _OPENSSH.search(text)
    if openssh:
        return _openssh(_decoded(openssh[1]))
    if b"PRIVATE KEY-----" not in text:
        return KeyFile("foreign")
    encrypted = b"BEGIN ENCRYPTED PRIVATE KEY" in text or b"Proc-Type: 4,ENCRYPTED" in text
    return KeyFile("encrypted" if encrypted else "private")


def _openssh(data: bytes) -> KeyFile:
    if not data.startswith(_MAGIC):
        return KeyFile("foreign")
    cipher, rest = _text(data[len(_MAGIC) :])
    for _ in range(2):  # the derivation of its key, and what that needs
        _, rest = _text(rest)
    public, _ = _text(rest[4:])
    return KeyFile("private" if cipher == b"none" else "encrypted", public)


def _text(data: bytes) -> tuple[bytes, bytes]:
    length = int.from_bytes(data[:4], "big")
    return data[4 : 4 + length], data[4 + length :]


def _decoded(text: bytes) -> bytes:
    try:
        return base64.b64decode(b"".join(text.split()) + b"==")
    except (binascii.Error, ValueError):
        return b""


def read_form(path: Path) -> KeyFile:
    """Return what a key file is. Raises PrivateKeyError where it cannot be read."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise PrivateKeyError(f"the private key {path} cannot be read", why=error.strerror or str(error)) from None
    if len(text) > MOST_BYTES:
        raise PrivateKeyError(f"the private key {path} cannot be used", why=f"it is longer than {MOST_BYTES} bytes")
    return form_of(text)


def unusable(path: Path, found: KeyFile) -> PrivateKeyError | None:
    """Return why a file of this form is no key to log in with; None where it may be one."""
    name, what = shell_arg(str(path)), f"the private key {path} cannot be used"
    without = re.sub(r"(-cert)?\.pub$", "", str(path))
    match found.form:
        case "public" | "certificate":
            other = shell_arg(without) if without != str(path) else "FILE"
            kind = "a certificate" if found.form == "certificate" else "a public key"
            return PrivateKeyError(what, why=f"it is {kind}", hint=f"give the private key: --key {other}")
        case "putty":
            convert = f"puttygen {name} -O private-openssh -o NEW, then --key NEW"
            return PrivateKeyError(what, why="it is a PuTTY key", hint=convert)
        case "encrypted":
            return PrivateKeyError(
                f"the private key {path} is encrypted",
                why="a key with a passphrase cannot be used without somebody to type it",
                hint=f"ssh-add {name} and --agent, or itmsctl credential add NAME --kind ssh-key --secret-file {name} "
                "--key-passphrase-file FILE",
            )
        case "foreign":
            return PrivateKeyError(
                what, why="it is no private key, or of an unknown format", hint=f"ssh-keygen -y -f {name} tells whether"
            )
    return None
