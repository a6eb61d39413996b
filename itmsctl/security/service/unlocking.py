"""Where the passphrase of the vault comes from: a private file, a pipe, a credential of systemd, or a person.

Never the value of an option or an environment variable: both are seen by others, or kept. Standard input is read only
where `-` says so: else it is data.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import field
from pathlib import Path

from itmsctl.errors import InputError, VaultLockedError
from itmsctl.security import vault
from itmsctl.security.service.private_files import read_private
from itmsctl.values.lean import dataclass

SYSTEMD_NAME = "itmsctl-passphrase"
MAX_PASSPHRASE = 4096
STDIN = "-"
_HERE = Path(STDIN)
_SYSTEMD_MODE = 0o037  # systemd shows the access of the service's user as that of the group (an ACL)
_PR_SET_DUMPABLE = 4

_opened: dict[bytes, vault.DataKey] = {}


@dataclass(frozen=True)
class Unlocking:
    """How this command may learn the passphrase. `ask` answers none where nobody can be asked.

    `line` reads a line of standard input, for `-`. `held` keeps what came by a pipe, which can be read once.
    """

    file: str | None = None
    systemd_folder: str | None = None
    ask: Callable[[str], str | None] = lambda question: None  # noqa: ARG005 - nobody is there
    line: Callable[[], str] = lambda: ""
    held: dict[str, bytes] = field(default_factory=dict)


def passphrase(ways: Unlocking) -> bytes:
    """Return the passphrase; raises VaultLockedError where nobody gives one, and what a file is refused for."""
    if ways.file:
        if ways.file not in ways.held:
            ways.held[ways.file] = from_stdin(ways.line) if ways.file == STDIN else from_file(ways.file)
        return ways.held[ways.file]
    if ways.systemd_folder:
        path = Path(ways.systemd_folder) / SYSTEMD_NAME
        if path.exists():
            return _line(read_private(path, "passphrase", MAX_PASSPHRASE, _SYSTEMD_MODE), path)
    typed = ways.ask("Passphrase of the vault")
    if typed is None:
        raise _nobody("the vault is locked, and nobody gave its passphrase")
    return typed.encode("utf-8", "surrogateescape")


def _nobody(what: str) -> VaultLockedError:
    return VaultLockedError(
        what,
        why="there is no passphrase file, no credential of systemd, and no terminal to ask at",
        hint="--passphrase-file FILE, - or <(pass show NAME), or ITMSCTL_PASSPHRASE_FILE=FILE",
    )


def new_passphrase(ways: Unlocking) -> bytes:
    """Return a passphrase to be: from its file, else typed twice. Raises as `passphrase` does, and InputError."""
    if ways.file or ways.systemd_folder:
        found = passphrase(ways)
    else:
        typed, again = ways.ask("New passphrase of the vault"), ways.ask("The same again")
        if typed is None or again is None:
            raise _nobody("nobody gave the passphrase that the vault is to have")
        if typed != again:
            raise InputError("the two passphrases differ; nothing was changed")
        found = typed.encode("utf-8", "surrogateescape")
    vault.check_passphrase(found)
    return found


def from_file(name: str) -> bytes:
    """Return the passphrase in a file that only its owner can read, or in a pipe of the user."""
    path = Path(name).expanduser()
    return _line(read_private(path, "passphrase", MAX_PASSPHRASE), path)


def from_stdin(line: Callable[[], str]) -> bytes:
    """Return the passphrase that is the next line of standard input. Raises InputError."""
    try:
        text = line()
    except UnicodeDecodeError:
        raise InputError("the passphrase on standard input is not UTF-8 text") from None
    if len(text) > MAX_PASSPHRASE:
        raise InputError(f"the passphrase on standard input is longer than {MAX_PASSPHRASE} characters")
    return _line(text.encode("utf-8", "surrogateescape"), _HERE)


def _line(data: bytes, path: Path) -> bytes:
    text = data.removesuffix(b"\n").removesuffix(b"\r")
    if not text:
        where = "on standard input" if path == _HERE else f"file {path}"
        raise InputError(f"the passphrase {where} is empty")
    return text


def open_with(header: vault.VaultHeader, words: bytes) -> vault.DataKey:
    """Return the key of a vault. It is derived once a process: that takes 64 MiB and a good part of a second."""
    known = hashlib.sha256(header.salt + header.wrapped_key + header.check_record + header.binding("cache") + words)
    if known.digest() not in _opened:
        _keep_to_ourselves()
        _opened[known.digest()] = vault.unlock(header, words)
    return _opened[known.digest()]


def _keep_to_ourselves() -> None:
    # From here on the memory holds keys: no dump, and no other process of the same user may look into it (LU3).
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def random(count: int) -> bytes:
    """Return random bytes of the operating system."""
    return os.urandom(count)
