"""Private keys, read once a process and shared by every connection; and what the agent holds, where asked."""

from __future__ import annotations

import io
import threading
from pathlib import Path

import paramiko

from itmsctl.errors import PrivateKeyError
from itmsctl.transports.endpoint import Credentials, PrivateKey

# Cheapest signature first (an RSA key costs about twice the CPU of a login).
_ORDER = {"ssh-ed25519": 0, "ecdsa-sha2-nistp256": 1, "ecdsa-sha2-nistp384": 2, "ecdsa-sha2-nistp521": 3}
_loaded: dict[tuple[str, int, int], paramiko.PKey] = {}
_read: dict[PrivateKey, paramiko.PKey] = {}
_lock = threading.Lock()


def load_key(path: Path) -> paramiko.PKey:
    """Answer the private key in a file; the same object until the file changes.

    Raises PrivateKeyError: missing, encrypted, or not a key.
    """
    try:
        state = path.stat()
        identity = (str(path), state.st_mtime_ns, state.st_size)
        with _lock:
            if identity not in _loaded:
                _loaded[identity] = paramiko.PKey.from_path(path)
            return _loaded[identity]
    except paramiko.PasswordRequiredException:
        raise PrivateKeyError(
            f"the private key {path} is encrypted",
            why="a key with a passphrase cannot be used without somebody to type it",
            hint="add it to an agent with ssh-add and use --agent",
        ) from None
    except OSError as error:
        raise PrivateKeyError(f"the private key {path} cannot be read", why=error.strerror or str(error)) from None
    except (paramiko.SSHException, paramiko.pkey.UnknownKeyType, ValueError, TypeError) as error:
        # The library raises TypeError for an encrypted key of the newer formats.
        why = "it is encrypted, or not a private key" if isinstance(error, TypeError | ValueError) else "unknown format"
        raise PrivateKeyError(f"the private key {path} cannot be used", why=why) from None


def read_key(held: PrivateKey) -> paramiko.PKey:
    """Answer a private key that is held in memory; the same object each time.

    Raises PrivateKeyError: not a key, encrypted, or the passphrase is wrong. Nothing of the key is in the message.
    """
    with _lock:
        if held not in _read:
            _read[held] = _parsed(held)
        return _read[held]


def _parsed(held: PrivateKey) -> paramiko.PKey:
    encrypted = False
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(io.StringIO(held.text), password=held.passphrase)
        except paramiko.PasswordRequiredException:
            encrypted = True
        except (paramiko.SSHException, ValueError, TypeError, IndexError, UnicodeError):
            continue  # a key of another kind; the library's words may hold parts of it
    if encrypted and not held.passphrase:
        why, hint = "it is encrypted, and no passphrase came with it", "--key-passphrase-file FILE"
    elif held.passphrase:
        why, hint = "its passphrase is wrong, or it is of an unknown format", "--key-passphrase-file FILE"
    else:
        why, hint = "it is no private key, or of an unknown format", "ssh-keygen -t ed25519 makes one that is known"
    raise PrivateKeyError(f"the private key of `{held.name}` cannot be used", why=why, hint=hint)


def login_keys(credentials: Credentials) -> list[paramiko.PKey]:
    """Answer the keys to try, cheapest first; the agent is asked only where `use_agent` says so."""
    keys = [*credentials.pkeys, *(load_key(path) for path in credentials.key_files)]
    keys.extend(read_key(held) for held in credentials.private_keys)
    if credentials.use_agent:
        keys.extend(paramiko.Agent().get_keys())
    return sorted(keys, key=lambda key: _ORDER.get(key.get_name(), 9))
