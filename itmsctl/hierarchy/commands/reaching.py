"""How a server that is linked is reached: its database, over SSH, or by files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

import typer

from itmsctl.cli import connection as over


@dataclass(frozen=True, kw_only=True)
class LinkOptions:
    """The way to a server that is linked: one of its database, its login, its card; and how it is linked by SSH."""

    db: Annotated[str | None, typer.Option("--db", metavar="URL", help="Its database: a path, or postgresql://...")] = (
        None
    )
    ssh: Annotated[
        str | None, typer.Option("--ssh", metavar="USER@HOST", help="Where it runs: USER@HOST, or USER@HOST:PORT.")
    ] = None
    card: Annotated[
        str | None, typer.Option("--card", metavar="FILE", help="Its card, where it is reached by files only.")
    ] = None
    back: Annotated[
        str | None, typer.Option("--back", metavar="USER@HOST", help="Where it reaches this server over SSH.")
    ] = None
    program: Annotated[str, typer.Option("--program", metavar="COMMAND", help="How the program is called there.")] = (
        "itmsctl"
    )
    key: over.KeyFiles = field(default_factory=list)
    agent: over.Agent = False
    accept_new: over.AcceptNew = False
