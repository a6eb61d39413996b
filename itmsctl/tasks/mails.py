"""The arguments of a task that sends a mail: its server, sender and receivers, and what they must be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.errors import InputError
from itmsctl.tasks.action import Argument

SERVER = (
    Argument("host", "The SMTP server.", default="localhost"),
    Argument("port", "Its port.", "int", default="25"),
    Argument("starttls", "Speak TLS, and check the server's certificate.", "bool", default="false"),
    Argument("ca_file", "Certificates that vouch for the server. Without: those of the machine.", "local"),
    Argument("user", "Log in as this user."),
    Argument("password_file", "The file with the password, readable by its owner only.", "local"),
)


def check_mail(arguments: Mapping[str, Any]) -> None:
    """Raise InputError for what cannot be a mail: nobody to get it, a line break in a header, a password in clear."""
    for name in ("host", "from", "subject", "user"):
        _one_line(name, arguments[name] or "")
    if not arguments["to"]:
        raise InputError("a mail needs someone to go `to`")
    for address in (*arguments["to"], arguments["from"] or ""):
        _one_line("an address", address)
        if "@" not in address or " " in address.strip():
            raise InputError(f"`{address}` is not an address of a mail", hint="write it as ops@example.org")
    if not 1 <= arguments["port"] <= 65535:
        raise InputError(f"{arguments['port']} is not a port", hint="between 1 and 65535")
    if (arguments["user"] is None) != (arguments["password_file"] is None):
        raise InputError("`user` and `password_file` go together")
    if arguments["user"] is not None and not arguments["starttls"]:
        raise InputError("a password is sent over TLS only", hint="--arg starttls=true")


def _one_line(name: str, text: str) -> None:
    """Refuse what would begin another header."""
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise InputError(f"`{name}` of a mail is one line without control characters")
