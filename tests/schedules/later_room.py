"""What a later room's `VERBS` may name."""

from __future__ import annotations

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import verb

calls = 0


def register(app: typer.Typer) -> None:
    """Add a verb to the group."""
    global calls
    calls += 1

    @verb(app, "chime")
    def chime(context: Context) -> None:
        """Do what is due."""
