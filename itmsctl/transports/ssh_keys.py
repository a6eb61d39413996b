"""Private keys, read once a process and shared by every connection; and what the agent holds, where asked."""

from __future__ import annotations

import contextlib
import copy
import io
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from paramiko.pkey import PublicBlob

from itmsctl.errors import PrivateKeyError
from itmsctl.transports.endpoint import Credentials, PrivateKey
from itmsctl.transports.key_files import form_of, read_form, unusable
from itmsctl.values.lean import dataclass

# Cheapest signature first (an RSA key costs about twice the CPU of a login).
_ORDER = {"ssh-ed25519": 0, "ecdsa-sha2-nistp256": 1, "ecdsa-sha2-nistp384": 2, "ecdsa-sha2-nistp521": 3}
_END = "PRIVATE KEY-----"
_loaded: dict[tuple[str, int, int, int], paramiko.PKey] = {}
_read: dict[PrivateKey, paramiko.PKey] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class LoginKey:
    """One key to offer, and whether somebody named it; the others are the agent's."""

    key: paramiko.PKey
    named: bool

    @property
    def label(self) -> str:
        """Return its type and fingerprint as a message shows them."""
        blob = self.key.public_blob
        return f"{blob.key_type if blob is not None else self.key.get_name()} {self.key.fingerprint}"


def load_key(path: Path) -> paramiko.PKey:
    """Return the private key in a file, with the certificate beside it; the same object until the file changes.

    Raises PrivateKeyError: missing, encrypted, of another format, or not a key.
    """
    beside = path.with_name(path.name + "-cert.pub")
    try:
        state = path.stat()
        identity = (str(path), state.st_mtime_ns, state.st_size, beside.stat().st_mtime_ns if beside.exists() else 0)
        with _lock:
            if identity not in _loaded:
                useless = unusable(path, read_form(path))
                if useless is not None:
                    raise useless
                key = _key_of(path.read_bytes(), None)
                _loaded[identity] = _certified(key, beside.read_text(errors="replace") if identity[-1] else "")
            return _loaded[identity]
    except PrivateKeyError:
        raise
    except OSError as error:
        raise PrivateKeyError(f"the private key {path} cannot be read", why=error.strerror or str(error)) from None
    except UnsupportedAlgorithm:
        hint = "--transport openssh, which runs ssh"
        raise PrivateKeyError(f"the private key {path} cannot be used", why="unknown kind of key", hint=hint) from None
    except (paramiko.SSHException, ValueError, TypeError):
        raise PrivateKeyError(f"the private key {path} cannot be used", why="it is damaged, or unknown") from None


def _key_of(data: bytes, passphrase: str | None) -> paramiko.PKey:
    """Return the key in a text: OpenSSH's own format, PEM or PKCS#8."""
    secret = passphrase.encode() if passphrase else None
    ours = b"BEGIN OPENSSH PRIVATE KEY" in data
    load = serialization.load_ssh_private_key if ours else serialization.load_pem_private_key
    key = load(data, secret)
    if isinstance(key, RSAPrivateKey):
        return paramiko.RSAKey(key=key)
    if isinstance(key, EllipticCurvePrivateKey):
        found = paramiko.ECDSAKey(vals=(key, key.public_key()))
        if found.ecdsa_curve is None:
            raise UnsupportedAlgorithm("the curve")
        return found
    if isinstance(key, Ed25519PrivateKey):
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
        return paramiko.Ed25519Key(file_obj=io.StringIO(key.private_bytes(*form).decode("ascii")))
    raise UnsupportedAlgorithm("the kind of key")


def _certified(key: paramiko.PKey, certificate: str) -> paramiko.PKey:
    """Return the key with its certificate; one that is damaged or of another key is left out, as ssh does."""
    with contextlib.suppress(paramiko.SSHException, ValueError, TypeError, IndexError):
        if certificate.strip():
            blob = PublicBlob.from_string(certificate.strip())
            inside = paramiko.Message(blob.key_blob)
            inside.get_text()
            inside.get_binary()  # a number used once, and then what the key's own blob holds
            if blob.key_type.startswith(key.get_name()) and inside.get_remainder().startswith(_material(key)):
                key.public_blob = blob
    return key


def _material(key: paramiko.PKey) -> bytes:
    """Return a public key without its kind."""
    blob = paramiko.Message(key.asbytes())
    blob.get_text()
    return bytes(blob.get_remainder())


def read_key(held: PrivateKey) -> paramiko.PKey:
    """Return a private key that is held in memory; the same object each time. Its certificate may follow its text.

    Raises PrivateKeyError: not a key, encrypted, or the passphrase is wrong. Nothing of the key is in the message.
    """
    with _lock:
        if held not in _read:
            _read[held] = _parsed(held)
        return _read[held]


def _parsed(held: PrivateKey) -> paramiko.PKey:
    head, end, certificate = held.text.rpartition(_END)
    form = form_of(held.text.encode()).form
    try:
        return _certified(_key_of((head + end + "\n").encode(), held.passphrase), certificate)
    except (paramiko.SSHException, UnsupportedAlgorithm, ValueError, TypeError, IndexError, UnicodeError):
        pass  # the library's words may hold parts of the key
    if form == "encrypted" and not held.passphrase:
        why, hint = "it is encrypted, and no passphrase came with it", "--key-passphrase-file FILE"
    elif held.passphrase:
        why, hint = "its passphrase is wrong, or it is of an unknown format", "--key-passphrase-file FILE"
    elif form == "putty":
        why, hint = "it is a PuTTY key", "puttygen FILE -O private-openssh -o NEW"
    else:
        why, hint = "it is no private key, or of an unknown format", "ssh-keygen -p -f FILE writes it in a known one"
    raise PrivateKeyError(f"the private key of `{held.name}` cannot be used", why=why, hint=hint)


@contextlib.contextmanager
def login_keys(credentials: Credentials) -> Iterator[list[LoginKey]]:
    """Yield the keys to try: those that were named, then the agent's; of each the cheapest first.

    A key with a certificate is offered with it and then without: the certificate may have expired. The agent is asked
    only where `use_agent` says so; it may hold what a named file has encrypted, or only the public half of.
    Raises PrivateKeyError for a file that cannot be used.
    """
    agent = paramiko.Agent() if credentials.use_agent else None
    try:
        yield _in_order(credentials, list(agent.get_keys()) if agent is not None else [])
    finally:
        if agent is not None:
            agent.close()


def _in_order(credentials: Credentials, agents: list[paramiko.PKey]) -> list[LoginKey]:
    named = [*credentials.pkeys, *(_named(path, agents) for path in credentials.key_files)]
    named.extend(read_key(held) for held in credentials.private_keys)
    known = {_blob(key) for each in named for key in _both(each)}
    others = [key for key in agents if _blob(key) not in known]
    found = [LoginKey(key, True) for each in _cheapest(named) for key in _both(each)]
    return found + [LoginKey(key, False) for key in _cheapest(others)]


def _named(path: Path, agents: Iterable[paramiko.PKey]) -> paramiko.PKey:
    if agents:
        found = read_form(path)
        if found.form in ("encrypted", "public"):
            beside = path.with_name(path.name + ".pub")
            public = found.public or (read_form(beside).public if beside.exists() else b"")
            held = next((key for key in agents if _blob(key) == public), None)
            if held is not None:
                return held
    return load_key(path)


def _blob(key: paramiko.PKey) -> bytes:
    """Return what is offered of a key: its certificate, where it has one."""
    if isinstance(key, paramiko.AgentKey):
        return bytes(key.blob)
    blob = getattr(key, "public_blob", None)
    return bytes(blob.key_blob if blob is not None else key.asbytes())


def _cheapest(keys: Iterable[paramiko.PKey]) -> list[paramiko.PKey]:
    return sorted(keys, key=lambda key: _ORDER.get(key.get_name().partition("-cert-v01@")[0], 9))


def _both(key: paramiko.PKey) -> list[paramiko.PKey]:
    if getattr(key, "public_blob", None) is None or isinstance(key, paramiko.AgentKey):
        return [key]
    plain = copy.copy(key)
    plain.public_blob = None
    return [key, plain]
