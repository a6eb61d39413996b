"""Options of every verb that connects to computers. None takes a secret: files, stdin and the vault do."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated

import typer

from itmsctl.cli.complete import names_of
from itmsctl.values.lean import dataclass
from itmsctl.values.windows_support import WINDOWS_SUPPORT

_PANEL = "Connection"

TransportName = Annotated[
    str | None,
    typer.Option(
        "--transport",
        metavar="NAME",
        help=f"ssh (default), openssh, smb or local. {WINDOWS_SUPPORT}",
        rich_help_panel=_PANEL,
    ),
]
Profile = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="Connection profile.", rich_help_panel=_PANEL)
]
KeyFiles = Annotated[
    list[str], typer.Option("--key", metavar="FILE", help="File with a private key.", rich_help_panel=_PANEL)
]
Agent = Annotated[bool, typer.Option("--agent", help="Use the keys of the SSH agent.", rich_help_panel=_PANEL)]
User = Annotated[str | None, typer.Option("--user", metavar="USER", help="Log in as USER.", rich_help_panel=_PANEL)]
Port = Annotated[int | None, typer.Option("--port", metavar="N", help="Port.", rich_help_panel=_PANEL)]
PasswordFile = Annotated[
    str | None,
    typer.Option("--password-file", metavar="FILE", help="Login password; - reads stdin.", rich_help_panel=_PANEL),
]
SudoPasswordFile = Annotated[
    str | None,
    typer.Option(
        "--sudo-password-file", metavar="FILE", help="Password for sudo; - reads stdin.", rich_help_panel=_PANEL
    ),
]
Credential = Annotated[
    list[str],
    typer.Option(
        "--credential",
        metavar="NAME",
        help="Credential of the vault; again for sudo.",
        rich_help_panel=_PANEL,
        autocompletion=names_of("credential"),
    ),
]
PassphraseFile = Annotated[
    str | None,
    typer.Option(
        "--passphrase-file",
        metavar="FILE",
        help="File or pipe with the passphrase of the vault; - is standard input.",
        rich_help_panel=_PANEL,
    ),
]
AcceptNew = Annotated[
    bool,
    typer.Option("--accept-new", help="Pin the host key of computers that have none yet.", rich_help_panel=_PANEL),
]
ConnectTimeout = Annotated[
    str | None,
    typer.Option("--connect-timeout", metavar="TIME", help="From first packet to login.", rich_help_panel=_PANEL),
]
Concurrency = Annotated[
    int | None, typer.Option("--concurrency", metavar="N", help="Computers at once (32).", rich_help_panel=_PANEL)
]


@dataclass(frozen=True, kw_only=True)
class ConnectionOptions:
    """How computers are reached, as every verb asks it that drives a run."""

    transport: TransportName = None
    key: KeyFiles = field(default_factory=list)
    agent: Agent = False
    user: User = None
    port: Port = None
    password_file: PasswordFile = None
    sudo_password_file: SudoPasswordFile = None
    credential: Credential = field(default_factory=list)
    passphrase_file: PassphraseFile = None
    connect_timeout: ConnectTimeout = None
    concurrency: Concurrency = None
