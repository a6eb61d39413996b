"""Which colours, and when: `--color`, `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` and `TERM`, per stream."""

from __future__ import annotations

from typing import Any, TextIO

from itmsctl.cli.configuration import Sources

# Each is read on white and on black: yellow is not read on white, blue not on black.
GOOD, BAD, ODD, BUSY, FAINT = "green", "red", "magenta", "cyan", "dim"


def wants_color(sources: Sources, stream: TextIO) -> bool:
    """Return whether a stream gets colour."""
    when, _ = sources.lookup("color")
    if when in {"always", "never"}:
        return when == "always"
    environment = sources.environment
    if environment.get("NO_COLOR") or environment.get("CLICOLOR") == "0":
        return False
    if environment.get("CLICOLOR_FORCE", "0") not in {"", "0"}:
        return True
    return stream.isatty() and environment.get("TERM", "") != "dumb"


def console(sources: Sources, stream: TextIO) -> Any:
    """Return a rich console that prints text as it is: no markup, no emoji, no highlighting."""
    from rich.console import Console

    class Quiet(Console):
        def on_broken_pipe(self) -> None:
            # A reader that went away is told to `main`, which ends with 141; rich would end the process with 1.
            raise BrokenPipeError

    color = wants_color(sources, stream)
    width = None if stream.isatty() else 200
    return Quiet(
        file=stream,
        color_system="standard" if color else None,
        no_color=not color,
        force_terminal=stream.isatty() or color,
        markup=False,
        emoji=False,
        highlight=False,
        width=width,
        soft_wrap=False,
        _environ={k: v for k, v in sources.environment.items() if k in {"COLUMNS", "LINES", "TERM"}},
    )
