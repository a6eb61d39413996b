"""Credentials from files, standard input and the environment: never stored, never the value of a flag (LU3)."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from itmsctl.errors import InputError, KeyFileUnsafeError, NotFoundError, UsageError
from itmsctl.security.via import Via
from itmsctl.transports.endpoint import Credentials
from itmsctl.transports.registry import transport_class

PASSWORD_VARIABLE = "ITMSCTL_SSH_PASSWORD"  # noqa: S105 - the name of a variable
SUDO_VARIABLE = "ITMSCTL_SUDO_PASSWORD"
MAX_SECRET = 4096


def credentials(
    via: Via,
    *,
    password_file: str | None,
    sudo_password_file: str | None,
    environment: Mapping[str, str],
    stdin: TextIO,
) -> Credentials:
    """Answer what to log in with: only what was asked for is ever tried.

    Raises NotFoundError for a missing file, KeyFileUnsafeError for one that others can read, InputError, UsageError.
    """
    if password_file == "-" and sudo_password_file == "-":  # noqa: S105 - the word for standard input
        raise UsageError("standard input cannot hold both passwords", hint="put one of them into a file")
    return Credentials(
        key_files=tuple(check_private(Path(name).expanduser(), "key") for name in via.key_files),
        password=_secret(password_file, stdin, environment.get(PASSWORD_VARIABLE)),
        use_agent=bool(via.use_agent),
        sudo_password=_secret(sudo_password_file, stdin, environment.get(SUDO_VARIABLE)),
    )


def check_private(path: Path, what: str) -> Path:
    """Answer the path of a secret file that only its owner can read.

    Raises NotFoundError, InputError, KeyFileUnsafeError.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        raise NotFoundError(f"there is no {what} file {path}", hint=f"ls -l {path.parent}") from None
    except OSError as error:
        raise InputError(f"the {what} file {path} cannot be read", why=str(error)) from error
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"the {what} file {path} is not a file")
    if found.st_mode & 0o077:
        raise KeyFileUnsafeError(
            f"the {what} file {path} has mode {stat.S_IMODE(found.st_mode):04o}: other users could read it",
            hint=f"chmod 600 {path}",
        )
    if found.st_uid not in {0, os.getuid()}:
        raise KeyFileUnsafeError(f"the {what} file {path} belongs to another user", hint=f"ls -l {path}")
    if not os.access(path, os.R_OK):
        raise InputError(f"the {what} file {path} cannot be read", why="permission denied", hint=f"ls -l {path}")
    return path


def _secret(source: str | None, stdin: TextIO, variable: str | None) -> str | None:
    if source is None:
        return variable or None
    if source == "-":
        return _not_empty(stdin.readline(MAX_SECRET), "standard input")
    return read_secret(Path(source).expanduser())


def read_secret(path: Path) -> str:
    """Answer the first line of a file that only its owner can read. Raises as `check_private` does."""
    with check_private(path, "password").open(encoding="utf-8", errors="surrogateescape") as file:
        return _not_empty(file.readline(MAX_SECRET), str(path))


def _not_empty(text: str, source: str) -> str:
    secret = text.rstrip("\r\n")
    if not secret:
        raise InputError("the password is empty", why=f"first line of {source}")
    return secret


def require_login(via: Via, found: Credentials) -> None:
    """Refuse to knock at computers with nothing in hand, or by no known way; raise UsageError, InputError."""
    transport_class(via.transport or "ssh")
    if via.transport == "openssh":
        _require_openssh(found)
        return
    if via.transport == "local" or found.key_files or found.use_agent or found.password:
        return
    raise UsageError(
        "there is nothing to log in with",
        why="keys of the agent and of ~/.ssh are used only when they are named",
        hint="--key FILE, --agent, --password-file FILE, or a profile that names a key",
    )


def _require_openssh(found: Credentials) -> None:
    """Its way to log in stands in ssh_config, so nothing has to be named; a password it cannot take."""
    from itmsctl.transports.openssh_config import program

    program()
    if found.password:
        raise UsageError(
            "the transport openssh takes no login password",
            why="it runs the ssh program, which logs in by ssh_config, key files, agents or Kerberos",
            hint=f"--transport ssh, or no --password-file and no {PASSWORD_VARIABLE}",
        )
