"""How a command may learn the passphrase of the vault, and a secret that is to go into it."""

from __future__ import annotations

from pathlib import Path

from itmsctl.cli.context import Context
from itmsctl.cli.prompts import ask_secret
from itmsctl.errors import InputError, UsageError
from itmsctl.security.service.private_files import read_private
from itmsctl.security.service.unlocking import MAX_PASSPHRASE, Unlocking

_LONGEST = 65_536


def unlocking(context: Context, passphrase_file: str | None) -> Unlocking:
    """Return the ways of this command: the file or pipe that was named, here or in settings, systemd's, a person."""
    file = passphrase_file or context.option("passphrase_file")[0]
    folder = context.environment.get("CREDENTIALS_DIRECTORY")

    def line() -> str:
        if context.stdin.isatty():
            raise UsageError("`-` reads the passphrase from standard input, which is a terminal", hint="leave it out")
        return context.stdin.readline(MAX_PASSPHRASE + 2)

    return Unlocking(file, folder, lambda question: ask_secret(context, question), line, context.read_once)


def secret_text(context: Context, from_stdin: bool, file: str | None) -> str:
    """Return the text of a secret from where it was said to be, else from a person. Raises UsageError, InputError."""
    if from_stdin and file is not None:
        raise UsageError("--secret-stdin and --secret-file are both given", hint="give one of them")
    if file is not None:
        return file_text(file, "secret")
    if from_stdin:
        try:
            text = context.stdin.read(_LONGEST + 1)
        except UnicodeDecodeError:
            raise InputError("the secret on standard input is not UTF-8 text") from None
        return text
    typed = ask_secret(context, "Secret")
    if typed is None:
        raise UsageError("where is the secret?", hint="--secret-file FILE, or --secret-stdin and a pipe")
    return typed


def file_text(name: str, what: str) -> str:
    """Return the text of a private file. Raises as `read_private` does, and InputError."""
    path = Path(name).expanduser()
    try:
        return read_private(path, what, _LONGEST).decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"the {what} file {path} is not UTF-8 text") from None
