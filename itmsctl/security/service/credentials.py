"""What to log in with: files, standard input, the environment, the vault; never the value of a flag (LU3)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from itmsctl.errors import InputError, UsageError
from itmsctl.security.credential import HeldCredentials, refuse_unknown_hosts
from itmsctl.security.service.private_files import check_private, read_private
from itmsctl.security.via import Via
from itmsctl.transports.endpoint import Credentials
from itmsctl.transports.key_files import read_form, unusable
from itmsctl.transports.registry import transport_class

PASSWORD_VARIABLE = "ITMSCTL_SSH_PASSWORD"  # noqa: S105 - the name of a variable
SUDO_VARIABLE = "ITMSCTL_SUDO_PASSWORD"
MAX_SECRET = 4096
MAX_FILE = 65_536


def credentials(
    via: Via,
    *,
    password_file: str | None,
    sudo_password_file: str | None,
    environment: Mapping[str, str],
    stdin: TextIO,
    held: HeldCredentials | None = None,
) -> Credentials:
    """Return what to log in with: only what was asked for is ever tried.

    `held` is what credentials of the vault gave; it wins over the environment, which may hold what was left there.
    Raises NotFoundError for a missing file, KeyFileUnsafeError for one that others can read, InputError, UsageError,
    CredentialNotForDiscoveryError.
    """
    held = held or HeldCredentials()
    if via.accept_new:
        refuse_unknown_hosts(held)
    if password_file == "-" and sudo_password_file == "-":  # noqa: S105 - the word for standard input
        raise UsageError("standard input cannot hold both passwords", hint="put one of them into a file")
    # ssh asks the agent for what a file has encrypted, without being told to.
    agent = bool(via.use_agent or (via.transport == "openssh" and environment.get("SSH_AUTH_SOCK")))
    return Credentials(
        key_files=tuple(_key_file(Path(name).expanduser(), agent) for name in via.key_files),
        password=_one(held.password, password_file, stdin, environment.get(PASSWORD_VARIABLE)),
        use_agent=bool(via.use_agent),
        sudo_password=_one(held.sudo_password, sudo_password_file, stdin, environment.get(SUDO_VARIABLE)),
        private_keys=held.private_keys,
    )


def _key_file(path: Path, agent: bool) -> Path:
    """Return the path of a key file that can be used; with an agent, also of one that only names a key of it.

    Raises PrivateKeyError, and as `check_private` does.
    """
    if not path.is_file():
        return check_private(path, "key")
    found = read_form(path)
    error = unusable(path, found)
    if error is not None and not (agent and found.form in ("public", "encrypted")):
        raise error
    return path if found.form == "public" else check_private(path, "key")


def _one(sealed: str | None, source: str | None, stdin: TextIO, variable: str | None) -> str | None:
    if sealed is not None and source is not None:
        raise UsageError("a password comes from a file and from the vault too", hint="give one of them")
    return sealed if sealed is not None else _secret(source, stdin, variable)


def _secret(source: str | None, stdin: TextIO, variable: str | None) -> str | None:
    if source is None:
        return variable or None
    if source == "-":
        return _not_empty(stdin.readline(MAX_SECRET), "standard input")
    return read_secret(Path(source).expanduser())


def read_secret(path: Path) -> str:
    """Return the first line of a file that only its owner can read, or of a pipe. Raises as `read_private` does."""
    text = read_private(path, "password", MAX_FILE).decode("utf-8", "surrogateescape")
    return _not_empty(text.partition("\n")[0][:MAX_SECRET], str(path))


def _not_empty(text: str, source: str) -> str:
    secret = text.rstrip("\r\n")
    if not secret:
        raise InputError("the password is empty", why=f"first line of {source}")
    return secret


def require_login(via: Via, found: Credentials) -> None:
    """Refuse to knock at computers with nothing in hand, or by no known way.

    Raises UsageError, InputError, and PrivateKeyError for a key that cannot be used.
    """
    transport_class(via.transport or "ssh")
    if via.transport == "openssh":
        _require_openssh(found)
        return
    if via.transport == "local":
        return
    if via.transport == "smb":
        _require_smb(via, found)
        return
    if found.key_files or found.private_keys or found.use_agent or found.password:
        from itmsctl.transports.ssh_keys import login_keys

        with login_keys(found):
            return
    raise UsageError(
        "there is nothing to log in with",
        why="keys of the agent and of ~/.ssh are used only when they are named",
        hint="--key FILE, --credential NAME, --agent, --password-file FILE, or a profile that names one",
    )


def _require_smb(via: Via, found: Credentials) -> None:
    """It takes a password, or the ticket of a user of a realm; whose user that is, each computer may say."""
    from itmsctl.transports.smb import require_library

    require_library()
    if found.private_keys or found.key_files or found.use_agent:
        raise UsageError("the transport smb takes no SSH keys", hint="a credential of the kind password")
    if not found.password and via.user and "@" not in via.user:
        raise UsageError(
            "there is nothing to log in with",
            why="NTLM needs a password; only name@REALM, by Kerberos, can do with a ticket",
            hint="--credential NAME, --password-file FILE, or a profile that names one",
        )


def _require_openssh(found: Credentials) -> None:
    """Its way to log in stands in ssh_config, so nothing has to be named; a password it cannot take."""
    from itmsctl.transports.openssh_config import program

    program()
    if found.private_keys:
        raise UsageError(
            "the transport openssh takes no keys of the vault",
            why="it runs the ssh program, which takes keys from files and agents only",
            hint="--transport ssh, or --key FILE",
        )
    if found.password:
        raise UsageError(
            "the transport openssh takes no login password",
            why="it runs the ssh program, which logs in by ssh_config, key files, agents or Kerberos",
            hint=f"--transport ssh, or no --password-file and no {PASSWORD_VARIABLE}",
        )
