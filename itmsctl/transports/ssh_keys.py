"""Private keys, read once a process and shared by every connection; and what the agent holds, where asked."""

from __future__ import annotations

import threading
from pathlib import Path

import paramiko

from itmsctl.errors import PrivateKeyError
from itmsctl.transports.endpoint import Credentials

# Cheapest signature first (an RSA key costs about twice the CPU of a login).
_ORDER = {"ssh-ed25519": 0, "ecdsa-sha2-nistp256": 1, "ecdsa-sha2-nistp384": 2, "ecdsa-sha2-nistp521": 3}
_loaded: dict[tuple[str, int, int], paramiko.PKey] = {}
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


def login_keys(credentials: Credentials) -> list[paramiko.PKey]:
    """Answer the keys to try, cheapest first; the agent is asked only where `use_agent` says so."""
    keys = [*credentials.pkeys, *(load_key(path) for path in credentials.key_files)]
    if credentials.use_agent:
        keys.extend(paramiko.Agent().get_keys())
    return sorted(keys, key=lambda key: _ORDER.get(key.get_name(), 9))
