"""The options that every command has.

Annotations are not put off here: the parser would read each of their texts four times over, at every start.
"""

from functools import cache
from typing import Annotated, Any

import typer

from itmsctl.cli.configuration import CHOICES
from itmsctl.cli.help_page import GLOBAL

FORMATS = CHOICES["output"]


def _one_of(*allowed: str) -> Any:
    def check(value: str | None) -> str | None:
        if value is not None and value not in allowed:
            raise typer.BadParameter(f"`{value}` is not one of {', '.join(allowed)}")
        return value

    return check


def _global_options(
    db: Annotated[str | None, typer.Option("--db", metavar="URL", help="Database: a path, or postgresql://...")] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FORMAT", help="|".join(FORMATS), callback=_one_of(*FORMATS))
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="The same as -o json.")] = False,
    fields: Annotated[
        str | None, typer.Option("--fields", metavar="A,B", help="Only these fields; bare: list them.")
    ] = None,
    no_headers: Annotated[bool, typer.Option("--no-headers", help="No header line.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but data and errors.")] = False,
    verbose: Annotated[int, typer.Option("--verbose", "-v", count=True, help="Say more.")] = 0,
    debug: Annotated[bool, typer.Option("--debug", help="Tell settings and statements on stderr, no values.")] = False,
    color: Annotated[
        str | None,
        typer.Option(
            "--color", metavar="WHEN", help="auto (default)|always|never", callback=_one_of(*CHOICES["color"])
        ),
    ] = None,
    progress: Annotated[
        str | None,
        typer.Option(
            "--progress", metavar="HOW", help="auto (default)|plain|json|none", callback=_one_of(*CHOICES["progress"])
        ),
    ] = None,
    error_format: Annotated[
        str, typer.Option("--error-format", metavar="FORMAT", help="text|json", callback=_one_of("text", "json"))
    ] = "text",
    no_input: Annotated[bool, typer.Option("--no-input", help="Never ask.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Answer yes to mild and moderate questions.")] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; kept in the audit.")] = "",
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar="TIME", help="List, show and members as they were: 2026-01-31T12:00Z or 2d."),
    ] = None,
    idempotency_key: Annotated[
        str | None, typer.Option("--idempotency-key", metavar="KEY", help="Do nothing if a command with this key ran.")
    ] = None,
) -> None:
    """Carry the global options; never called."""


@cache
def global_options() -> tuple[Any, ...]:
    """Return the options as the parser has them."""
    app = typer.Typer(add_completion=False)
    app.command()(_global_options)
    command = typer.main.get_command(app)
    for parameter in command.params:
        parameter.rich_help_panel = GLOBAL  # type: ignore[attr-defined]  # every option has it
    return tuple(p for p in command.params if p.name != "help")
